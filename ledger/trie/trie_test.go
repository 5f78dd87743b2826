package trie_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// key returns the i-th key of a ledger that grows by ten transactions a depth.
func key(i int) trie.Key {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(i))
	return trie.DepthKey(uint32(i/10), sha256.Sum256(b[:]))
}

func build(n int) trie.Trie {
	e := trie.Trie{}.Edit()
	for i := range n {
		e.Insert(key(i), uint64(i))
	}
	return e.Commit()
}

func TestProofsOfEveryKey(t *testing.T) {
	const n = 200
	tr := build(n)
	for i := range 2 * n {
		p := tr.Prove(key(i))
		f, err := p.Verify(tr.Root(), key(i))
		if err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
		if f.Included != (i < n) || f.Included && f.Weight != uint64(i) {
			t.Fatalf("key %d: found %+v", i, f)
		}
		if f.Count != n || f.Total != n*(n-1)/2 {
			t.Fatalf("key %d: sums %d, %d", i, f.Count, f.Total)
		}
	}
}
