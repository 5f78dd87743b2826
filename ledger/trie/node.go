package trie

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// The first byte of a preimage keeps a leaf from being taken for a branch.
const (
	leafTag   = 0x00
	branchTag = 0x01

	leafPreimage   = 1 + KeySize + 8
	branchPreimage = 1 + 2 + KeySize + 8 + 8 + 2*HashSize
)

// A node is a *leaf or a *branch; no other type implements it.
type node interface {
	// keys is the number of leaves below, sum their weights added up.
	keys() uint64
	sum() uint64
	// digest is only meaningful when nothing below is dirty.
	digest() Hash
	// some returns the key of a leaf below, the leftmost one.
	some() *Key
}

// A leaf never changes once it is made. Its hash is not kept: it is one block
// of SHA-256, and 32 bytes a leaf would be a quarter of the whole trie.
type leaf struct {
	key    Key
	weight uint64
}

// A branch is the first bit in which its keys differ. The prefix that they
// share is not kept either, any leaf below has it. The fields add up to 79
// bytes, to fit the allocator's class of 80: with the leaf's 48 a key costs
// 128 bytes.
type branch struct {
	child  [2]node
	hash   Hash
	weight uint64
	count  uint32 // 2^32 leaves would need half a terabyte
	bit    uint16
	// dirty marks a branch that is reachable from one Editor only: it may be
	// changed in place, and its hash and sums are stale until Commit.
	dirty bool
}

func (l *leaf) keys() uint64 { return 1 }
func (l *leaf) sum() uint64  { return l.weight }
func (l *leaf) some() *Key   { return &l.key }

func (l *leaf) digest() Hash {
	var buf [leafPreimage]byte
	return sha256.Sum256(l.preimage(buf[:0]))
}

// preimage appends what the hash of the leaf is taken of.
func (l *leaf) preimage(b []byte) []byte {
	b = append(b, leafTag)
	b = append(b, l.key[:]...)
	return binary.BigEndian.AppendUint64(b, l.weight)
}

func (n *branch) keys() uint64 { return uint64(n.count) }
func (n *branch) sum() uint64  { return n.weight }
func (n *branch) digest() Hash { return n.hash }

func (n *branch) some() *Key {
	for {
		switch c := n.child[0].(type) {
		case *leaf:
			return &c.key
		case *branch:
			n = c
		}
	}
}

// settle recomputes the sums and hashes of the dirty branches from n down,
// each once, and returns a key below n.
func (n *branch) settle() *Key {
	var below *Key
	for _, c := range n.child {
		switch c := c.(type) {
		case *leaf:
			below = &c.key
		case *branch:
			if c.dirty {
				below = c.settle()
			}
		}
	}
	if below == nil { // after a deletion both children may be old branches
		below = n.some()
	}
	l, r := n.child[0], n.child[1]
	n.count = uint32(l.keys() + r.keys())
	n.weight = saturatingAdd(l.sum(), r.sum())
	n.hash = n.shape(below).hash(l.digest(), r.digest())
	n.dirty = false
	return below
}

// shape describes the branch for hashing; below is any key below it.
func (n *branch) shape(below *Key) shape {
	return shape{
		bit:    n.bit,
		prefix: below.Prefix(int(n.bit)),
		count:  uint64(n.count),
		weight: n.weight,
	}
}

// A shape is what the hash of a branch commits to beside its children.
type shape struct {
	bit    uint16
	prefix Key
	count  uint64
	weight uint64
}

func (s shape) hash(left, right Hash) Hash {
	var buf [branchPreimage]byte
	return sha256.Sum256(s.preimage(buf[:0], left, right))
}

// preimage appends what the hash of the branch is taken of.
func (s shape) preimage(b []byte, left, right Hash) []byte {
	b = append(b, branchTag)
	b = binary.BigEndian.AppendUint16(b, s.bit)
	b = append(b, s.prefix[:]...)
	b = binary.BigEndian.AppendUint64(b, s.count)
	b = binary.BigEndian.AppendUint64(b, s.weight)
	b = append(b, left[:]...)
	return append(b, right[:]...)
}

// saturatingAdd adds two sums, staying at 2^64-1 when they exceed it. It is
// associative, so that the order of the additions cannot matter.
func saturatingAdd(a, b uint64) uint64 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint64
}

// find returns the leaf with the key below n, or nil.
func find(n node, k *Key) *leaf {
	if n == nil {
		return nil
	}
	if l := nearest(n, k); l.key == *k {
		return l
	}
	return nil
}

// nearest follows the bits of k down to a leaf. No leaf shares a longer prefix
// with k than this one.
func nearest(n node, k *Key) *leaf {
	for {
		switch c := n.(type) {
		case *leaf:
			return c
		case *branch:
			n = c.child[k.bit(c.bit)]
		}
	}
}
