package trie

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Why a proof is refused. Every error of this package wraps one of them.
var (
	// ErrMalformed: the bytes are not the encoding of a proof.
	ErrMalformed = errors.New("malformed trie proof")
	// ErrMismatch: the proof is about another key, offset or root.
	ErrMismatch = errors.New("trie proof does not match")
	// ErrSaturated: a sum on the path has reached 2^64-1 and says nothing.
	ErrSaturated = errors.New("trie proof through a saturated sum")
)

// A Step is what a proof gives for one branch on the way from the root to the
// key: the bit it branches at, and the child that the key is not in.
type Step struct {
	Bit    uint16
	Count  uint64
	Weight uint64
	Hash   Hash
}

// A Proof shows that a key is in the trie with a root, or that it is not. It
// proves nothing until Verify or VerifyWeight has accepted it.
type Proof struct {
	Key    Key
	Weight uint64 // the key's weight, 0 in a proof of exclusion
	Steps  []Step // from the root down, Bit strictly increasing
	// Other is, in a proof of exclusion, the preimage of the hash of the first
	// node on the key's path that disagrees with it; nil for inclusion.
	Other []byte
	// Empty marks the proof that nothing is in the empty trie; all other
	// fields are zero then.
	Empty bool
}

// A Finding is what an accepted proof proves.
type Finding struct {
	Included bool
	Key      Key
	Weight   uint64 // of the key, 0 if not included
	Rank     uint64 // if included: how many keys come before it
	Offset   uint64 // if included: the sum of their weights
	Count    uint64 // number of keys under the root
	Total    uint64 // sum of their weights
}

// Prove returns the proof that k is in the trie, or that it is not.
func (t Trie) Prove(k Key) Proof {
	if t.root == nil {
		return Proof{Empty: true}
	}
	diff := firstDiff(&nearest(t.root, &k).key, &k)
	p := Proof{Key: k}
	n := t.root
	for {
		b, ok := n.(*branch)
		if !ok || int(b.bit) > diff {
			break
		}
		side := k.bit(b.bit)
		p.Steps = append(p.Steps, step(b, 1-side))
		n = b.child[side]
	}
	if diff < KeyBits {
		p.Other = preimage(n)
	} else {
		p.Weight = n.sum()
	}
	return p
}

// ProveWeight returns the proof of inclusion of the key that covers an offset
// of the summed weights, that is the first key with which the sum of the
// weights up to and including it exceeds off. ok is false when off is not below
// Weight.
func (t Trie) ProveWeight(off uint64) (p Proof, ok bool) {
	if off >= t.Weight() {
		return Proof{}, false
	}
	n := t.root
	for {
		b, ok := n.(*branch)
		if !ok {
			l := n.(*leaf)
			p.Key, p.Weight = l.key, l.weight
			return p, true
		}
		side := 0
		if low := b.child[0].sum(); off >= low {
			off -= low
			side = 1
		}
		p.Steps = append(p.Steps, step(b, 1-side))
		n = b.child[side]
	}
}

func step(b *branch, sibling int) Step {
	s := b.child[sibling]
	return Step{Bit: b.bit, Count: s.keys(), Weight: s.sum(), Hash: s.digest()}
}

func preimage(n node) []byte {
	if l, ok := n.(*leaf); ok {
		return l.preimage(make([]byte, 0, leafPreimage))
	}
	b := n.(*branch)
	return b.shape(b.some()).preimage(
		make([]byte, 0, branchPreimage), b.child[0].digest(), b.child[1].digest())
}

// Verify checks the proof for a key against a root. The error, if any, wraps
// ErrMalformed, ErrMismatch or ErrSaturated.
func (p Proof) Verify(root Hash, k Key) (Finding, error) {
	if p.Empty {
		return p.verifyEmpty(root, k)
	}
	if p.Key != k {
		return Finding{}, fmt.Errorf("%w: it is for another key", ErrMismatch)
	}
	if err := p.check(); err != nil {
		return Finding{}, err
	}
	return p.fold(root)
}

// VerifyWeight checks that the proof shows, under a root, the key that covers
// an offset of the summed weights. The errors are those of Verify.
func (p Proof) VerifyWeight(root Hash, off uint64) (Finding, error) {
	f, err := p.Verify(root, p.Key)
	if err != nil {
		return Finding{}, err
	}
	if !f.Included || off < f.Offset || off-f.Offset >= f.Weight {
		return Finding{}, fmt.Errorf("%w: its key does not cover the offset", ErrMismatch)
	}
	return f, nil
}

func (p Proof) verifyEmpty(root Hash, k Key) (Finding, error) {
	if p.Key != (Key{}) || p.Weight != 0 || len(p.Steps) != 0 || p.Other != nil {
		return Finding{}, fmt.Errorf("%w: an empty proof with content", ErrMalformed)
	}
	if root != (Hash{}) {
		return Finding{}, fmt.Errorf("%w: the trie is not empty", ErrMismatch)
	}
	return Finding{Key: k}, nil
}

// check refuses what no trie can have given, so that fold may rely on it.
func (p Proof) check() error {
	next := 0
	for _, s := range p.Steps {
		if int(s.Bit) < next || s.Bit >= KeyBits {
			return fmt.Errorf("%w: branching bits not increasing", ErrMalformed)
		}
		if s.Count == 0 {
			return fmt.Errorf("%w: a child without keys", ErrMalformed)
		}
		next = int(s.Bit) + 1
	}
	if p.Other != nil && p.Weight != 0 {
		return fmt.Errorf("%w: an excluded key with a weight", ErrMalformed)
	}
	return nil
}

// fold computes the root from the bottom up and compares it.
func (p Proof) fold(root Hash) (Finding, error) {
	at, err := p.bottom()
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Included: p.Other == nil, Key: p.Key, Weight: p.Weight}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := &p.Steps[i]
		sides := [2]summed{at, {s.Hash, s.Count, s.Weight}}
		if p.Key.bit(s.Bit) == 1 {
			sides[0], sides[1] = sides[1], sides[0]
			f.Rank += s.Count
			f.Offset += s.Weight
		}
		if at, err = join(s.Bit, &p.Key, sides[0], sides[1]); err != nil {
			return Finding{}, err
		}
	}
	if at.hash != root {
		return Finding{}, fmt.Errorf("%w: it leads to another root", ErrMismatch)
	}
	if !f.Included {
		f.Rank, f.Offset = 0, 0
	}
	f.Count, f.Total = at.count, at.weight
	return f, nil
}

// A summed is what a parent has to know of a child.
type summed struct {
	hash          Hash
	count, weight uint64
}

// join returns the branch over two children on the path of a key. Sums that
// have reached the ceiling are refused, so the sums that pass are exact.
func join(bit uint16, k *Key, left, right summed) (summed, error) {
	count, c1 := bits.Add64(left.count, right.count, 0)
	weight, c2 := bits.Add64(left.weight, right.weight, 0)
	if c1|c2 != 0 || count == math.MaxUint64 || weight == math.MaxUint64 {
		return summed{}, ErrSaturated
	}
	s := shape{bit: bit, prefix: k.Prefix(int(bit)), count: count, weight: weight}
	return summed{s.hash(left.hash, right.hash), count, weight}, nil
}

// bottom returns the node that the steps lead to: the key's leaf, or the one
// that disagrees with the key.
func (p Proof) bottom() (summed, error) {
	if p.Other == nil {
		return leafSum(&leaf{key: p.Key, weight: p.Weight})
	}
	shared := 0 // the other node is reached along the key, up to this bit
	if n := len(p.Steps); n > 0 {
		shared = int(p.Steps[n-1].Bit) + 1
	}
	switch len(p.Other) {
	case leafPreimage:
		return p.otherLeaf(shared)
	case branchPreimage:
		return p.otherBranch(shared)
	}
	return summed{}, fmt.Errorf("%w: a preimage of %d bytes", ErrMalformed, len(p.Other))
}

func (p Proof) otherLeaf(shared int) (summed, error) {
	l, err := parseLeaf(p.Other)
	if err != nil {
		return summed{}, err
	}
	if d := firstDiff(&l.key, &p.Key); d < shared || d == KeyBits {
		return summed{}, fmt.Errorf("%w: its leaf does not exclude the key", ErrMismatch)
	}
	return leafSum(&l)
}

func (p Proof) otherBranch(shared int) (summed, error) {
	s, left, right, err := parseBranch(p.Other)
	if err != nil {
		return summed{}, err
	}
	if d := firstDiff(&s.prefix, &p.Key); d < shared || d >= int(s.bit) {
		return summed{}, fmt.Errorf("%w: its branch does not exclude the key", ErrMismatch)
	}
	if s.count == math.MaxUint64 || s.weight == math.MaxUint64 {
		return summed{}, ErrSaturated
	}
	return summed{s.hash(left, right), s.count, s.weight}, nil
}

func leafSum(l *leaf) (summed, error) {
	if l.weight == math.MaxUint64 {
		return summed{}, ErrSaturated
	}
	return summed{l.digest(), 1, l.weight}, nil
}
