package ledger_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func claimOf(s *ledger.Snapshot) *tx.Claim {
	return &tx.Claim{TRoot: s.T.Root(), URoot: s.U.Root()}
}

// wantState checks that a ledger serves a state by both roots and by each alone.
func wantState(t *testing.T, l *ledger.Ledger, want *ledger.Snapshot) {
	t.Helper()
	tRoot, uRoot := want.T.Root(), want.U.Root()
	got, ok := l.At(tRoot, uRoot)
	if !ok {
		t.Fatalf("a state of %d transactions is not served", want.Transactions())
	}
	if got.T.Root() != tRoot || got.U.Root() != uRoot {
		t.Fatal("another state is served")
	}
	a, b := *got, *want
	a.T, a.U, b.T, b.U = trie.Trie{}, trie.Trie{}, trie.Trie{}, trie.Trie{}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("state %+v, want %+v", a, b)
	}
	for _, h := range []trie.Hash{tRoot, uRoot} {
		if found, ok := l.Root(h); !ok || found.Root() != h {
			t.Errorf("root %x is not served", h)
		}
	}
}

func wantNoState(t *testing.T, l *ledger.Ledger, s *ledger.Snapshot) {
	t.Helper()
	if _, ok := l.At(s.T.Root(), s.U.Root()); ok {
		t.Errorf("a state of %d transactions is still served", s.Transactions())
	}
	if _, ok := l.Root(s.T.Root()); ok {
		t.Errorf("the t_root of a state of %d transactions is still served", s.Transactions())
	}
}

// TestClaimedStatesOutliveTheRecent: a state that a witness claims is served when
// the others of its time are not any more, and after a restart.
func TestClaimedStatesOutliveTheRecent(t *testing.T) {
	n := ledgertest.NewNetwork(4, 3)
	var claimed, plain []*ledger.Snapshot
	var l *ledger.Ledger
	_, after := reopen(t, n, t.TempDir(), func(first *ledger.Ledger) {
		l = first
		chain := n.Chains(ledger.MaxRecent+60, 4, rand.New(rand.NewPCG(3, 4)))
		for i, x := range chain {
			add(t, l, ledger.Accepted, x)
			if i >= 40 {
				continue
			}
			s := l.Snapshot()
			if i%4 != 3 {
				plain = append(plain, s)
				continue
			}
			claimed = append(claimed, s)
			add(t, l, ledger.Accepted, n.Claim(i/4%3, claimOf(s), x))
		}
		for _, s := range claimed {
			wantState(t, l, s)
		}
		for _, s := range plain {
			wantNoState(t, l, s)
		}
		if c := l.Snapshot().Confirmed; c < 20 {
			t.Fatalf("only %d confirmed: u_root never changed", c)
		}
	})
	for _, s := range claimed {
		wantState(t, after, s)
	}
	for _, s := range plain {
		wantNoState(t, after, s)
	}
	last := after.Snapshot()
	wantState(t, after, last)
	key := trie.DepthKey(1, [32]byte{1})
	old, _ := after.Root(claimed[0].T.Root())
	if f, err := old.Prove(key).Verify(claimed[0].T.Root(), key); err != nil || f.Included || f.Count != claimed[0].Transactions() {
		t.Errorf("a proof under an old root: %+v, %v", f, err)
	}
}

// TestClaimOfAnotherState: a root that never was a state of this ledger pins nothing
// and is not served, whoever signed for it.
func TestClaimOfAnotherState(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	l := open(t, n, store.NewMemory())
	invented := tx.Claim{TRoot: [32]byte{1}, URoot: l.Snapshot().U.Root()}
	add(t, l, ledger.Accepted, n.Claim(0, &invented, n.Genesis))
	if _, ok := l.At(invented.TRoot, invented.URoot); ok {
		t.Error("an invented state is served")
	}
	if _, ok := l.Root(invented.TRoot); ok {
		t.Error("an invented root is served")
	}
}

// TestNoRestoredStateBeforeAClash: what is before the shrinking of L cannot be taken
// back to, and is not served after a restart.
func TestNoRestoredStateBeforeAClash(t *testing.T) {
	n := ledgertest.NewNetwork(3, 4)
	var early, late *ledger.Snapshot
	_, after := reopen(t, n, t.TempDir(), func(l *ledger.Ledger) {
		a, b := n.Spend("a", []tx.Outpoint{n.GenesisCoin(0)}), n.Spend("b", []tx.Outpoint{n.GenesisCoin(0)})
		add(t, l, ledger.Accepted, a, b)
		early = l.Snapshot()
		add(t, l, ledger.Accepted, n.Claim(0, claimOf(early), a))
		add(t, l, ledger.Accepted, n.Vote(1, a), n.Vote(2, a))
		add(t, l, ledger.Accepted, n.Fork(1, b), n.Fork(2, b), n.Vote(3, b))
		late = l.Snapshot()
		if !late.Alarm {
			t.Fatal("no clash")
		}
		wantState(t, l, early)
	})
	wantNoState(t, after, early)
	wantState(t, after, late)
}
