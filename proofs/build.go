package proofs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Chain says how much of its ancestry a proof carries.
type Chain string

// The lengths of chains.
const (
	// None: no ancestors; what they are is left to the network.
	None Chain = "none"
	// Recent: down to ancestors that voters with two thirds of the stake can
	// be shown to hold; to the genesis where there are none.
	Recent Chain = "recent"
	// Full: to the genesis. Where the file has room for it, also everything
	// that the witnesses stand on, so that the rule itself can be applied.
	Full Chain = "full"
)

// Source is what Build asks of a node. Its answers concern T, the set of the
// transactions that are there with all of their ancestors.
type Source interface {
	// Genesis is the network's.
	Genesis() *tx.Tx
	// Tx returns a transaction of T, or an error.
	Tx(id tx.ID) (*tx.Tx, error)
	// Depth returns the depth of a transaction of T.
	Depth(id tx.ID) (uint32, bool)
	// Children returns what spends from or references a transaction of T.
	Children(id tx.ID) []tx.ID
	// Spenders returns what spends an output.
	Spenders(o tx.Outpoint) []tx.ID
	// Confirmed reports whether the rule confirms a transaction of T.
	Confirmed(id tx.ID) bool
	// LatestWitness returns the newest witness of a voter.
	LatestWitness(voter tx.Key) (tx.ID, bool)
	// Prove returns a path for a key under a root that a witness claims. It may
	// ask the network. An error means that nobody has it, and is not fatal.
	Prove(ctx context.Context, root trie.Hash, key trie.Key) (trie.Proof, error)
}

// BuildOptions says what a proof carries. The zero value is a proof without
// ancestors, peers and trackers.
type BuildOptions struct {
	Chain           Chain
	Peers, Trackers []string
}

// Build makes the proof of a transaction from what a node knows: its ancestors
// as far as asked for; of each voter that has one the first witness that stands
// on it, with the transactions by which; what voters can be shown to claim; and
// the rivals, unless the transaction is confirmed. What it cannot get it leaves
// out. It fails when the transaction is not there, when the context ends, or
// with ErrTooLarge when the ancestors do not fit into a file.
func Build(ctx context.Context, src Source, id tx.ID, opts BuildOptions) (*Proof, error) {
	subject, err := src.Tx(id)
	if err != nil {
		return nil, fmt.Errorf("look up the transaction: %w", err)
	}
	b := &builder{
		ctx: ctx, src: src, subject: subject,
		chain: make(map[tx.ID]*tx.Tx), dead: make(map[trie.Hash]bool), claims: make(map[tx.ID]*Statement),
	}
	if subject.Kind != tx.KindGenesis {
		if err := b.collect(opts.Chain); err != nil {
			return nil, fmt.Errorf("collect the proof of %s: %w", id, err)
		}
	}
	p := b.proof()
	p.Peers, p.Trackers = opts.Peers, opts.Trackers
	return p, p.check()
}

// builder collects a proof.
type builder struct {
	ctx     context.Context
	src     Source
	subject *tx.Tx
	chain   map[tx.ID]*tx.Tx
	size    int                  // of the chain, in bytes
	claims  map[tx.ID]*Statement // by witness
	shown   []shown              // whose claims could be shown
	dead    map[trie.Hash]bool   // roots that nobody has
	heard   []*tx.Tx             // the first witness of each voter
}

func (b *builder) collect(chain Chain) error {
	if err := b.hear(b.subject, maxClimb); err != nil {
		return err
	}
	if err := b.askClaims(); err != nil {
		return err
	}
	if err := b.addAncestors(chain); err != nil {
		return err
	}
	if !b.src.Confirmed(b.subject.ID()) {
		if err := b.addRivals(); err != nil {
			return err
		}
	}
	if chain == Full {
		return b.addCone()
	}
	return nil
}

// maxChainBytes leaves room for statements, peers and trackers in a file.
const maxChainBytes = MaxFile - 2<<20

// add puts a transaction into the chain; the subject and the genesis are in
// the file anyway.
func (b *builder) add(t *tx.Tx) error {
	if t.Kind == tx.KindGenesis || t.ID() == b.subject.ID() || b.chain[t.ID()] != nil {
		return nil
	}
	b.size += len(t.Raw())
	if len(b.chain) == MaxTransactions || b.size > maxChainBytes {
		return refuse(ErrTooLarge, "its ancestors and witnesses do not fit; ask for a shorter chain")
	}
	b.chain[t.ID()] = t
	return nil
}

// get looks a transaction up, in the chain first.
func (b *builder) get(id tx.ID) (*tx.Tx, error) {
	if t := b.chain[id]; t != nil {
		return t, nil
	}
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	return b.src.Tx(id)
}

// proof puts the chain into order: by depth, then id.
func (b *builder) proof() *Proof {
	p := &Proof{Subject: b.subject, Genesis: b.src.Genesis()}
	depth := make(map[tx.ID]uint32, len(b.chain))
	for id, t := range b.chain {
		depth[id], _ = b.src.Depth(id)
		p.Chain = append(p.Chain, t)
	}
	slices.SortFunc(p.Chain, func(x, y *tx.Tx) int {
		i, j := x.ID(), y.ID()
		return cmp.Or(cmp.Compare(depth[i], depth[j]), bytes.Compare(i[:], j[:]))
	})
	for i, t := range p.Chain {
		if s := b.claims[t.ID()]; s != nil {
			s.Witness = i
			sortPaths(s.T)
			sortPaths(s.U)
			p.Statements = append(p.Statements, *s)
		}
	}
	return p
}
