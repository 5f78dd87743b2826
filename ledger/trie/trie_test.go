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

// TestBatchesChangeInPlace counts allocations: a key takes a leaf and a branch,
// and the branches above it are copied once a batch and not once a key.
func TestBatchesChangeInPlace(t *testing.T) {
	const batch = 1000
	tr := build(10_000)
	allocs := testing.AllocsPerRun(1, func() {
		e := tr.Edit()
		for i := 10_000; i < 10_000+batch; i++ {
			e.Insert(key(i), 1)
		}
		e.Commit()
	})
	if most := 2.1 * batch; allocs > most {
		t.Errorf("%g allocations for %d keys", allocs, batch)
	}
}

func TestSubPanicsOutsideOfTheKey(t *testing.T) {
	for _, bits := range []int{-1, trie.KeyBits + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d bits are taken", bits)
				}
			}()
			build(2).Sub(bits, trie.Key{})
		}()
	}
}
