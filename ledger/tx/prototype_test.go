package tx

import (
	"slices"
	"strings"
	"testing"
)

// One test for each failure of the JavaScript prototype that this package
// could repeat. Those of the ledger above it have theirs there.

// TestPrototype_HashTakenFromFile: the prototype believed the hash written in
// a file. Identities come from the bytes, and what a file says of them is
// compared.
func TestPrototype_HashTakenFromFile(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	info := slices.Clone(InfoBytes(pay.Raw()))
	forged := []byte(strings.Replace(string(pay.Raw()), "i12345678901e", "i12345678902e", 1))
	_, err := DecodeTorrent(info, forged)
	wantKind(t, err, ErrTorrent)
	if id, infohash := Identify(forged); id == pay.ID() || infohash == pay.Infohash() {
		t.Error("other bytes, same identity")
	}
	_, err = (&File{Genesis: n.genesis, Tx: pay, Info: InfoBytes(forged)}).Encode()
	wantKind(t, err, ErrFile)
}

// TestPrototype_AnythingClaimingTheGenesisID: the prototype accepted whatever
// carried the genesis id. Here a genesis is valid only as the network's own.
func TestPrototype_AnythingClaimingTheGenesisID(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	forged := plainGenesis()
	forged.Out[0].Lock = KeyLock(keyOf("eve"))
	if err := forged.Seal(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, n.verify(forged), ErrForeignGenesis)
	id := n.genesis.ID()
	raw, err := (&File{Genesis: forged}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	forgedID := forged.ID()
	lying := strings.Replace(string(raw), string(forgedID[:]), string(id[:]), 1)
	_, err = DecodeFile([]byte(lying))
	wantKind(t, err, ErrFile)
}

// TestPrototype_NegativeAndStringAmountsMint: a negative output made room for
// a larger one, and a string was added to a sum as text.
func TestPrototype_NegativeAndStringAmountsMint(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	raw := string(n.payment().Raw())
	for amount, want := range map[string]ErrorKind{
		"i-12345678901e":        ErrEncoding,
		"i-0e":                  ErrEncoding,
		"i0e":                   ErrLimit,
		"11:12345678901":        ErrEncoding,
		"i1e11e":                ErrEncoding,
		"i0x10e":                ErrEncoding,
		"i123.5e":               ErrEncoding,
		"i9223372036854775808e": ErrLimit,
	} {
		_, err := Decode([]byte(strings.Replace(raw, "i12345678901e", amount, 1)))
		if KindOf(err) == "" || (KindOf(err) != want && KindOf(err) != ErrUnknownKey) {
			t.Errorf("%s: %v, want %v", amount, err, want)
		}
	}
}

// TestPrototype_JSONWhitespaceChangesFee: the fee was paid by the byte of a
// file that could be written in many ways. A transaction has one encoding.
func TestPrototype_JSONWhitespaceChangesFee(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	raw := string(n.payment().Raw())
	for _, other := range []string{
		raw + " ", raw + "\n", " " + raw, raw + "e",
		strings.Replace(raw, "1:vi1e", "1:vi01e", 1),
		strings.Replace(raw, "1:vi1e", "01:vi1e", 1),
		strings.Replace(raw, "1:vi1e", "1:v i1e", 1),
		strings.Replace(raw, "1:vi1e", "1:vi1e1:vi1e", 1),
	} {
		_, err := Decode([]byte(other))
		wantKind(t, err, ErrEncoding)
	}
}

// TestPrototype_DuplicateInputsCountedTwice: one output named twice paid twice.
func TestPrototype_DuplicateInputsCountedTwice(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	tx := n.draft(n.genesis, []Output{{Amount: 1900 * TTX, Lock: KeyLock(keyOf("eve"))}}, 0, 0)
	wantKind(t, tx.SignInputs(n.genesis.ID(), n.spent(tx), signerOf("alice")), ErrDuplicate)
}

// TestPrototype_AddressCase: the same address in another case was another
// account. An address is its key; mixed case is refused.
func TestPrototype_AddressCase(t *testing.T) {
	key := keyOf("alice")
	lower := EncodeAddress(key)
	if lower != strings.ToLower(lower) {
		t.Errorf("address not in lower case: %s", lower)
	}
	for _, address := range []string{lower, strings.ToUpper(lower)} {
		if got, err := DecodeAddress(address); err != nil || got != key {
			t.Errorf("%s: %s, %v", address, got, err)
		}
	}
	_, err := DecodeAddress(strings.ToUpper(lower[:1]) + lower[1:])
	wantKind(t, err, ErrAddress)
}

// TestPrototype_CraftedParents: `prev: ["constructor"]` crashed the node.
// Parents are 32 bytes, and any 32 bytes are only an id that is not there.
func TestPrototype_CraftedParents(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	parts := split(t, n.payment().Raw())
	for _, ref := range []string{
		"11:constructor", blist("11:constructor"), "9:__proto__", "de", "i0e", "0:",
		bstr(strings.Repeat("constructor", 3)),
	} {
		if _, err := Decode([]byte(parts.with(entries{"ref": ref}).join())); KindOf(err) == "" {
			t.Errorf("ref %s: %v", ref, err)
		}
	}
	tx := n.draft(n.genesis, []Output{{Amount: 1, Lock: KeyLock(keyOf("bob"))}}, 0)
	tx.Refs = []ID{ID([]byte("constructor__proto__toString\x00\xff/."))}
	tx.ParentHashes = make([]Infohash, 2)
	tx.Witnesses = []Witness{SignatureWitness(Signature{})}
	if err := tx.Seal(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, n.verify(tx), ErrMissingParent)
}

// TestPrototype_TransactionIDWithSlashes: an id read from the network named a
// file outside the node's folder. An id prints as 64 hexadecimal digits, and
// only those are read.
func TestPrototype_TransactionIDWithSlashes(t *testing.T) {
	var id ID
	copy(id[:], "../../../../etc/cron.d/x/../../..")
	if s := id.String(); len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		t.Errorf("id prints as %s", s)
	}
	for _, s := range []string{"../../../etc/passwd", strings.Repeat("../", 21) + "x", strings.Repeat("/", 64)} {
		_, err := ParseID(s)
		wantKind(t, err, ErrText)
	}
	info := strings.Replace(string(InfoBytes([]byte("x"))), string(InfoBytes([]byte("x"))[25:34]), "../../../", 1)
	_, err := ParseInfo([]byte(info))
	wantKind(t, err, ErrTorrent)
}
