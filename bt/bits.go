package bt

import "math/bits"

// bitset is a set of piece indexes.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// put adds or removes i and says whether that changed anything.
func (b bitset) put(i int, in bool) bool {
	if b.has(i) == in {
		return false
	}
	b[i/64] ^= 1 << (i % 64)
	return true
}

// count is how many of begin to end-1 are in the set.
func (b bitset) count(begin, end int) int {
	n := 0
	for i := begin; i < end; {
		word := b[i/64] >> (i % 64)
		width := min(64-i%64, end-i)
		if width < 64 {
			word &= 1<<width - 1
		}
		n += bits.OnesCount64(word)
		i += width
	}
	return n
}
