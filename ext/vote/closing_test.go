package vote

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// latestWitness is a voter's, nil when there is none.
func latestWitness(t *testing.T, l *ledger.Ledger, key tx.Key) *tx.Tx {
	t.Helper()
	var w dag.Witness
	var ok bool
	l.Read(func(d *dag.DAG) { w, ok = d.LatestWitness(key) })
	if !ok {
		return nil
	}
	x, err := l.Tx(w.ID)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// running votes for a time on a ledger.
func running(t *testing.T, l *ledger.Ledger, n *ledgertest.Network, d time.Duration) {
	t.Helper()
	v, err := New(Config{Ledger: l, Key: n.Voters[0], Reach: reach{stake: 1, met: true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); v.Run(ctx) }()
	time.Sleep(d)
	cancel()
	<-done
}

// TestTheEndIsClaimed: nothing at the beginning; one vote and one closing witness
// for a payment, also when the voter is restarted between the two; nothing after.
func TestTheEndIsClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := ledgertest.NewNetwork(1, 1)
		l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory(), Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // a store in memory
		key := tx.PublicKey(n.Voters[0])
		running(t, l, n, time.Hour)
		if w := latestWitness(t, l, key); w != nil {
			t.Fatalf("witness %d about nothing", w.Seq)
		}
		if _, err := l.Add(t.Context(), "test", n.Spend("pay", []tx.Outpoint{n.GenesisCoin(0)}).Raw()); err != nil {
			t.Fatal(err)
		}
		running(t, l, n, 500*time.Millisecond)
		if w := latestWitness(t, l, key); w == nil || w.Seq != 0 || w.Claim.URoot == l.Snapshot().U.Root() {
			t.Fatalf("after half a second: %+v", w)
		}
		for range 2 {
			running(t, l, n, time.Hour)
			w := latestWitness(t, l, key)
			if w.Seq != 1 || len(w.Refs) != 1 || w.Claim.URoot != l.Snapshot().U.Root() {
				t.Errorf("after an hour: number %d with %d refs, claims the state: %v", w.Seq, len(w.Refs), w.Claim.URoot == l.Snapshot().U.Root())
			}
		}
	})
}
