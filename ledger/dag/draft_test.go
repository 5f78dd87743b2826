package dag_test

import (
	"math/rand/v2"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// What a draft says is what the model says of the witness once it is made, and
// what was tried and taken back leaves no trace.
func TestDraftSaysWhatTheWitnessWillSay(t *testing.T) {
	compared := 0
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		m := ledgertest.NewModel(u.Voters, u.Entries)
		d := dag.New(u.Voters)
		for _, e := range u.Entries {
			if w, ok := d.NewDraft(e.Voter); ok && e.Kind == tx.KindWitness && w.Seq() == e.Seq {
				compared += checkDraft(t, r, d, w, e, m)
			}
			if _, err := d.Add(e); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("%d says compared", compared)
}

func checkDraft(t *testing.T, r *rand.Rand, d *dag.DAG, w *dag.Draft, e dag.Entry, m *ledgertest.Model) int {
	t.Helper()
	says := map[tx.Outpoint]dag.Say{}
	previous := map[tx.Outpoint]tx.ID{}
	refs := e.Refs
	if e.Seq > 0 {
		previous, refs = m.Says(e.Refs[0]), refs[1:]
	}
	for _, ref := range refs {
		for id := range d.Tips() {
			if r.IntN(3) == 0 {
				w.Try(id)
				w.Undo()
			}
		}
		for _, s := range w.Try(ref) {
			if old := says[s.Outpoint]; old.Named != s.WasNamed || old.Target != s.Was {
				t.Errorf("was %+v, now %+v", old, s)
			}
			says[s.Outpoint] = s
		}
	}
	compared := 0
	for o, target := range m.Says(e.ID) {
		s, touched := says[o]
		switch {
		case settled(d, o):
		case touched && (!s.Named || s.Target != target):
			t.Errorf("%v: draft %+v, model %s", o, s, target)
		case !touched && previous[o] != target:
			t.Errorf("%v: the draft overlooks %s", o, target)
		default:
			compared++
		}
		delete(says, o)
	}
	for o, s := range says {
		if s.Named {
			t.Errorf("%v: draft %+v, model nothing", o, s)
		}
	}
	return compared
}

// What voters ask about is what the model says, as long as a voter has not
// forked: support, what each voted for, what is in dispute.
func TestVotesEqualTheModel(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, u ledgertest.Universe) {
		d, m := build(t, u.Voters, u.Shuffled(r)), ledgertest.NewModel(u.Voters, u.Entries)
		disputes := map[tx.Outpoint]bool{}
		for o := range d.Disputes() {
			disputes[o] = true
		}
		for _, e := range u.Entries {
			stake, live := d.Support(e.ID)
			if want := m.Status(e.ID); stake != want.Stake || live != (e.Kind == tx.KindTransfer && simplified(want.Word) == "") {
				t.Errorf("%s has %d, live %v; model %+v", e.ID, stake, live, want)
			}
			for _, o := range e.In {
				if want := len(d.Spenders(o)) > 1 && !settled(d, o); disputes[o] != want {
					t.Errorf("%v in dispute %v, want %v", o, disputes[o], want)
				}
				checkVotes(t, d, m, o, e.ID)
			}
		}
	})
}

func checkVotes(t *testing.T, d *dag.DAG, m *ledgertest.Model, o tx.Outpoint, id tx.ID) {
	t.Helper()
	for _, v := range d.Voters() {
		if _, _, forked := d.Fork(v.Key); forked {
			continue
		}
		want, has := m.LiveVote(v.Key, o)
		has = has && !settled(d, o)
		if got, ok := d.LiveVote(v.Key, o); ok != has || ok && got != want {
			t.Errorf("vote on %v is %s %v, model %s %v", o, got, ok, want, has)
		}
		_, live := d.Support(id)
		if got := d.Supports(v.Key, id); got != (live && m.Supports(v.Key, id)) {
			t.Errorf("supports %s: %v", id, got)
		}
	}
}

// settled: see DAG.settled.
func settled(d *dag.DAG, o tx.Outpoint) bool {
	if d.Alarm() {
		return false
	}
	if w := simplified(d.Status(o.Tx).Word); w == dag.Rejected {
		return true
	}
	for _, s := range d.Spenders(o) {
		if d.Status(s).Word == dag.Confirmed {
			return true
		}
	}
	return false
}
