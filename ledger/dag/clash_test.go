package dag_test

import (
	"math/rand/v2"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The status words are the model's after every single Add: conflicts that come
// and go are kept up with, not only where they end.
func TestStatusAfterEveryAdd(t *testing.T) {
	left := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		u := ledgertest.Generate(r, ledgertest.RandomShape(r))
		d, order, was := dag.New(u.Voters), u.Shuffled(r), map[tx.ID]dag.Word{}
		for i, e := range order {
			if _, err := d.Add(e); err != nil {
				t.Fatal(err)
			}
			m := ledgertest.NewModel(u.Voters, order[:i+1])
			for _, e := range order[:i+1] {
				got, want := d.Status(e.ID).Word, m.Status(e.ID).Word
				if got != want {
					t.Fatalf("seed %d, step %d, %s: %s, model %s", seed, i, e.ID, got, want)
				}
				if was[e.ID] == dag.Conflicted && got == dag.Pending {
					left++
				}
				was[e.ID] = got
			}
		}
	}
	if left == 0 {
		t.Error("nothing ever came out of a conflict undecided: the universes test too little")
	}
}

// Without voters everything stays undecided. A status still looks at one
// transaction, and not at all that it stands on.
func TestStatusOfAnUndecidedChain(t *testing.T) {
	s, d := newStream(0)
	for range 5000 {
		if _, err := d.Add(s.transfer()); err != nil {
			t.Fatal(err)
		}
	}
	newest := s.last[len(s.last)-1]
	if allocs := testing.AllocsPerRun(10, func() {
		if d.Status(newest).Word != dag.Pending || !d.Leads(newest) {
			t.Error("it is in conflict with nothing")
		}
	}); allocs > 0 {
		t.Errorf("%g allocations for a status", allocs)
	}
}
