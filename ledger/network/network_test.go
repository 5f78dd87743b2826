package network

import (
	"encoding/hex"
	"flag"
	"os"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

var update = flag.Bool("update", false, "write devnet.torrent anew")

func TestDevnetFileIsWhatTheCodeComputes(t *testing.T) {
	genesis, err := makeDevnet()
	if err != nil {
		t.Fatal(err)
	}
	want, err := (&tx.File{Genesis: genesis, Tx: genesis}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("devnet.torrent", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if devnetFile != string(want) {
		t.Fatal("devnet.torrent is not the devnet: go test ./ledger/network -update")
	}
	got, err := Devnet()
	if err != nil || got.ID() != genesis.ID() {
		t.Fatalf("%v %v", got, err)
	}
	if len(got.Out) != FaucetOutputs || got.Params.TotalStake() != 0 {
		t.Errorf("%d outputs, stake %d", len(got.Out), got.Params.TotalStake())
	}
}

// TestRendezvousVector is shared with docs/spec/wire.md: another
// implementation must meet us there.
func TestRendezvousVector(t *testing.T) {
	got := Rendezvous(tx.ID{})
	if s := hex.EncodeToString(got[:]); s != zeroRendezvous {
		t.Errorf("rendezvous of the zero txid %s, want %s", s, zeroRendezvous)
	}
}

// zeroRendezvous is SHA-256("ttx rendezvous v1" || 33 zero bytes), cut to 20
// bytes, computed with another program.
const zeroRendezvous = "4ddc4e60c7e9ceddbec6d46b18d77e3dae9cacea"
