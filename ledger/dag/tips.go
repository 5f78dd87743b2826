package dag

import (
	"iter"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// recentTips is among how many of the newest tips a transfer chooses.
	recentTips = 64
	// staleTips is how many former tips are kept before they are swept out,
	// beyond as many as there are tips.
	staleTips = 64
)

// tips are the transactions without children, oldest first, mixed with some
// that have children by now.
type tips struct {
	list  []uint32
	stale int
}

// add takes in x, the newest node: parents that had no other child are tips no
// longer.
func (t *tips) add(x uint32, g *graph) {
	for _, p := range g.scratch {
		if g.edges[g.nodes[p].children-1].next == 0 {
			t.stale++
		}
	}
	t.list = append(t.list, x)
	if t.stale > staleTips+len(t.list)/2 {
		t.list = slices.DeleteFunc(t.list, func(x uint32) bool { return g.nodes[x].children != 0 })
		t.stale = 0
	}
}

// Tips yields the transactions without children, oldest first.
func (d *DAG) Tips() iter.Seq[tx.ID] {
	return func(yield func(tx.ID) bool) {
		for _, x := range d.tips.list {
			if d.nodes[x].children == 0 && !yield(d.ids[x]) {
				return
			}
		}
	}
}

// RefsForTransfer picks up to most parents for a new transfer to approve: the
// oldest tip, so that nothing is left behind, then random ones among the
// newest. pick(n) returns a random number below n. Excluded ids are avoided;
// when nothing else is a tip, the newest transaction is returned, so that there
// is always one.
func (d *DAG) RefsForTransfer(pick func(n int) int, most int, exclude ...tx.ID) []tx.ID {
	var free []tx.ID
	for id := range d.Tips() {
		if !slices.Contains(exclude, id) {
			free = append(free, id)
		}
	}
	if len(free) == 0 {
		return slices.Clone(d.ids[max(0, len(d.ids)-1):])
	}
	refs, recent := free[:1:1], free[1:]
	recent = recent[max(0, len(recent)-recentTips):]
	for len(refs) < min(most, tx.MaxRefs) && len(recent) > 0 {
		i := pick(len(recent))
		refs = append(refs, recent[i])
		recent[i] = recent[len(recent)-1]
		recent = recent[:len(recent)-1]
	}
	return refs
}
