package voter

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// rival is a candidate of the preference set.
type rival struct {
	id    tx.ID
	mine  bool // I support it on all inputs
	stake uint64
	in    []tx.Outpoint
	takes []tx.Outpoint // what others cannot have if it is preferred
	ready bool          // its contests have been looked at for long enough
	wants bool          // I have no live vote on one of its contested inputs
}

// prefer returns P, the set of rivals that the voter stands for: no two of
// them clash. What others support comes before what has the smaller id, and
// what I fully support before everything. (Counting what I support on some
// inputs only made voters cling to rivals that could not win.)
func (v *Voter) prefer(d *dag.DAG) []rival {
	candidates := v.candidates(d)
	slices.SortFunc(candidates, func(a, b rival) int {
		return cmp.Or(
			-compareBool(a.mine, b.mine),
			cmp.Compare(b.stake, a.stake),
			bytes.Compare(a.id[:], b.id[:]),
		)
	})
	taken := make(map[tx.Outpoint]struct{})
	p := candidates[:0]
	for _, r := range candidates {
		if clashes(r, taken) {
			continue
		}
		for _, o := range r.takes {
			taken[o] = struct{}{}
		}
		if r.ready {
			p = append(p, r)
		}
	}
	return p
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

func clashes(r rival, taken map[tx.Outpoint]struct{}) bool {
	return slices.ContainsFunc(r.in, func(o tx.Outpoint) bool {
		_, gone := taken[o]
		return gone
	})
}

// candidates are the undecided, ripe spenders of contested outpoints. An
// outpoint counts as contested by dead rivals too: whoever saw both and said
// nothing still has to speak for the survivor.
func (v *Voter) candidates(d *dag.DAG) []rival {
	seen := make(map[tx.ID]struct{})
	var out []rival
	for o := range d.Disputes() {
		for _, id := range d.Spenders(o) {
			if _, again := seen[id]; again {
				continue
			}
			seen[id] = struct{}{}
			if r, ok := v.candidate(d, id); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// candidate looks at one rival. While a contest of it is not ready it is not
// voted for, but it may keep others from being preferred: else, in a circle of
// conflicts of which everyone has seen another part for long enough, everyone
// would vote for the part that he has seen. Only where it is one of the first
// two, though: later rivals extend nothing, or a stream of them would put the
// vote off for ever.
func (v *Voter) candidate(d *dag.DAG, id tx.ID) (rival, bool) {
	stake, live := d.Support(id)
	if !live || !v.ripe(id) {
		return rival{}, false
	}
	r := rival{id: id, stake: stake, mine: d.Supports(v.cfg.Key, id), in: d.Inputs(id), ready: true}
	for _, o := range r.in {
		spenders := d.Spenders(o)
		if len(spenders) < 2 {
			continue
		}
		first := spenders[:2]
		r.ready = r.ready && v.ripe(first[0]) && v.ripe(first[1])
		if slices.Contains(first, id) {
			r.takes = append(r.takes, o)
		}
		if _, voted := d.LiveVote(v.cfg.Key, o); !voted {
			r.wants = true
		}
	}
	if r.ready {
		r.takes = r.in
	}
	return r, true
}
