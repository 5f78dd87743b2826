package wallet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/tyler-smith/go-bip39"
)

// artWords are 24 zero bits' words, the first 256-bit vector of BIP 39.
var artWords = strings.Repeat("abandon ", 23) + "art"

// hexKey reads a key for a table.
func hexKey(t testing.TB, s string) (key tx.Key) {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(key) {
		t.Fatalf("bad key %q in a test", s)
	}
	return tx.Key(b)
}

func artKeys(t testing.TB, known uint32) *Keys {
	t.Helper()
	words, err := ParseMnemonic(artWords)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := Derive(words, known)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestBIP39 checks seeds against the specification's vectors.
func TestBIP39(t *testing.T) {
	about := strings.Repeat("abandon ", 11) + "about"
	if got := hex.EncodeToString(Mnemonic{about}.seed()); got != "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"+
		"9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4" {
		t.Errorf("seed of 12 words: %s", got)
	}
	if got := hex.EncodeToString(bip39.NewSeed(artWords, "TREZOR")); got != "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd30971"+
		"70af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8" {
		t.Errorf("seed of 24 words: %s", got)
	}
}

// TestBIP32 checks derivation against the specification's vectors 1, 3 and 4;
// the latter two have leading zeros, which many got wrong.
func TestBIP32(t *testing.T) {
	tests := []struct {
		seed string
		path []uint32
		want string
	}{
		{
			"000102030405060708090a0b0c0d0e0f",
			[]uint32{hardened(0), 1, hardened(2), 2, 1000000000},
			"xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76",
		},
		{
			"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be",
			[]uint32{hardened(0)},
			"xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L",
		},
		{
			"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678",
			[]uint32{hardened(0), hardened(1)},
			"xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1",
		},
	}
	for _, tt := range tests {
		seed, err := hex.DecodeString(tt.seed)
		if err != nil {
			t.Fatal(err)
		}
		node, err := deriveNode(seed, tt.path...)
		if err != nil || node.String() != tt.want {
			t.Errorf("path %x: %v, %v", tt.path, node, err)
		}
	}
}

// TestBIP86 checks the untweaked ("internal") keys of the specification.
func TestBIP86(t *testing.T) {
	seed := Mnemonic{strings.Repeat("abandon ", 11) + "about"}.seed()
	for _, tt := range []struct {
		chain, index uint32
		want         string
	}{
		{0, 0, "cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115"},
		{0, 1, "83dfe85a3151d2517290da461fe2815591ef69f2b18a2ce63f01697a8b313145"},
		{1, 0, "399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef"},
	} {
		node, err := deriveNode(seed, hardened(86), hardened(0), hardened(0), tt.chain, tt.index)
		if err != nil {
			t.Fatal(err)
		}
		private, err := node.ECPrivKey()
		if err != nil {
			t.Fatal(err)
		}
		if got := tx.PublicKey(private); got != hexKey(t, tt.want) {
			t.Errorf("m/86'/0'/0'/%d/%d: %s, expected %s", tt.chain, tt.index, got, tt.want)
		}
	}
}

// TestWalletPaths holds keys that an independent implementation of BIP 39 and
// BIP 32 derived at m/86'/7478'/0'/0/i and m/86'/7478'/0'/2/0.
func TestWalletPaths(t *testing.T) {
	keys := artKeys(t, 0)
	for i, want := range map[uint32]string{
		0:  "ef75a65df0c306f6564d405dc8e9d7bf73ac25cade233ab793fd232bc627ae5d",
		1:  "6f30e7a87f56ed440a0ac2946ddaf35194a8e4aff1e7c7eca2543e6dc8afa942",
		99: "dfba8dffc75c0e303bea4384790c75283fd31d86e754ca9f0ea99ab0e472428b",
	} {
		if got, err := keys.Address(i); err != nil || got != hexKey(t, want) {
			t.Errorf("address %d: %s, %v; expected %s", i, got, err, want)
		}
	}
	voter := hexKey(t, "be55f3a0e120fd18a243c2f0fa9823ee6a478f61e26df0129c07e421564784c3")
	if keys.VoterKey() != voter || tx.PublicKey(keys.VoterPrivate()) != voter {
		t.Errorf("voter key: %s, expected %s", keys.VoterKey(), voter)
	}
}

func TestPrivateFor(t *testing.T) {
	keys := artKeys(t, 3)
	for i := range uint32(4) {
		key, err := keys.Address(i)
		if err != nil {
			t.Fatal(err)
		}
		private, ok := keys.PrivateFor(key)
		if ok != (i < 3) {
			t.Errorf("PrivateFor address %d: %v", i, ok)
		}
		if ok && tx.PublicKey(private) != key {
			t.Errorf("PrivateFor address %d is the key of %s", i, tx.PublicKey(private))
		}
	}
	if _, ok := keys.PrivateFor(keys.VoterKey()); ok {
		t.Error("the voter key opens coins")
	}
}

// TestVoterPrivateIsACopy: a voter that outlives the wallet's lock keeps its
// key.
func TestVoterPrivateIsACopy(t *testing.T) {
	keys := artKeys(t, 0)
	voter, private := keys.VoterKey(), keys.VoterPrivate()
	keys.Close()
	if tx.PublicKey(private) != voter {
		t.Error("Close wiped a copy")
	}
	if !keys.voter.Key.IsZero() {
		t.Error("Close left the voter key")
	}
}

func TestNewMnemonic(t *testing.T) {
	a, b := NewMnemonic(), NewMnemonic()
	if a == b {
		t.Error("two wallets with the same words")
	}
	again, err := ParseMnemonic(a.Reveal())
	if err != nil || again != a {
		t.Errorf("new words do not parse: %v", err)
	}
}

func TestParseMnemonic(t *testing.T) {
	for _, text := range []string{artWords, "  " + strings.ToUpper(artWords) + "\n", strings.ReplaceAll(artWords, " ", "\t\n ")} {
		if m, err := ParseMnemonic(text); err != nil || m.Reveal() != artWords {
			t.Errorf("ParseMnemonic(%q): %v", text, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":      "",
		"twelve words": strings.Repeat("abandon ", 11) + "about",
		"one too many": artWords + " art",
		"checksum":     strings.Repeat("abandon ", 23) + "about",
		"unknown word": strings.Repeat("abandon ", 22) + "sesame art",
	} {
		_, err := ParseMnemonic(text)
		if !errors.Is(err, ErrMnemonic) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, word := range strings.Fields(text) {
			if strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error tells a word: %v", name, err)
			}
		}
	}
	_, err := ParseMnemonic(strings.Repeat("abandon ", 22) + "sesame art")
	if err == nil || !strings.Contains(err.Error(), "word 23") {
		t.Errorf("the error does not tell the place: %v", err)
	}
}

// TestSecretsAreRedacted prints secrets in every way that fmt and slog have.
func TestSecretsAreRedacted(t *testing.T) {
	words, err := ParseMnemonic(artWords)
	if err != nil {
		t.Fatal(err)
	}
	keys := artKeys(t, 1)
	nested := struct {
		Words Mnemonic
		Keys  *Keys
	}{words, keys}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
		for _, secret := range []any{words, &words, keys, nested} {
			wantRedacted(t, verb, fmt.Sprintf(verb, secret))
		}
	}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("secrets", "words", words, "keys", keys, "nested", nested)
	}
	wantRedacted(t, "slog", log.String())
}

func wantRedacted(t *testing.T, how, got string) {
	t.Helper()
	hexWords := hex.EncodeToString([]byte("abandon"))
	lower := strings.ToLower(got)
	if strings.Contains(lower, "abandon") || strings.Contains(lower, hexWords) || strings.Contains(lower, "97 98 97 110") {
		t.Errorf("%s prints the words: %s", how, got)
	}
	if how != "slog" && (!strings.Contains(got, "[redacted]") || strings.Contains(lower, "0xc0")) {
		t.Errorf("%s prints %s", how, got)
	}
}

func BenchmarkAddress(b *testing.B) {
	keys := artKeys(b, 0)
	for i := uint32(0); b.Loop(); i++ {
		if _, err := keys.Address(i); err != nil {
			b.Fatal(err)
		}
	}
}
