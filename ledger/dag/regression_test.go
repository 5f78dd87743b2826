package dag_test

import (
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// golden returns one golden DAG.
func golden(t *testing.T, name string) ledgertest.Golden {
	t.Helper()
	all, err := ledgertest.Goldens()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range all {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no golden DAG %s", name)
	return ledgertest.Golden{}
}

// inEveryOrder runs a golden DAG through all of its orders of arrival, or the
// first so many.
func inEveryOrder(t *testing.T, g ledgertest.Golden) {
	t.Helper()
	const most = 5000
	orders := 0
	var arrive func(done []dag.Entry)
	arrive = func(done []dag.Entry) {
		if orders == most {
			return
		}
		if len(done) == len(g.Entries) {
			orders++
			d := build(t, g.Voters, done)
			for _, e := range g.Expect {
				if err := e.Check(d.Status(e.ID)); err != nil {
					t.Fatalf("%v, order %v", err, arrived(done))
				}
			}
			return
		}
		for _, e := range g.Entries {
			if next := slices.Clone(done); fits(next, e) {
				arrive(append(next, e))
			}
		}
	}
	arrive(nil)
	t.Logf("%d orders", orders)
}

func fits(done []dag.Entry, e dag.Entry) bool {
	have := func(id tx.ID) bool {
		return slices.ContainsFunc(done, func(e dag.Entry) bool { return e.ID == id })
	}
	for _, in := range e.In {
		if !have(in.Tx) {
			return false
		}
	}
	return !have(e.ID) && !slices.ContainsFunc(e.Refs, func(r tx.ID) bool { return !have(r) })
}

func arrived(entries []dag.Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, ledgertest.NameOf(e.ID))
	}
	return out
}

// The prototype kept the spend that it saw first, so a double spend split its
// nodes for ever.
func TestRegressionDoubleSpendSplitsNodes(t *testing.T) {
	inEveryOrder(t, golden(t, "02-double-spend"))
}

// The prototype's state depended on the order of arrival.
func TestRegressionStateDependsOnArrivalOrder(t *testing.T) {
	for _, name := range []string{"03-split", "04-says-nothing", "12-circle", "13-no-voters"} {
		inEveryOrder(t, golden(t, name))
	}
}

// Votes counted before the second spender of an outpoint came have to become
// the first entries of the list.
func TestRegressionSecondSpenderAfterVotes(t *testing.T) { inEveryOrder(t, golden(t, "05-late-rival")) }

// A vote on some inputs supports nothing.
func TestRegressionPartialSupport(t *testing.T) { inEveryOrder(t, golden(t, "06-partial-support")) }

// A death releases votes on the other inputs of the dead.
func TestRegressionReleasedVotes(t *testing.T) { inEveryOrder(t, golden(t, "07-released-votes")) }

// A walk that stops at what is confirmed, instead of closed, loses votes.
func TestRegressionClosedIsNotConfirmed(t *testing.T) {
	inEveryOrder(t, golden(t, "08-open-past"))
	inEveryOrder(t, golden(t, "09-open-past-undecided"))
}

// A fork that shows after the votes counts for all that is undecided.
func TestRegressionLateFork(t *testing.T) { inEveryOrder(t, golden(t, "10-late-fork")) }

// Past a third of forked stake the shortcuts must go, or the order shows.
func TestRegressionDisputeDependsOnOrder(t *testing.T) { inEveryOrder(t, golden(t, "11-disputed")) }

// The death of an input frees what was spent with it: votes for what spends
// that again are heard although they lie in the past of the dead.
func TestOrphanedInputsAreSettled(t *testing.T) {
	g := parse(t, `
		voter A 2
		voter B 1
		genesis g
		transfer a in g:0 ref g
		transfer b in g:0 ref g
		transfer onB in b:0 g:1 ref g
		transfer rival in b:0 ref g
		transfer lone in b:1 ref g
		transfer c in g:1 ref g
		witness B0 by B seq 0 ref onB
		witness A0 by A seq 0 ref a
		witness A1 by A seq 1 ref A0 c
		expect a confirmed
		expect b rejected
		expect onB rejected
		expect rival orphaned
		expect lone orphaned
		expect c confirmed`)
	inEveryOrder(t, g)
	d := build(t, g.Voters, g.Entries)
	if open := slices.Collect(d.Undecided()); len(open) > 0 {
		t.Errorf("%d are kept open, among them %s", len(open), ledgertest.NameOf(open[0]))
	}
}
