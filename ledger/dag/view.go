package dag

import (
	"cmp"
	"maps"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// view is what leads among the conflicted: a display and a voter's compass,
// never state (finality.md, section 5). What is live and not conflicted leads
// without being looked at, since nothing it could clash with is live; so the
// view costs as much as there is conflict, not as much as there is undecided.
type view struct {
	region map[uint32]struct{} // the conflicted
	rank   map[uint32]uint64   // of the region and its live ancestors
	taken  map[uint32]struct{}
}

// Leads reports whether a transfer is undecided and taken in the view.
func (d *DAG) Leads(id tx.ID) bool {
	x, ok := d.index.find(d.ids, id)
	if !ok || !d.nodes[x].live() {
		return false
	}
	return !d.nodes[x].is(clashes) || d.leads(d.currentView(), x)
}

// View returns what leads: undecided transfers ordered by rank descending,
// depth ascending, id ascending. It costs time in all that is undecided.
func (d *DAG) View() []tx.ID {
	v := d.currentView()
	var out []uint32
	for i := range d.open {
		if x := d.open[i].tx; x != none && d.nodes[x].live() && d.leads(v, x) {
			out = append(out, x)
		}
	}
	slices.Sort(out) // parents first, as rankAll needs them
	rank := maps.Clone(v.rank)
	d.rankAll(rank, out)
	slices.SortFunc(out, d.byRank(rank))
	return d.names(out)
}

func (d *DAG) leads(v *view, x uint32) bool {
	_, taken := v.taken[x]
	return taken || !d.nodes[x].is(clashes)
}

// currentView computes the view at most once between two Adds.
func (d *DAG) currentView() *view {
	if v := d.view.Load(); v != nil {
		return v
	}
	v := d.newView()
	d.view.Store(v)
	return v
}

func (d *DAG) newView() *view {
	v := &view{
		region: d.conflictRegion(),
		rank:   make(map[uint32]uint64),
		taken:  make(map[uint32]struct{}),
	}
	d.rankAll(v.rank, d.withLiveAncestors(v.region))
	order := slices.SortedFunc(maps.Keys(v.region), d.byRank(v.rank))
	spent := make(map[outpoint]struct{})
	for _, x := range order {
		d.take(v, spent, x)
	}
	return v
}

// take takes x unless a parent is not taken or an input is.
func (d *DAG) take(v *view, spent map[outpoint]struct{}, x uint32) {
	for k := range int(d.nodes[x].ins) {
		o := d.input(x, k)
		if _, gone := spent[o]; gone {
			return
		}
		if n := &d.nodes[o.tx]; !n.inLedger() && !d.leads(v, o.tx) {
			return
		}
	}
	v.taken[x] = struct{}{}
	for k := range int(d.nodes[x].ins) {
		spent[d.input(x, k)] = struct{}{}
	}
}

// conflictRegion returns what is live and has a live rival, and what is live
// and spends from it.
func (d *DAG) conflictRegion() map[uint32]struct{} {
	region := make(map[uint32]struct{})
	var stack []uint32
	for _, i := range d.disputes {
		stack = append(stack, d.contests[i].spenders...)
	}
	for len(stack) > 0 {
		x := pop(&stack)
		if _, seen := region[x]; seen || !d.nodes[x].is(clashes) {
			continue
		}
		region[x] = struct{}{}
		for c := range d.spendingChildren(x) {
			stack = append(stack, c)
		}
	}
	return region
}

// withLiveAncestors returns the region and everything live that it spends
// from, parents first.
func (d *DAG) withLiveAncestors(region map[uint32]struct{}) []uint32 {
	all := maps.Clone(region)
	stack := slices.Collect(maps.Keys(region))
	for len(stack) > 0 {
		x := pop(&stack)
		for k := range int(d.nodes[x].ins) {
			p := d.input(x, k).tx
			if _, seen := all[p]; !seen && d.nodes[p].live() {
				all[p] = struct{}{}
				stack = append(stack, p)
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// rankAll ranks live transfers, given parents first: the least support on the
// way down to L.
func (d *DAG) rankAll(rank map[uint32]uint64, nodes []uint32) {
	for _, x := range nodes {
		r := d.state(x).support
		for k := range int(d.nodes[x].ins) {
			if p := d.input(x, k).tx; d.nodes[p].live() {
				r = min(r, rank[p])
			}
		}
		rank[x] = r
	}
}

func (d *DAG) byRank(rank map[uint32]uint64) func(a, b uint32) int {
	return func(a, b uint32) int {
		return cmp.Or(cmp.Compare(rank[b], rank[a]), d.compare(a, b))
	}
}
