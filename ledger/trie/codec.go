package trie

import (
	"encoding/binary"
	"fmt"
)

const (
	proofHead = KeySize + 8
	stepSize  = 2 + 8 + 8 + HashSize

	// MaxProofSize is the length of the longest proof in bytes: a step for
	// every bit of the key, and a branch that disagrees.
	MaxProofSize = proofHead + KeyBits*stepSize + branchPreimage
)

// Append appends the encoding of the proof to b. The encoding needs no tag: the
// empty proof is empty, and the lengths of the three other forms (inclusion,
// exclusion by a leaf, by a branch) differ modulo the length of a step.
func (p Proof) Append(b []byte) []byte {
	if p.Empty {
		return b
	}
	b = append(b, p.Key[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Weight)
	for i := range p.Steps {
		s := &p.Steps[i]
		b = binary.BigEndian.AppendUint16(b, s.Bit)
		b = binary.BigEndian.AppendUint64(b, s.Count)
		b = binary.BigEndian.AppendUint64(b, s.Weight)
		b = append(b, s.Hash[:]...)
	}
	return append(b, p.Other...)
}

// ParseProof decodes a proof. It accepts exactly what Append gives for proofs
// that could be true of some trie, and copies what it keeps. Errors wrap
// ErrMalformed.
func ParseProof(b []byte) (Proof, error) {
	if len(b) == 0 {
		return Proof{Empty: true}, nil
	}
	if len(b) > MaxProofSize {
		return Proof{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	tail, err := tailSize(len(b))
	if err != nil {
		return Proof{}, err
	}
	var p Proof
	copy(p.Key[:], b)
	p.Weight = binary.BigEndian.Uint64(b[KeySize:])
	p.Steps = parseSteps(b[proofHead : len(b)-tail])
	if tail > 0 {
		p.Other = append([]byte(nil), b[len(b)-tail:]...)
	}
	return p, p.checkParsed()
}

// tailSize returns how many bytes of a proof of the given length are the
// preimage at its end.
func tailSize(n int) (int, error) {
	for _, tail := range [...]int{0, leafPreimage, branchPreimage} {
		if rest := n - proofHead - tail; rest >= 0 && rest%stepSize == 0 && rest/stepSize <= KeyBits {
			return tail, nil
		}
	}
	return 0, fmt.Errorf("%w: %d bytes", ErrMalformed, n)
}

func parseSteps(b []byte) []Step {
	if len(b) == 0 {
		return nil
	}
	steps := make([]Step, 0, len(b)/stepSize)
	for ; len(b) > 0; b = b[stepSize:] {
		steps = append(steps, Step{
			Bit:    binary.BigEndian.Uint16(b),
			Count:  binary.BigEndian.Uint64(b[2:]),
			Weight: binary.BigEndian.Uint64(b[10:]),
			Hash:   Hash(b[18:stepSize]),
		})
	}
	return steps
}

// checkParsed adds to check what Verify looks at together with the root.
func (p Proof) checkParsed() error {
	if err := p.check(); err != nil {
		return err
	}
	switch len(p.Other) {
	case leafPreimage:
		_, err := parseLeaf(p.Other)
		return err
	case branchPreimage:
		_, _, _, err := parseBranch(p.Other)
		return err
	}
	return nil
}

// parseLeaf reads the preimage of a leaf's hash.
func parseLeaf(b []byte) (leaf, error) {
	if b[0] != leafTag {
		return leaf{}, fmt.Errorf("%w: not the preimage of a leaf", ErrMalformed)
	}
	return leaf{key: Key(b[1 : 1+KeySize]), weight: binary.BigEndian.Uint64(b[1+KeySize:])}, nil
}

// parseBranch reads the preimage of a branch's hash.
func parseBranch(b []byte) (s shape, left, right Hash, err error) {
	const sums = 3 + KeySize
	s = shape{
		bit:    binary.BigEndian.Uint16(b[1:]),
		prefix: Key(b[3:sums]),
		count:  binary.BigEndian.Uint64(b[sums:]),
		weight: binary.BigEndian.Uint64(b[sums+8:]),
	}
	if b[0] != branchTag || s.bit >= KeyBits || s.count < 2 || s.prefix != s.prefix.Prefix(int(s.bit)) {
		return shape{}, Hash{}, Hash{}, fmt.Errorf("%w: not the preimage of a branch", ErrMalformed)
	}
	return s, Hash(b[sums+16:]), Hash(b[sums+16+HashSize:]), nil
}
