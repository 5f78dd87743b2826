package proofs

import (
	"fmt"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// check is what Decode requires beyond syntax, and what proofs made by hand
// have to keep.
func (p *Proof) check() error {
	switch {
	case p.Genesis == nil || p.Genesis.Raw() == nil || p.Genesis.Kind != tx.KindGenesis:
		return refuse(ErrMalformed, "no genesis")
	case p.Subject == nil || p.Subject.Raw() == nil:
		return refuse(ErrMalformed, "no transaction")
	case p.Subject.Kind == tx.KindGenesis && p.Subject.ID() != p.Genesis.ID():
		return refuse(ErrMalformed, "the transaction is the genesis of another network")
	case len(p.Chain) > MaxTransactions:
		return refuse(ErrTooLarge, fmt.Sprintf("more than %d transactions", MaxTransactions))
	case len(p.Statements) > MaxStatements:
		return refuse(ErrTooLarge, fmt.Sprintf("more than %d statements", MaxStatements))
	}
	known := make(map[tx.ID]*tx.Tx, len(p.Chain)+2)
	known[p.Subject.ID()] = p.Subject
	if err := p.checkChain(known); err != nil {
		return err
	}
	if err := p.checkOrder(known); err != nil {
		return err
	}
	if err := p.checkWork(); err != nil {
		return err
	}
	return p.checkStatements(known)
}

func (p *Proof) checkChain(known map[tx.ID]*tx.Tx) error {
	for i, t := range p.Chain {
		if t == nil || t.Raw() == nil {
			return refuse(ErrMalformed, fmt.Sprintf("transaction %d has no bytes", i))
		}
		if t.Kind == tx.KindGenesis {
			return refuse(ErrMalformed, fmt.Sprintf("transaction %d is a genesis", i))
		}
		if known[t.ID()] != nil {
			return refuse(ErrMalformed, "transaction "+t.ID().String()+" twice")
		}
		known[t.ID()] = t
	}
	return nil
}

// checkOrder requires parents before children, the subject standing where its
// last parent allows it.
func (p *Proof) checkOrder(known map[tx.ID]*tx.Tx) error {
	passed := make(map[tx.ID]bool, len(p.Chain)+1)
	before := p.subjectPlace()
	for i, t := range p.Chain {
		if i == before {
			passed[p.Subject.ID()] = true
		}
		for _, parent := range t.Parents() {
			if known[parent] != nil && !passed[parent] {
				return refuse(ErrMalformed, "transaction "+t.ID().String()+" stands before its parent")
			}
		}
		passed[t.ID()] = true
	}
	return nil
}

// subjectPlace returns before which transaction of the chain the subject
// belongs: after its last parent.
func (p *Proof) subjectPlace() int {
	parents := make(map[tx.ID]bool)
	for _, id := range p.Subject.Parents() {
		parents[id] = true
	}
	place := 0
	for i, t := range p.Chain {
		if parents[t.ID()] {
			place = i + 1
		}
	}
	return place
}

// checkWork bounds what Verify will take.
func (p *Proof) checkWork() error {
	work, spends := 0, make(map[tx.Outpoint]int)
	for _, t := range p.all() {
		if work += signatures(t); work > MaxSignatures {
			return refuse(ErrTooLarge, fmt.Sprintf("more than %d signatures", MaxSignatures))
		}
		for _, in := range t.In {
			if spends[in]++; spends[in] > MaxRivals {
				return refuse(ErrTooLarge, fmt.Sprintf("more than %d transactions spend one output", MaxRivals))
			}
		}
	}
	return nil
}

// signatures counts those that a transaction carries.
func signatures(t *tx.Tx) int {
	if t.Kind == tx.KindWitness {
		return 1
	}
	n := 0
	for _, w := range t.Witnesses {
		n += signaturesOf(w)
	}
	return n
}

func signaturesOf(w tx.Witness) int {
	if w.Kind() == tx.WitnessSignature {
		return 1
	}
	n := 0
	for _, member := range w.Of() {
		n += signaturesOf(member)
	}
	return n
}

func (p *Proof) checkStatements(known map[tx.ID]*tx.Tx) error {
	last := -1
	for i, s := range p.Statements {
		switch {
		case s.Witness <= last || s.Witness >= len(p.Chain):
			return refuse(ErrMalformed, fmt.Sprintf("statement %d: witnesses not ascending, or not there", i))
		case p.Chain[s.Witness].Claim == nil:
			return refuse(ErrMalformed, fmt.Sprintf("statement %d is of no witness with `r`", i))
		case len(s.T)+len(s.U) == 0:
			return refuse(ErrMalformed, fmt.Sprintf("statement %d says nothing", i))
		case max(len(s.T), len(s.U)) > MaxPaths:
			return refuse(ErrTooLarge, fmt.Sprintf("more than %d paths in statement %d", MaxPaths, i))
		}
		last = s.Witness
		if err := checkPaths(s.T, func(k trie.Key) bool { return known[k.ID()] != nil }); err != nil {
			return refuseBy(ErrMalformed, fmt.Sprintf("statement %d", i), err)
		}
		if err := checkPaths(s.U, func(k trie.Key) bool { return hasOutput(known, k) }); err != nil {
			return refuseBy(ErrMalformed, fmt.Sprintf("statement %d", i), err)
		}
	}
	return nil
}

func hasOutput(known map[tx.ID]*tx.Tx, k trie.Key) bool {
	o := outpointOf(k)
	t := known[o.Tx]
	return t != nil && uint64(o.Index) < uint64(len(t.Out))
}

// checkPaths requires paths of inclusion in ascending order, about what the
// proof holds.
func checkPaths(paths []trie.Proof, known func(trie.Key) bool) error {
	for i, path := range paths {
		switch {
		case path.Empty || path.Other != nil:
			return fmt.Errorf("path %d is not one of inclusion", i)
		case !known(path.Key):
			return fmt.Errorf("path %d is about what the proof does not hold", i)
		case i > 0 && path.Key.Compare(paths[i-1].Key) <= 0:
			return fmt.Errorf("path %d is not in order", i)
		}
	}
	return nil
}

// all returns the subject, if it is not the genesis, and the chain.
func (p *Proof) all() []*tx.Tx {
	if p.Subject.Kind == tx.KindGenesis {
		return p.Chain
	}
	return append([]*tx.Tx{p.Subject}, p.Chain...)
}
