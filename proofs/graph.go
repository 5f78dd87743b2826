package proofs

import "github.com/torrenttx/ttx/ledger/tx"

// graph is the transactions of a proof by place: the genesis first, parents
// before children.
type graph struct {
	txs     []*tx.Tx
	at      map[tx.ID]int
	subject int
	// chain are the places of Proof.Chain.
	chain []int
	// parents are the places of the parents that are in the file; whole says
	// that they all are, and theirs, down to the genesis.
	parents [][]int
	whole   []bool
}

func newGraph(p *Proof) *graph {
	g := &graph{at: make(map[tx.ID]int, len(p.Chain)+2)}
	g.add(p.Genesis)
	subject := p.subjectPlace()
	for i, t := range p.Chain {
		if i == subject {
			g.add(p.Subject)
		}
		g.chain = append(g.chain, len(g.txs))
		g.add(t)
	}
	g.add(p.Subject)
	g.subject = g.at[p.Subject.ID()]
	return g
}

// add appends a transaction, unless it is there.
func (g *graph) add(t *tx.Tx) {
	if _, ok := g.at[t.ID()]; ok {
		return
	}
	whole, parents := true, []int(nil)
	for _, id := range t.Parents() {
		p, ok := g.at[id]
		if ok {
			parents = append(parents, p)
		}
		whole = whole && ok && g.whole[p]
	}
	g.at[t.ID()] = len(g.txs)
	g.txs = append(g.txs, t)
	g.parents = append(g.parents, parents)
	g.whole = append(g.whole, whole)
}

// find returns a transaction of the file, nil for others.
func (g *graph) find(id tx.ID) *tx.Tx {
	if x, ok := g.at[id]; ok {
		return g.txs[x]
	}
	return nil
}

// backing are the parents that a transaction's validity hangs on: what a
// transfer spends from, what a witness references.
func backing(t *tx.Tx) []tx.ID {
	if t.Kind == tx.KindWitness {
		return t.Refs
	}
	ids := make([]tx.ID, len(t.In))
	for i, in := range t.In {
		ids[i] = in.Tx
	}
	return ids
}

// lineage returns the subject and its ancestors by spending, as far as they
// are in the file, the genesis left out.
func (g *graph) lineage() []int {
	seen := map[int]bool{0: true, g.subject: true}
	line := []int{g.subject}
	for i := 0; i < len(line); i++ {
		for _, in := range g.txs[line[i]].In {
			if x, ok := g.at[in.Tx]; ok && !seen[x] {
				seen[x] = true
				line = append(line, x)
			}
		}
	}
	return line
}

// electorate is a set of voters, by their place in the genesis's table.
type electorate [tx.MaxVoters / 64]uint64

func (e *electorate) put(v int)      { e[v/64] |= 1 << (v % 64) }
func (e *electorate) has(v int) bool { return e[v/64]>>(v%64)&1 != 0 }

func (e *electorate) join(other *electorate) {
	for i := range e {
		e[i] |= other[i]
	}
}

func (e *electorate) remove(other *electorate) {
	for i := range e {
		e[i] &^= other[i]
	}
}
