package dag

import (
	"fmt"
	"iter"
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

// flags is what the rule has derived of one transaction.
type flags uint8

const (
	confirmed flags = 1 << iota
	dead
	closed  // nothing above it can change what is settled here
	touched // changed by the Add that is going on
	clashes // live, and it or a live one it spends from has a rival that is not dead
)

const settledFlags = confirmed | dead

// node is one transaction, 24 bytes; everything else it has lies in arenas.
type node struct {
	links    uint32 // in graph.links: inputs as pairs, refs, a witness's voter and number
	depth    uint32
	children uint32 // its newest edge plus one
	open     uint32 // its slot in DAG.open plus one
	spends   uint32 // its newest spend in DAG.spendings plus one
	ins      uint8
	refs     uint8
	kind     tx.Kind
	flags    flags
}

func (n *node) is(f flags) bool { return n.flags&f != 0 }

func (n *node) inLedger() bool { return n.flags&settledFlags == confirmed }

// live: a transfer that is not decided.
func (n *node) live() bool { return n.kind == tx.KindTransfer && n.flags&settledFlags == 0 }

// outpoint is a tx.Outpoint over indices.
type outpoint struct{ tx, index uint32 }

// edge leads from a parent to one child. Those of one parent form a list.
type edge struct {
	child uint32 // spendBit is set when the child spends from the parent
	next  uint32 // edge plus one
}

const spendBit = 1 << 31

// graph is T without meaning: nodes, their parents and children. A node's
// index is its place in the order of Add, so parents have smaller ones.
type graph struct {
	ids      []tx.ID
	index    table
	nodes    []node
	links    []uint32
	edges    []edge
	maxDepth uint32
	scratch  []uint32 // parents of the node that is being added
}

func newGraph() graph { return graph{index: newTable()} }

func (g *graph) input(x uint32, k int) outpoint {
	at := g.nodes[x].links + 2*uint32(k)
	return outpoint{g.links[at], g.links[at+1]}
}

func (g *graph) refs(x uint32) []uint32 {
	n := &g.nodes[x]
	at := n.links + 2*uint32(n.ins)
	return g.links[at : at+uint32(n.refs)]
}

// witness returns whose witness x is, and its number.
func (g *graph) witness(x uint32) (voter, seq uint32) {
	n := &g.nodes[x]
	at := n.links + uint32(n.refs)
	return g.links[at], g.links[at+1]
}

// parents yields every parent, one that is both spent and referenced twice.
func (g *graph) parents(x uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for k := range int(g.nodes[x].ins) {
			if !yield(g.input(x, k).tx) {
				return
			}
		}
		for _, r := range g.refs(x) {
			if !yield(r) {
				return
			}
		}
	}
}

// appendParents appends each parent once.
func (g *graph) appendParents(out []uint32, x uint32) []uint32 {
	for p := range g.parents(x) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (g *graph) children(x uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for e := g.nodes[x].children; e != 0; e = g.edges[e-1].next {
			if !yield(g.edges[e-1].child &^ spendBit) {
				return
			}
		}
	}
}

// spendingChildren yields the children that spend from x, newest first.
func (g *graph) spendingChildren(x uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for e := g.nodes[x].children; e != 0; e = g.edges[e-1].next {
			if c := g.edges[e-1].child; c&spendBit != 0 && !yield(c&^spendBit) {
				return
			}
		}
	}
}

// spendsFrom reports whether p is among the spent parents of x.
func (g *graph) spendsFrom(x, p uint32) bool {
	for k := range int(g.nodes[x].ins) {
		if g.input(x, k).tx == p {
			return true
		}
	}
	return false
}

// link checks an entry and makes it the newest node.
func (d *DAG) link(e Entry) (uint32, error) {
	if d.Has(e.ID) {
		return 0, ErrDuplicate
	}
	if err := d.checkShape(e); err != nil {
		return 0, err
	}
	at := len(d.links)
	if err := d.resolve(e); err != nil {
		d.links = d.links[:at]
		return 0, err
	}
	x := d.append(e.ID, node{
		links: uint32(at), kind: e.Kind,
		ins: uint8(len(e.In)), refs: uint8(len(e.Refs)),
	})
	if e.Kind == tx.KindWitness {
		if v, seq := d.witness(x); int(seq) == len(d.chains[v]) {
			d.latest[v] = e.Time
		}
	}
	return x, nil
}

// checkShape refuses what ledger/tx would have refused and the arenas could
// not hold.
func (d *DAG) checkShape(e Entry) error {
	ok := false
	switch e.Kind {
	case tx.KindGenesis:
		ok = len(d.nodes) == 0 && len(e.In) == 0 && len(e.Refs) == 0
	case tx.KindTransfer:
		ok = len(e.In) > 0 && len(e.Refs) > 0
	case tx.KindWitness:
		ok = len(e.In) == 0 && len(e.Refs) > 0
	}
	switch {
	case !ok, len(e.In) > tx.MaxInputs, len(e.Refs) > tx.MaxRefs:
		return fmt.Errorf("%w: kind %d with %d inputs and %d refs", ErrMalformed, e.Kind, len(e.In), len(e.Refs))
	case len(d.nodes) >= spendBit-1:
		return fmt.Errorf("%w: no room for more", ErrMalformed)
	}
	for i := range e.In {
		if slices.Contains(e.In[:i], e.In[i]) {
			return fmt.Errorf("%w: one outpoint spent twice", ErrMalformed)
		}
	}
	return nil
}

// resolve appends what an entry leads to to the links. After an error they may
// have grown.
func (d *DAG) resolve(e Entry) error {
	for _, in := range e.In {
		p, ok := d.index.find(d.ids, in.Tx)
		if !ok {
			return fmt.Errorf("%w: %s", ErrMissingParent, in.Tx)
		}
		if d.nodes[p].kind == tx.KindWitness {
			return fmt.Errorf("%w: witness %s has no outputs", ErrMalformed, in.Tx)
		}
		d.links = append(d.links, p, in.Index)
	}
	for _, ref := range e.Refs {
		p, ok := d.index.find(d.ids, ref)
		if !ok {
			return fmt.Errorf("%w: %s", ErrMissingParent, ref)
		}
		d.links = append(d.links, p)
	}
	if e.Kind != tx.KindWitness {
		return nil
	}
	if err := d.checkChain(e, d.links[len(d.links)-len(e.Refs)]); err != nil {
		return err
	}
	d.links = append(d.links, d.byKey[e.Voter], uint32(e.Seq))
	return nil
}

// checkChain requires prev, the first ref, to be the voter's witness before e.
func (d *DAG) checkChain(e Entry, prev uint32) error {
	v, ok := d.byKey[e.Voter]
	if !ok {
		return fmt.Errorf("%w: no such voter", ErrChain)
	}
	if e.Seq == 0 {
		return nil
	}
	if d.nodes[prev].kind != tx.KindWitness {
		return fmt.Errorf("%w: ref[0] is no witness", ErrChain)
	}
	if pv, ps := d.witness(prev); pv != v || uint64(ps) != e.Seq-1 {
		return fmt.Errorf("%w: ref[0] is not number %d", ErrChain, e.Seq-1)
	}
	return nil
}

// append stores a node whose links are in place, and the edges to it.
func (g *graph) append(id tx.ID, n node) uint32 {
	x := uint32(len(g.nodes))
	g.ids = append(g.ids, id)
	g.index.insert(g.ids, x)
	g.nodes = append(g.nodes, n)
	depth := uint32(0)
	g.scratch = g.appendParents(g.scratch[:0], x)
	for _, p := range g.scratch {
		depth = max(depth, g.nodes[p].depth+1)
		child := x
		if g.spendsFrom(x, p) {
			child |= spendBit
		}
		g.edges = append(g.edges, edge{child: child, next: g.nodes[p].children})
		g.nodes[p].children = uint32(len(g.edges))
	}
	g.nodes[x].depth = depth
	g.maxDepth = max(g.maxDepth, depth)
	return x
}
