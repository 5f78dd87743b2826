package dag

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Delta is what one Add changed. Transactions are ordered by depth, then id,
// so that parents come before children.
type Delta struct {
	// Confirmed entered L.
	Confirmed []tx.ID
	// Dead died without having been confirmed: rejected or orphaned.
	Dead []tx.ID
	// Disputed became both confirmed and dead. Those of them that were in L
	// left it, so L has to be taken anew from Ledger.
	Disputed []tx.ID
	// Conflicted are undecided, and gained their first rival that is not
	// dead. What spends from them is conflicted with them.
	Conflicted []tx.ID
	// Forked are the voters exposed, in order of exposure.
	Forked []tx.Key
}

// change is a node and what was settled of it before.
type change struct {
	tx     uint32
	before flags
}

// delta reports and forgets what the Add of x changed.
func (d *DAG) delta(x uint32) Delta {
	w := &d.work
	var conf, died, both []uint32
	for _, c := range w.changes {
		n := &d.nodes[c.tx]
		n.flags &^= touched
		switch n.flags & settledFlags {
		case settledFlags:
			both = append(both, c.tx)
		case confirmed:
			conf = append(conf, c.tx)
		case dead:
			died = append(died, c.tx)
		}
	}
	delta := Delta{
		Confirmed: d.ordered(conf), Dead: d.ordered(died), Disputed: d.ordered(both),
		Conflicted: d.ordered(d.newlyConflicted(x)),
	}
	for _, v := range w.forks {
		delta.Forked = append(delta.Forked, d.voters[v].Key)
	}
	w.changes, w.forks = w.changes[:0], w.forks[:0]
	return delta
}

// ordered sorts nodes by depth, then id, and names them.
func (d *DAG) ordered(nodes []uint32) []tx.ID {
	slices.SortFunc(nodes, d.compare)
	return d.names(nodes)
}

func (d *DAG) compare(a, b uint32) int {
	return cmp.Or(
		cmp.Compare(d.nodes[a].depth, d.nodes[b].depth),
		bytes.Compare(d.ids[a][:], d.ids[b][:]),
	)
}

// newlyConflicted returns x and those rivals of x that had no live rival
// before x came.
func (d *DAG) newlyConflicted(x uint32) []uint32 {
	if !d.nodes[x].live() || !d.hasLiveRival(x, none) {
		return nil
	}
	out := []uint32{x}
	for k := range int(d.nodes[x].ins) {
		r, n := none, 0
		for _, s := range d.spenders(d.input(x, k)) {
			if s != x && d.nodes[s].live() {
				r, n = s, n+1
			}
		}
		// Two live spenders of one outpoint were each other's rivals already.
		if n == 1 && !d.hasLiveRival(r, x) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// hasLiveRival reports whether x, which is live, has a rival that is not dead,
// leaving one out of account.
func (d *DAG) hasLiveRival(x, except uint32) bool {
	for k := range int(d.nodes[x].ins) {
		c := d.contest(d.input(x, k))
		if c == nil {
			continue
		}
		for _, s := range c.spenders {
			if s != x && s != except && !d.nodes[s].is(dead) {
				return true
			}
		}
	}
	return false
}
