package dag_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// settledBook follows a DAG by its Deltas alone.
type settledBook map[tx.ID]dag.Word

func (b settledBook) apply(d dag.Delta) {
	for _, list := range []struct {
		ids  []tx.ID
		word dag.Word
	}{{d.Confirmed, dag.Confirmed}, {d.Dead, dag.Rejected}, {d.Disputed, dag.Disputed}} {
		for _, id := range list.ids {
			b[id] = list.word
		}
	}
}

func simplified(w dag.Word) dag.Word {
	switch w {
	case dag.Orphaned:
		return dag.Rejected
	case dag.Pending, dag.Conflicted:
		return ""
	}
	return w
}

// Deltas tell all that changes, step by step: whoever follows them knows every
// settled status at any time, and parents enter L before children. What a set
// has settled, every larger set has; only a dispute takes from L.
func TestDeltasTellEverything(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		d, book := dag.New(u.Voters), settledBook{}
		was := map[tx.ID]dag.Word{}
		order := u.Shuffled(r)
		for i, e := range order {
			delta, err := d.Add(e)
			if err != nil {
				t.Fatal(err)
			}
			book.apply(delta)
			checkParentsFirst(t, d, delta.Confirmed)
			for _, e := range order[:i+1] {
				got := d.Status(e.ID).Word
				if book[e.ID] != simplified(got) {
					t.Errorf("after %d: %s is %s, by deltas %q", i, e.ID, got, book[e.ID])
				}
				before := was[e.ID]
				if before == dag.Confirmed && got != dag.Confirmed && got != dag.Disputed ||
					simplified(before) == dag.Rejected && simplified(got) != dag.Rejected && got != dag.Disputed {
					t.Errorf("%s went from %s to %s", e.ID, before, got)
				}
				was[e.ID] = got
			}
		}
		checkLedger(t, d, book)
	})
}

func checkParentsFirst(t *testing.T, d *dag.DAG, ids []tx.ID) {
	t.Helper()
	for i, id := range ids {
		for _, in := range d.Inputs(id) {
			if slices.Contains(ids[i:], in.Tx) {
				t.Errorf("%s before its parent %s", id, in.Tx)
			}
		}
	}
}

func checkLedger(t *testing.T, d *dag.DAG, book settledBook) {
	t.Helper()
	for _, id := range d.Ledger() {
		if book[id] != dag.Confirmed {
			t.Errorf("%s is in L, by deltas %q", id, book[id])
		}
		delete(book, id)
	}
	for id, w := range book {
		if w == dag.Confirmed {
			t.Errorf("%s is not in L", id)
		}
	}
}

// Two nodes with parts of one universe: what one confirms, the other never has
// dead while less than a third of the union has forked, and when they merge,
// either way and however often, both hold what the model says of the union.
func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		left, right := u.Shuffled(r), u.Shuffled(r)
		left, right = left[:1+r.IntN(len(left))], right[:1+r.IntN(len(right))]
		a, b := build(t, u.Voters, left), build(t, u.Voters, right)
		union := build(t, u.Voters, left)
		merge(t, union, right)
		checkApart(t, a, b, union)
		checkSubset(t, a, union)
		checkSubset(t, b, union)
		merge(t, a, right)
		merge(t, b, left)
		merge(t, b, right)
		m := ledgertest.NewModel(u.Voters, slices.Collect(entriesOf(u, union)))
		for _, e := range m.Entries {
			want := m.Status(e.ID)
			if got := a.Status(e.ID); !sameStatus(got, want) {
				t.Errorf("%s: %+v, model %+v", e.ID, got, want)
			}
			if got := b.Status(e.ID); !sameStatus(got, want) {
				t.Errorf("%s the other way: %+v, model %+v", e.ID, got, want)
			}
		}
	})
}

func entriesOf(u ledgertest.Universe, d *dag.DAG) func(func(dag.Entry) bool) {
	return func(yield func(dag.Entry) bool) {
		for _, e := range u.Entries {
			if d.Has(e.ID) && !yield(e) {
				return
			}
		}
	}
}

func merge(t *testing.T, d *dag.DAG, entries []dag.Entry) {
	t.Helper()
	for _, e := range entries {
		if _, err := d.Add(e); err != nil && !errors.Is(err, dag.ErrDuplicate) {
			t.Fatal(err)
		}
	}
}

// checkApart: safety, as far as the rule promises it.
func checkApart(t *testing.T, a, b, union *dag.DAG) {
	t.Helper()
	if union.Alarm() {
		return
	}
	for id := range union.From(0) {
		x, y := simplified(a.Status(id).Word), simplified(b.Status(id).Word)
		if x != "" && y != "" && x != y {
			t.Errorf("%s is %s here and %s there", id, x, y)
		}
		if union.Status(id).Word == dag.Disputed {
			t.Errorf("%s is disputed below a third", id)
		}
	}
}

// checkSubset: what a part has settled, the whole has.
func checkSubset(t *testing.T, part, whole *dag.DAG) {
	t.Helper()
	for id := range part.From(0) {
		small, big := simplified(part.Status(id).Word), simplified(whole.Status(id).Word)
		if small != "" && small != big && big != dag.Disputed {
			t.Errorf("%s is %s in a part, %q in the whole", id, small, big)
		}
	}
}
