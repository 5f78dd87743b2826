package proofs

import (
	"os/exec"
	"strings"
	"testing"
)

// allowed is everything that a program which imports this package gets
// besides the standard library: secp256k1 by btcsuite, the two modules it
// needs, and btcsuite's bech32, which ledger/tx shows addresses with.
var allowed = []string{
	"github.com/torrenttx/ttx/proofs",
	"github.com/torrenttx/ttx/ledger/dag",
	"github.com/torrenttx/ttx/ledger/trie",
	"github.com/torrenttx/ttx/ledger/tx",
	"github.com/btcsuite/btcd/btcec/v2",
	"github.com/btcsuite/btcd/btcec/v2/schnorr",
	"github.com/btcsuite/btcd/address/v2/bech32",
	"github.com/btcsuite/btcd/chainhash/v2",
	"github.com/decred/dcrd/dcrec/secp256k1/v4",
	"github.com/decred/dcrd/dcrec/secp256k1/v4/schnorr",
	"github.com/decred/dcrd/crypto/blake256",
	"github.com/decred/dcrd/crypto/blake256/internal/compress",
}

func TestDependencies(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	expected := make(map[string]bool)
	for _, name := range allowed {
		expected[name] = true
	}
	for name := range strings.FieldsSeq(string(out)) {
		if !expected[name] {
			t.Errorf("a program that imports proofs gets %s", name)
		}
		delete(expected, name)
	}
}

// TestNothingOfTheNetwork: verification cannot dial, since nothing behind it
// can. (net itself is there for the parsing of addresses.)
func TestNothingOfTheNetwork(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		switch name {
		case "net/http", "os/exec", "database/sql", "plugin":
			t.Errorf("proofs imports %s", name)
		}
	}
}
