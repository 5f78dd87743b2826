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
	wants bool // I have no live vote on one of its contested inputs
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
		for _, o := range r.in {
			taken[o] = struct{}{}
		}
		p = append(p, r)
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

// candidates are the undecided, ripe spenders of contested outpoints, dead
// rivals making a contest too: whoever saw both and said nothing still has to
// speak for the survivor. All contests that a candidate stands in are ready.
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

func (v *Voter) candidate(d *dag.DAG, id tx.ID) (rival, bool) {
	stake, live := d.Support(id)
	if !live || !v.ripe(id) {
		return rival{}, false
	}
	r := rival{id: id, stake: stake, mine: d.Supports(v.cfg.Key, id), in: d.Inputs(id)}
	for _, o := range r.in {
		spenders := d.Spenders(o)
		if len(spenders) < 2 {
			continue
		}
		if !v.ready(spenders) {
			return rival{}, false
		}
		if _, voted := d.LiveVote(v.cfg.Key, o); !voted {
			r.wants = true
		}
	}
	return r, true
}

// ready: the first two rivals are ripe. Later ones extend nothing, or a stream
// of them would put the vote off for ever.
func (v *Voter) ready(spenders []tx.ID) bool {
	return v.ripe(spenders[0]) && v.ripe(spenders[1])
}
