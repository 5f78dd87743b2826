package dag_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// universes is how many random universes each property is checked on.
const universes = 4000

// each runs a property on many random universes, every one named by its seed.
func each(t *testing.T, property func(t *testing.T, r *rand.Rand, u ledgertest.Universe)) {
	t.Helper()
	for seed := range uint64(universes) {
		r := rand.New(rand.NewPCG(seed, 1))
		property(t, r, ledgertest.Generate(r, ledgertest.RandomShape(r)))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func build(t testing.TB, voters []tx.Voter, entries []dag.Entry) *dag.DAG {
	t.Helper()
	d := dag.New(voters)
	for _, e := range entries {
		if _, err := d.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// sameStatus compares everything but the order of rivals, which is that of
// arrival in a DAG.
func sameStatus(a, b dag.Status) bool {
	return a.Word == b.Word && a.Stake == b.Stake && a.Total == b.Total && sameSet(a.Rivals, b.Rivals)
}

func sameSet(a, b []tx.ID) bool {
	if len(a) != len(b) {
		return false
	}
	for _, id := range a {
		if !slices.Contains(b, id) {
			return false
		}
	}
	return true
}

// In whatever order a set arrives, every status, the view and the ledger are
// what the model says of the set.
func TestAnyOrderEqualsTheModel(t *testing.T) {
	words := map[dag.Word]int{}
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		m := ledgertest.NewModel(u.Voters, u.Entries)
		view := m.View()
		for _, order := range [][]dag.Entry{u.Entries, u.Shuffled(r), u.Shuffled(r)} {
			d := build(t, u.Voters, order)
			if d.Forked() != m.Forked() {
				t.Errorf("forked stake %d, model %d", d.Forked(), m.Forked())
			}
			if got := d.View(); !slices.Equal(got, view) {
				t.Errorf("view\n%v, model\n%v", got, view)
			}
			for _, e := range u.Entries {
				got, want := d.Status(e.ID), m.Status(e.ID)
				if !sameStatus(got, want) {
					t.Errorf("%s: %+v, model %+v", e.ID, got, want)
				}
				if d.Leads(e.ID) != slices.Contains(view, e.ID) {
					t.Errorf("%s: leads %v", e.ID, d.Leads(e.ID))
				}
				words[got.Word]++
			}
		}
	})
	for _, w := range []dag.Word{dag.Pending, dag.Conflicted, dag.Confirmed, dag.Rejected, dag.Orphaned, dag.Disputed} {
		if words[w] < universes/10 {
			t.Errorf("the universes hold only %d %s: they test too little", words[w], w)
		}
	}
	t.Log(words)
}

// More voters than a machine word has bits.
func TestManyVoters(t *testing.T) {
	words := map[dag.Word]int{}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 6))
		u := ledgertest.Generate(r, ledgertest.Shape{
			Voters: 60 + r.IntN(80), MaxStake: 3, Steps: 350, Witnesses: 92, Conflicts: 30, MaxInputs: 2,
			Forkers: r.IntN(40), Forks: 50, Sight: 30, Late: 3,
		})
		m := ledgertest.NewModel(u.Voters, u.Entries)
		d := build(t, u.Voters, u.Shuffled(r))
		for _, e := range u.Entries {
			if got, want := d.Status(e.ID), m.Status(e.ID); !sameStatus(got, want) {
				t.Fatalf("seed %d, %s: %+v, model %+v", seed, e.ID, got, want)
			}
			words[d.Status(e.ID).Word]++
		}
	}
	t.Log(words)
}
