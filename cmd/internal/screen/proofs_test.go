package screen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// TestContradictingProofsOutsideTheLedger: while what they spend from is missing the ledger has neither, and each is shown
// with the other all the same.
func TestContradictingProofsOutsideTheLedger(t *testing.T) {
	net := ledgertest.NewNetwork(1, 1)
	missing := net.Spend("missing", []tx.Outpoint{net.GenesisCoin(0)})
	dir := config.Folder(filepath.Join(shortDir(t), "n"))
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(node.Options{Dir: dir, Genesis: net.Genesis, Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.Dial(t.Context(), string(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), n.Close()); err != nil {
			t.Error(err)
		}
	})
	source := Backend(Config{Client: client, Node: n.Info(), Dir: dir}).Proofs
	var ids, files []string
	for _, memo := range []string{"to one", "to another"} {
		x := net.Spend(memo, []tx.Outpoint{ledgertest.Coin(missing)})
		content, err := (&proofs.Proof{Subject: x, Genesis: net.Genesis}).Encode()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x.torrent")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := source.Import(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		ids, files = append(ids, v.TxID), append(files, v.File)
	}
	for i, file := range files {
		v, err := source.Verdict(t.Context(), file)
		if err != nil || v.Status != api.StatusUnsolid || !slices.Equal(v.Rivals, []string{ids[1-i]}) {
			t.Errorf("%+v, %v; want the rival %s", v, err, ids[1-i])
		}
	}
}
