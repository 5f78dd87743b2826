package tx

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

// TestBIP340 runs the vectors of BIP 340 whose message has 32 bytes.
func TestBIP340(t *testing.T) {
	f, err := os.Open("testdata/bip340.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 16 {
		t.Fatalf("%d rows, want the head and 15 vectors", len(rows))
	}
	for _, row := range rows[1:] {
		t.Run(row[0], func(t *testing.T) { checkBIP340(t, row) })
	}
}

func checkBIP340(t *testing.T, row []string) {
	secretKey, aux := row[1], row[3]
	key, msg, sig := Key(unhex(t, row[2])), [32]byte(unhex(t, row[4])), Signature(unhex(t, row[5]))
	if got, want := sig.Verify(msg, key), row[6] == "TRUE"; got != want {
		t.Errorf("Verify = %v, want %v (%s)", got, want, row[7])
	}
	if secretKey == "" {
		return
	}
	priv, _ := btcec.PrivKeyFromBytes(unhex(t, secretKey))
	if got := PublicKey(priv); got != key {
		t.Errorf("public key %s, want %s", got, key)
	}
	ours, err := Sign(priv, msg)
	if err != nil {
		t.Fatal(err)
	}
	if zero := strings.Trim(aux, "0") == ""; (ours == sig) != zero {
		t.Errorf("Sign gave %s, the vector has %s with aux %s", ours, sig, aux)
	}
	if !ours.Verify(msg, key) {
		t.Error("own signature does not verify")
	}
}

func TestKeyValid(t *testing.T) {
	for _, c := range []struct {
		name, key string
		want      bool
	}{
		{"generator", "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", true},
		{"zero: 7 is no square", strings.Repeat("00", 32), false},
		{"not on the curve", "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34", false},
		{"the field prime", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", false},
		{"one above the prime, whose residue 1 is on the curve", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30", false},
		{"one", strings.Repeat("00", 31) + "01", true},
	} {
		if got := Key(unhex(t, c.key)).Valid(); got != c.want {
			t.Errorf("%s: Valid = %v", c.name, got)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTaggedHash checks the construction against the tag's two hashes written
// out, and that tags separate.
func TestTaggedHash(t *testing.T) {
	tag := sha256.Sum256([]byte("ttx/tx"))
	want := sha256.Sum256(slices.Concat(tag[:], tag[:], []byte("message")))
	if got := TaggedHash("ttx/tx", []byte("message")); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	if TaggedHash("ttx/other", []byte("message")) == want {
		t.Error("two tags, one hash")
	}
}
