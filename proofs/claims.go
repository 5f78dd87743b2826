package proofs

import (
	"cmp"
	"slices"

	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxCandidates is how many of a voter's last witnesses are tried: with one
	// in a quarter of a second the first of them is two seconds old.
	maxCandidates = 8

	// maxOutputsTried is how many outputs of the subject are looked for among
	// the unspent. One is enough; change is often spent soon.
	maxOutputsTried = 4
)

// shown is a voter's claim whose t_root could be looked into.
type shown struct {
	witness *tx.Tx
	stake   uint64
}

// askClaims shows what voters claim of the subject, those with the most stake
// first, until two thirds claim a state in which it is confirmed.
func (b *builder) askClaims() error {
	params := b.src.Genesis().Params
	voters := slices.Clone(params.Voters)
	slices.SortStableFunc(voters, func(x, y tx.Voter) int { return cmp.Compare(y.Stake, x.Stake) })
	settled := Share{Total: params.TotalStake()}
	for _, voter := range voters {
		ok, err := b.askVoter(voter)
		if err != nil {
			return err
		}
		if ok {
			settled.Stake += voter.Stake
		}
		if settled.TwoThirds() {
			return nil
		}
	}
	return nil
}

// askVoter adds the best statement that a voter's last witnesses allow: one
// under u_root, else one under t_root alone. settled says that it is the former.
func (b *builder) askVoter(voter tx.Voter) (settled bool, err error) {
	var best *tx.Tx
	said := &Statement{}
	id, ok := b.src.LatestWitness(voter.Key)
	for tried := 0; ok && tried < maxCandidates && len(said.U) == 0; tried++ {
		w, err := b.get(id)
		if err != nil {
			return false, err
		}
		s, err := b.ask(w)
		if err != nil {
			return false, err
		}
		if len(s.U) > 0 || len(s.T) > len(said.T) {
			best, said = w, s
		}
		if ok = w.Seq > 0; ok {
			id = w.Refs[0]
		}
	}
	if best == nil {
		return false, nil
	}
	b.claims[best.ID()] = said
	b.shown = append(b.shown, shown{best, voter.Stake})
	return len(said.U) > 0, b.add(best)
}

// ask looks for the subject under the two roots that a witness claims.
func (b *builder) ask(w *tx.Tx) (*Statement, error) {
	s := &Statement{}
	if w.Claim == nil {
		return s, nil
	}
	depth, _ := b.src.Depth(b.subject.ID())
	path, ok, err := b.prove(w.Claim.TRoot, trie.DepthKey(depth, b.subject.ID()))
	if err != nil {
		return nil, err
	}
	if ok {
		s.T = append(s.T, path)
	}
	for i := range min(len(b.subject.Out), maxOutputsTried) {
		path, ok, err := b.prove(w.Claim.URoot, keyOf(tx.Outpoint{Tx: b.subject.ID(), Index: uint32(i)}))
		if err != nil {
			return nil, err
		}
		if ok {
			s.U = append(s.U, path)
			break
		}
	}
	return s, nil
}

// prove returns a path of inclusion. ok is false when there is none, or when
// nobody has the trie; such a root is not asked for again.
func (b *builder) prove(root trie.Hash, key trie.Key) (path trie.Proof, ok bool, err error) {
	if b.dead[root] {
		return path, false, nil
	}
	path, err = b.src.Prove(b.ctx, root, key)
	if ctxErr := b.ctx.Err(); ctxErr != nil {
		return path, false, ctxErr
	}
	if err != nil {
		b.dead[root] = true
		return path, false, nil
	}
	found, err := path.Verify(root, key)
	return path, err == nil && found.Included, nil
}
