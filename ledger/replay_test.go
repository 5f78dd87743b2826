package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// reopen closes a ledger on dir and opens it again.
func reopen(t *testing.T, n *ledgertest.Network, dir string, fill func(*ledger.Ledger)) (before *ledger.Snapshot, after *ledger.Ledger) {
	t.Helper()
	disk := func() store.Store {
		s, err := store.OpenDisk(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: disk(), Watch: []tx.Key{tx.PublicKey(n.Owner)}})
	if err != nil {
		t.Fatal(err)
	}
	fill(l)
	before = l.Snapshot()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return before, open(t, n, disk(), tx.PublicKey(n.Owner))
}

// A replay ends with the roots that were reached one batch at a time, also when
// L lost what it had: both sides of a double spend confirmed by forked voters,
// with payments standing on them and beside them.
func TestReplayAfterAClash(t *testing.T) {
	n := ledgertest.NewNetwork(3, 4)
	var l *ledger.Ledger
	before, after := reopen(t, n, t.TempDir(), func(first *ledger.Ledger) {
		l = first
		a := n.Spend("a", []tx.Outpoint{n.GenesisCoin(0)})
		b := n.Spend("b", []tx.Outpoint{n.GenesisCoin(0)})
		onA := n.Spend("on a", []tx.Outpoint{ledgertest.Coin(a)})
		beside := n.Spend("beside", []tx.Outpoint{n.GenesisCoin(1)})
		add(t, l, ledger.Accepted, a, b, onA, beside)
		for v := range 3 {
			add(t, l, ledger.Accepted, n.Vote(v, onA, beside))
		}
		if got := l.Snapshot().Confirmed; got != 4 { // with the genesis
			t.Fatalf("%d confirmed before the clash", got)
		}
		add(t, l, ledger.Accepted, n.Fork(1, b), n.Fork(2, b), n.Vote(3, b))
		if status(t, l, a.ID()) != dag.Disputed || status(t, l, b.ID()) != dag.Disputed {
			t.Fatalf("a is %s, b is %s", status(t, l, a.ID()), status(t, l, b.ID()))
		}
		add(t, l, ledger.Accepted, n.Spend("later", []tx.Outpoint{n.GenesisCoin(2)}))
	})
	got := after.Snapshot()
	if got.State != before.State || got.Confirmed != before.Confirmed || got.ConfirmedDepth != before.ConfirmedDepth || !got.Alarm {
		t.Errorf("after a restart %+v, want %+v", got, before)
	}
}

// Many chunks of the log, in the order of the log.
func TestReplayOfManyChunks(t *testing.T) {
	n := ledgertest.NewNetwork(8, 4)
	chain := n.Chains(3000, 8, rand.New(rand.NewPCG(5, 6)))
	before, after := reopen(t, n, t.TempDir(), func(l *ledger.Ledger) {
		add(t, l, ledger.Accepted, chain...)
		for v := range 3 {
			add(t, l, ledger.Accepted, n.Vote(v, chain[2990:2997]...))
		}
	})
	if got := after.Snapshot(); got.State != before.State || got.Confirmed != before.Confirmed || got.Depth != before.Depth {
		t.Errorf("after a restart %+v, want %+v", got, before)
	}
	if after.Snapshot().Confirmed < 2500 {
		t.Errorf("only %d confirmed", after.Snapshot().Confirmed)
	}
}

// What the log holds and cannot hold ends a replay with its position, wherever
// it stands.
func TestReplayNamesWhatDoesNotFit(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	chain := n.Chains(700, 1, rand.New(rand.NewPCG(1, 1)))
	for _, at := range []int{2, 256, 600} {
		s := store.NewMemory()
		log := append([]*tx.Tx{n.Genesis}, chain...)
		log = slices.Delete(log, at, at+1)
		recs := []store.Record{}
		for _, x := range log {
			recs = append(recs, store.Record{ID: x.ID(), Infohash: x.Infohash(), Raw: x.Raw()})
		}
		if err := s.Append(recs, nil); err != nil {
			t.Fatal(err)
		}
		_, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s})
		if want := fmt.Sprintf("log position %d:", at); !errors.Is(err, dag.ErrMissingParent) || !strings.Contains(err.Error(), want) {
			t.Errorf("without record %d: %v", at, err)
		}
	}
}

// A balance looks at the coins there are, and not at all there ever were.
func TestBalanceAfterALongHistory(t *testing.T) {
	const payments = 2000
	n := ledgertest.NewNetwork(1, 1)
	l := open(t, n, store.NewMemory(), tx.PublicKey(n.Owner))
	chain := n.Chains(payments, 1, rand.New(rand.NewPCG(1, 1)))
	for part := range slices.Chunk(chain, 100) {
		add(t, l, ledger.Accepted, part...)
		add(t, l, ledger.Accepted, n.Vote(0, part[len(part)-1]))
	}
	last := chain[payments-1]
	if want := (ledger.Balance{Confirmed: last.Out[0].Amount}); l.Balance() != want {
		t.Errorf("balance %+v, want %+v", l.Balance(), want)
	}
	// Each coin that is looked at and spent costs an allocation or two.
	if allocs := testing.AllocsPerRun(3, func() { l.Balance() }); allocs > payments/5 {
		t.Errorf("a balance of one coin takes %g allocations after %d payments", allocs, payments)
	}
	if got := l.HistoryLen(); got != payments+1 {
		t.Errorf("a history of %d, want %d", got, payments+1)
	}
	if got := l.History(0, 3); len(got) != 3 || got[0].ID != last.ID() {
		t.Errorf("history %+v", got)
	}
	if got := l.History(payments, 5); len(got) != 1 || got[0].ID != n.Genesis.ID() {
		t.Errorf("the end of the history %+v", got)
	}
}
