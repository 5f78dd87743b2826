package trie

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	// KeySize is the length of every key in bytes.
	KeySize = 36
	// KeyBits is the length of every key in bits; branching bits run from 0 to KeyBits-1.
	KeyBits = 8 * KeySize
	// HashSize is the length of a digest in bytes.
	HashSize = 32
)

// A Key names one element of the set. Bit 0 is the most significant bit of
// byte 0, so the order of the keys is the order of their bytes.
type Key [KeySize]byte

// A Hash is a SHA-256 digest of a node, or 32 zero bytes for the empty trie.
type Hash [HashSize]byte

// DepthKey returns the key of a transaction in the depth order: the depth as
// four bytes, big endian, then the transaction's id.
func DepthKey(depth uint32, id [32]byte) Key {
	var k Key
	binary.BigEndian.PutUint32(k[:], depth)
	copy(k[4:], id[:])
	return k
}

// TopKey returns the largest key: where a walk down the whole order starts.
func TopKey() Key {
	var k Key
	for i := range k {
		k[i] = 0xff
	}
	return k
}

// Depth returns the depth that a key made by DepthKey starts with.
func (k Key) Depth() uint32 { return binary.BigEndian.Uint32(k[:4]) }

// Compare orders keys as bytes: by depth, then by id.
func (k Key) Compare(other Key) int { return bytes.Compare(k[:], other[:]) }

// ID returns the transaction id that a key made by DepthKey ends with.
func (k Key) ID() [32]byte { return [32]byte(k[4:]) }

// Prefix returns the key with every bit from bits on cleared. It panics unless
// 0 <= bits <= KeyBits.
func (k Key) Prefix(bits int) Key {
	var p Key
	whole := bits >> 3
	copy(p[:whole], k[:whole])
	if rest := bits & 7; rest != 0 {
		p[whole] = k[whole] &^ (0xff >> rest)
	}
	return p
}

// HasPrefix reports whether the first bits bits of the key are those of prefix.
func (k Key) HasPrefix(bits int, prefix Key) bool {
	return firstDiff(&k, &prefix) >= bits
}

// bit returns bit i of the key, 0 or 1.
func (k *Key) bit(i uint16) int {
	return int(k[i>>3]>>(7-i&7)) & 1
}

// firstDiff returns the first bit in which two keys differ, KeyBits when they
// are equal.
func firstDiff(a, b *Key) int {
	for i := 0; i < 32; i += 8 {
		x := binary.BigEndian.Uint64(a[i:]) ^ binary.BigEndian.Uint64(b[i:])
		if x != 0 {
			return 8*i + bits.LeadingZeros64(x)
		}
	}
	x := binary.BigEndian.Uint32(a[32:]) ^ binary.BigEndian.Uint32(b[32:])
	return 8*32 + bits.LeadingZeros32(x)
}
