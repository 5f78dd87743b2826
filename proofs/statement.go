package proofs

import (
	"fmt"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// MaxDepth is the least depth that no transaction may have.
const MaxDepth = 1 << 31

// leaf is what paths under t_root say of one transaction.
type leaf struct {
	depth uint32
	burn  uint64
}

// readStatements follows every path and notes who claims what.
func (j *judge) readStatements() error {
	leaves := make(map[int]leaf)
	for i := range j.proof.Statements {
		s := &j.proof.Statements[i]
		w := j.proof.Chain[s.Witness]
		voter := j.byKey[w.Voter]
		for _, path := range s.T {
			x, err := j.heldIn(path, w.Claim, leaves)
			if err != nil {
				return refuseBy(ErrStatement, "of witness "+w.ID().String(), err)
			}
			j.holds[x].put(voter)
		}
		for _, path := range s.U {
			x, err := j.unspentIn(path, w.Claim)
			if err != nil {
				return refuseBy(ErrStatement, "of witness "+w.ID().String(), err)
			}
			j.holds[x].put(voter)
			j.settles[x].put(voter)
		}
	}
	return nil
}

// heldIn follows a path under t_root and compares it with what the file shows
// of the transaction, and with other paths.
func (j *judge) heldIn(path trie.Proof, claim *tx.Claim, leaves map[int]leaf) (int, error) {
	if _, err := path.Verify(claim.TRoot, path.Key); err != nil {
		return 0, fmt.Errorf("under t_root: %w", err)
	}
	x := j.at[path.Key.ID()]
	found := leaf{path.Key.Depth(), path.Weight}
	if found.depth >= MaxDepth {
		return 0, fmt.Errorf("%s at an impossible depth", j.txs[x].ID())
	}
	if want, ok := leaves[x]; ok && want != found {
		return 0, fmt.Errorf("%s has two depths or burns", j.txs[x].ID())
	}
	leaves[x] = found
	if j.signed[x] && found.burn != j.txs[x].Burn(j.find) {
		return 0, fmt.Errorf("%s does not burn %d", j.txs[x].ID(), found.burn)
	}
	if j.rule != nil && j.whole[x] {
		if depth, _ := j.rule.Depth(j.txs[x].ID()); depth != found.depth {
			return 0, fmt.Errorf("%s has depth %d, not %d", j.txs[x].ID(), depth, found.depth)
		}
	}
	return x, nil
}

// unspentIn follows a path under u_root.
func (j *judge) unspentIn(path trie.Proof, claim *tx.Claim) (int, error) {
	if _, err := path.Verify(claim.URoot, path.Key); err != nil {
		return 0, fmt.Errorf("under u_root: %w", err)
	}
	o := outpointOf(path.Key)
	x := j.at[o.Tx]
	if amount := j.txs[x].Out[o.Index].Amount; amount != path.Weight {
		return 0, fmt.Errorf("output %d of %s is %d, not %d", o.Index, o.Tx, amount, path.Weight)
	}
	return x, nil
}
