package proofs

import (
	"errors"
	"maps"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// What a full proof may carry besides the ancestors: the whole cones of its
// witnesses, so many transactions and bytes. A file of 2 MiB still goes by mail.
const (
	maxConeTransactions = 4096
	maxConeBytes        = 2 << 20
)

// addAncestors adds what backs the subject, level by level: down to the
// genesis, or for a recent chain to what voters are shown to hold.
func (b *builder) addAncestors(chain Chain) error {
	if chain != Recent && chain != Full {
		return nil
	}
	seen := make(map[tx.ID]bool)
	for queue := []*tx.Tx{b.subject}; len(queue) > 0; queue = queue[1:] {
		for _, id := range backing(queue[0]) {
			if seen[id] {
				continue
			}
			seen[id] = true
			t, err := b.get(id)
			if err != nil {
				return err
			}
			if err := b.add(t); err != nil {
				return err
			}
			stop := false
			if chain == Recent && t.Kind != tx.KindGenesis {
				if stop, err = b.cover(t); err != nil {
					return err
				}
			}
			if !stop {
				queue = append(queue, t)
			}
		}
	}
	return nil
}

// cover shows that voters with two thirds of the stake hold an ancestor, by the
// claims that were shown to hold the subject. Nothing is added if they do not.
func (b *builder) cover(t *tx.Tx) (bool, error) {
	share := Share{Total: b.src.Genesis().Params.TotalStake()}
	for _, s := range b.shown {
		share.Stake += s.stake
	}
	if !share.TwoThirds() {
		return false, nil
	}
	share.Stake = 0
	depth, _ := b.src.Depth(t.ID())
	key := trie.DepthKey(depth, t.ID())
	paths := make(map[tx.ID]trie.Proof)
	for _, s := range b.shown {
		path, ok, err := b.prove(s.witness.Claim.TRoot, key)
		if err != nil {
			return false, err
		}
		if ok && len(b.claims[s.witness.ID()].T) < MaxPaths {
			paths[s.witness.ID()] = path
			share.Stake += s.stake
		}
	}
	if !share.TwoThirds() {
		return false, nil
	}
	for id, path := range paths {
		b.claims[id].T = append(b.claims[id].T, path)
	}
	return true, nil
}

// addCone adds everything that the witnesses stand on, if it fits: then the rule
// itself can be applied to the file.
func (b *builder) addCone() error {
	cone, seen, size := []*tx.Tx{}, make(map[tx.ID]bool), 0
	stack := append([]*tx.Tx{b.subject}, b.heard...)
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[t.ID()] || t.Kind == tx.KindGenesis {
			continue
		}
		seen[t.ID()] = true
		cone, size = append(cone, t), size+len(t.Raw())
		if len(cone) > maxConeTransactions || size > maxConeBytes {
			return nil
		}
		for _, id := range t.Parents() {
			if seen[id] {
				continue
			}
			parent, err := b.get(id)
			if err != nil {
				return err
			}
			stack = append(stack, parent)
		}
	}
	return b.addIfFits(cone)
}

// addIfFits adds all of the transactions, or none when the proof then exceeds a
// bound of the format.
func (b *builder) addIfFits(txs []*tx.Tx) error {
	chain, size := maps.Clone(b.chain), b.size
	for _, t := range txs {
		err := b.add(t)
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrTooLarge) {
			return err
		}
		b.chain, b.size = chain, size
		return nil
	}
	if b.proof().checkWork() != nil {
		b.chain, b.size = chain, size
	}
	return nil
}
