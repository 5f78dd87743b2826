package sync_test

import (
	"fmt"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// A scene is a pair of sets with common keys and a thousand differences.
type scene struct {
	name string
	make func(common trie.Trie, n int) (a, b trie.Trie)
}

func scenes() []scene {
	return []scene{
		{"behind", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return c, grow(c, n, n+1000, 1, 2)
		}},
		{"ahead", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return grow(c, n, n+1000, 1, 1), c
		}},
		{"forked", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return grow(c, n, n+500, 1, 1), grow(c, n, n+500, 1, 2)
		}},
		{"mixed", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return grow(c, n-1000, n, 2, 1), grow(c, n-1000, n, 2, 2)
		}},
		{"holes", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return c, grow(c, n-2000, n, 2, 2)
		}},
		{"scattered", func(c trie.Trie, n int) (trie.Trie, trie.Trie) {
			return grow(c, 0, n, n/500, 1), grow(c, 0, n, n/500, 2)
		}},
	}
}

func TestPrintCosts(t *testing.T) {
	for _, n := range []int{100_000, 1_000_000} {
		common := grow(trie.Trie{}, 0, n, 1, 0)
		for _, s := range scenes() {
			for _, want := range []bool{false, true} {
				a, b := newSides(s.make(common, n))
				c := converse(t, a, b, want)
				fmt.Println(n, s.name, want, c.turns, c.bytes, c.ranges)
				checkLearnt(t, a, b)
				checkLearnt(t, b, a)
			}
		}
	}
}
