package dag

import (
	"iter"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Frontier returns, oldest first, what the voter's next witness could refer
// to: the tips of what is ripe and not yet in its past. Where a tip is not ripe
// its parents stand for it, as far down as needed. ripe must hold for the
// parents of whatever it holds for.
func (w *Draft) Frontier(ripe func(tx.ID) bool) []tx.ID {
	var out, stack []uint32
	visited := make(map[uint32]struct{})
	for _, t := range w.d.tips.list {
		if w.d.nodes[t].children == 0 {
			stack = append(stack, t)
		}
	}
	for len(stack) > 0 {
		x := pop(&stack)
		if _, again := visited[x]; again || w.hasSeen(x) {
			continue
		}
		visited[x] = struct{}{}
		if ripe(w.d.ids[x]) {
			out = append(out, x)
			continue
		}
		for p := range w.d.parents(x) {
			stack = append(stack, p)
		}
	}
	slices.Sort(out)
	return w.d.names(out)
}

// Undecided yields every transaction, witnesses included, above which or in
// which something may still change, in no particular order.
func (d *DAG) Undecided() iter.Seq[tx.ID] {
	return func(yield func(tx.ID) bool) {
		for i := range d.open {
			if x := d.open[i].tx; x != none && !yield(d.ids[x]) {
				return
			}
		}
	}
}
