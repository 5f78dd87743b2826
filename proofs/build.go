package proofs

import (
	"context"

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
