package dag

import (
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Entry is what the rule needs to know of one solid transaction.
type Entry struct {
	ID   tx.ID
	Kind tx.Kind
	// Time is `t`, in milliseconds since 1970. It decides nothing here; a
	// voter reads that of its latest witness.
	Time int64
	// In are the spent outpoints: a transfer's, none in other kinds.
	In []tx.Outpoint
	// Refs are the approved parents, in order.
	Refs []tx.ID
	// Voter and Seq are a witness's `k` and `s`.
	Voter tx.Key
	Seq   uint64
}

// EntryOf returns what the rule needs of a decoded transaction, sharing its
// slices.
func EntryOf(t *tx.Tx) Entry {
	return Entry{ID: t.ID(), Kind: t.Kind, Time: t.Time, In: t.In, Refs: t.Refs, Voter: t.Voter, Seq: t.Seq}
}

// DAG is the graph of T and what follows from it.
type DAG struct {
	graph

	voters []tx.Voter
	byKey  map[tx.Key]uint32
	total  uint64
	words  int // 64-bit words in a set of voters

	// chains[v][s] is the first witness numbered s of voter v.
	chains [][]uint32
	// latest is the time of each chain's last witness.
	latest []int64
	forks  map[uint32][2]uint32 // by voter, the first pair of one number
	forked uint64               // stake of the forked

	spendings []spend
	contests  []contest
	disputes  []uint32 // contests that are not settled

	open     []open   // state of what is not closed
	freeOpen []uint32 // slots of open not in use
	exact    bool     // nothing is closed any more: a third has forked
	entered  uint32   // nodes the rule has been applied to

	tips tips
	work work
	view atomic.Pointer[view]
}

// New returns an empty DAG over a voter table: distinct keys, at most 256 of
// them, stakes that sum to less than 2^62. With no voters nothing but the
// genesis is ever confirmed.
func New(voters []tx.Voter) *DAG {
	d := &DAG{
		graph:  newGraph(),
		voters: voters,
		byKey:  make(map[tx.Key]uint32, len(voters)),
		words:  (len(voters) + 63) / 64,
		latest: make([]int64, len(voters)),
	}
	for i, v := range voters {
		d.byKey[v.Key] = uint32(i)
		d.total += v.Stake
	}
	d.reset()
	return d
}

// reset forgets everything that the rule derived, and keeps the graph.
func (d *DAG) reset() {
	d.chains = make([][]uint32, len(d.voters))
	d.forks, d.forked = make(map[uint32][2]uint32), 0
	d.spendings = nil
	d.contests, d.disputes = nil, nil
	d.open, d.freeOpen = nil, nil
	d.entered = 0
	for i := range d.nodes {
		d.nodes[i].flags = 0
		d.nodes[i].open = 0
		d.nodes[i].spends = 0
	}
}

// Add brings one transaction into T, after all of its parents, and reports
// what that changed. The first one is the genesis. After an error nothing has
// changed; errors.Is tells ErrDuplicate, ErrMissingParent, ErrMalformed and
// ErrChain apart.
func (d *DAG) Add(e Entry) (Delta, error) {
	x, err := d.link(e)
	if err != nil {
		return Delta{}, fmt.Errorf("add %s: %w", e.ID, err)
	}
	d.view.Store(nil)
	d.tips.add(x, &d.graph)
	d.enter(x)
	if d.Alarm() && !d.exact {
		d.recompute()
	}
	d.trackClashes(x)
	return d.delta(x), nil
}

// Len returns how many transactions T holds.
func (d *DAG) Len() int { return len(d.nodes) }

// Has reports whether T holds a transaction.
func (d *DAG) Has(id tx.ID) bool {
	_, ok := d.index.find(d.ids, id)
	return ok
}

// Depth returns 0 for the genesis, else 1 + the largest depth of all parents.
func (d *DAG) Depth(id tx.ID) (uint32, bool) {
	x, ok := d.index.find(d.ids, id)
	if !ok {
		return 0, false
	}
	return d.nodes[x].depth, true
}

// Position returns the place of a transaction in the order of Add.
func (d *DAG) Position(id tx.ID) (uint64, bool) {
	x, ok := d.index.find(d.ids, id)
	return uint64(x), ok
}

// At returns the transaction at a place in the order of Add.
func (d *DAG) At(pos uint64) tx.ID { return d.ids[pos] }

// DepthAt returns the depth of the transaction at a place in the order of Add.
func (d *DAG) DepthAt(pos uint64) uint32 { return d.nodes[pos].depth }

// MaxDepth returns the largest depth in T.
func (d *DAG) MaxDepth() uint32 { return d.maxDepth }

// From yields T from the given position on, in the order of Add.
func (d *DAG) From(pos uint64) iter.Seq[tx.ID] {
	return func(yield func(tx.ID) bool) {
		for i := pos; i < uint64(len(d.ids)); i++ {
			if !yield(d.ids[i]) {
				return
			}
		}
	}
}

// Ledger returns L: what is confirmed and not dead, parents before children.
func (d *DAG) Ledger() []tx.ID {
	var out []tx.ID
	for _, id := range d.LedgerPositions() {
		out = append(out, id)
	}
	return out
}

// LedgerPositions yields the places of L in the order of Add.
func (d *DAG) LedgerPositions() iter.Seq2[uint64, tx.ID] {
	return func(yield func(uint64, tx.ID) bool) {
		for x := range d.nodes {
			if d.nodes[x].inLedger() && !yield(uint64(x), d.ids[x]) {
				return
			}
		}
	}
}

// SpentBy yields the outpoints that the transaction at a place spends, each as
// the place of its transaction and the output's index.
func (d *DAG) SpentBy(pos uint64) iter.Seq2[uint64, uint32] {
	return func(yield func(uint64, uint32) bool) {
		for k := range int(d.nodes[pos].ins) {
			if o := d.input(uint32(pos), k); !yield(uint64(o.tx), o.index) {
				return
			}
		}
	}
}

// Children returns what spends from or references a transaction, newest first.
func (d *DAG) Children(id tx.ID) []tx.ID {
	return slices.Collect(d.ChildrenOf(id))
}

// ChildrenOf yields what Children returns: a transaction may have any number.
func (d *DAG) ChildrenOf(id tx.ID) iter.Seq[tx.ID] {
	return func(yield func(tx.ID) bool) {
		x, ok := d.index.find(d.ids, id)
		if !ok {
			return
		}
		for c := range d.children(x) {
			if !yield(d.ids[c]) {
				return
			}
		}
	}
}

// Parents returns a transaction's distinct parents, spent ones first.
func (d *DAG) Parents(id tx.ID) []tx.ID {
	x, ok := d.index.find(d.ids, id)
	if !ok {
		return nil
	}
	var out []tx.ID
	for _, p := range d.appendParents(nil, x) {
		out = append(out, d.ids[p])
	}
	return out
}

// Inputs returns the outpoints that a transfer spends, in its own order.
func (d *DAG) Inputs(id tx.ID) []tx.Outpoint {
	x, ok := d.index.find(d.ids, id)
	if !ok || d.nodes[x].ins == 0 {
		return nil
	}
	out := make([]tx.Outpoint, d.nodes[x].ins)
	for k := range out {
		out[k] = d.named(d.input(x, k))
	}
	return out
}

// Spenders returns what spends an outpoint, dead ones included, in the order
// of Add. Whether such an output exists is not known here.
func (d *DAG) Spenders(o tx.Outpoint) []tx.ID {
	x, ok := d.index.find(d.ids, o.Tx)
	if !ok {
		return nil
	}
	return d.names(d.spenders(outpoint{x, o.Index}))
}

func (d *DAG) named(o outpoint) tx.Outpoint { return tx.Outpoint{Tx: d.ids[o.tx], Index: o.index} }

func (d *DAG) names(nodes []uint32) []tx.ID {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]tx.ID, len(nodes))
	for i, x := range nodes {
		out[i] = d.ids[x]
	}
	return out
}
