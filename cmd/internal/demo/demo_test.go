package demo_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/demo"
	"github.com/torrenttx/ttx/ledger/tx"
)

// TestMainJob is the demo itself: complete nodes, a double spend, a late node.
func TestMainJob(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	r, err := demo.Run(context.Background(), demo.Options{
		Nodes: 3, Payments: 60, Keep: dir, Version: "test", Progress: t.Logf,
	})
	if err != nil {
		t.Fatalf("%v\n%+v", err, r)
	}
	if !r.Equal || !r.DoubleSpend.Agreed || r.DoubleSpend.Winner == "" {
		t.Fatalf("%+v", r)
	}
	if len(r.State) != 4 || r.LateNode.From != "torrent" {
		t.Errorf("states %v, late node from %q", r.State, r.LateNode.From)
	}
	// genesis + payments + one of the two spends
	if r.Confirmed != 1+60+1 {
		t.Errorf("%d confirmed", r.Confirmed)
	}
	b, err := os.ReadFile(filepath.Join(dir, "late.torrent"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := tx.DecodeFile(b)
	if err != nil || file.Tx != nil {
		t.Errorf("late.torrent carries the raw transaction, or is unreadable: %v", err)
	}
	for _, name := range []string{"network.torrent", "node-1/wallet.age", "late/ledger"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestImpossibleDemosAreRefused(t *testing.T) {
	for _, o := range []demo.Options{{Nodes: 1, Payments: 1}, {Nodes: 3}, {Nodes: 1000, Payments: 1}, {Nodes: 2, Payments: 1, Keep: "."}} {
		if _, err := demo.Run(context.Background(), o); err == nil {
			t.Errorf("%+v was made", o)
		}
	}
}
