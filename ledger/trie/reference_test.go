package trie_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/ledger/trie"
)

// A reference is the trie as docs/spec/trie.md defines it and nothing else:
// sorted leaves, divided by the first bit in which the first and last differ.
// It shares no code with the package.
type reference []pair

type pair struct {
	key    trie.Key
	weight uint64
}

func newReference(set map[trie.Key]uint64) reference {
	var r reference
	for k, w := range set {
		r = append(r, pair{k, w})
	}
	slices.SortFunc(r, func(a, b pair) int { return bytes.Compare(a.key[:], b.key[:]) })
	return r
}

func (r reference) weight() uint64 {
	sum := new(big.Int)
	for _, p := range r {
		sum.Add(sum, new(big.Int).SetUint64(p.weight))
	}
	if !sum.IsUint64() {
		return math.MaxUint64
	}
	return sum.Uint64()
}

// under returns the pairs whose keys start with bits bits of prefix.
func (r reference) under(bits int, prefix trie.Key) reference {
	var in reference
	for _, p := range r {
		if refPrefix(p.key, bits) == refPrefix(prefix, bits) {
			in = append(in, p)
		}
	}
	return in
}

func (r reference) root() (h trie.Hash) {
	switch len(r) {
	case 0:
		return h
	case 1:
		b := append([]byte{0}, r[0].key[:]...)
		return sha256.Sum256(binary.BigEndian.AppendUint64(b, r[0].weight))
	}
	bit := 0
	for refBit(r[0].key, bit) == refBit(r[len(r)-1].key, bit) {
		bit++
	}
	mid := slices.IndexFunc(r, func(p pair) bool { return refBit(p.key, bit) == 1 })
	prefix, left, right := refPrefix(r[0].key, bit), r[:mid].root(), r[mid:].root()
	b := binary.BigEndian.AppendUint16([]byte{1}, uint16(bit))
	b = append(b, prefix[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(r)))
	b = binary.BigEndian.AppendUint64(b, r.weight())
	b = append(b, left[:]...)
	return sha256.Sum256(append(b, right[:]...))
}

func refBit(k trie.Key, i int) uint {
	return new(big.Int).SetBytes(k[:]).Bit(len(k)*8 - 1 - i)
}

func refPrefix(k trie.Key, bits int) trie.Key {
	n := new(big.Int).SetBytes(k[:])
	rest := uint(len(k)*8 - bits)
	n.Rsh(n, rest).Lsh(n, rest).FillBytes(k[:])
	return k
}

// drawKey draws keys that are likely to share long prefixes, and to recur.
func drawKey() *rapid.Generator[trie.Key] {
	return rapid.Custom(func(t *rapid.T) (k trie.Key) {
		for _, at := range rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 3, 4, 5, 20, 34, 35}), 0, 3).Draw(t, "at") {
			k[at] = rapid.SampledFrom([]byte{0x01, 0x02, 0x40, 0x80, 0xff}).Draw(t, "byte")
		}
		return k
	})
}

func drawWeight() *rapid.Generator[uint64] {
	return rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64())
}

func drawSet(t *rapid.T) map[trie.Key]uint64 {
	return rapid.MapOfN(drawKey(), drawWeight(), 0, 40).Draw(t, "set")
}

func fromSet(set map[trie.Key]uint64) trie.Trie {
	e := trie.Trie{}.Edit()
	for k, w := range set { // in a random order
		e.Insert(k, w)
	}
	return e.Commit()
}

// checkSame compares all that a trie says about itself with the reference.
func checkSame(t *rapid.T, tr trie.Trie, want reference) {
	if tr.Root() != want.root() || tr.Count() != uint64(len(want)) || tr.Weight() != want.weight() {
		t.Fatalf("root %x count %d weight %d, want %x %d %d",
			tr.Root(), tr.Count(), tr.Weight(), want.root(), len(want), want.weight())
	}
	var got reference
	tr.Ascend(trie.Key{}, func(k trie.Key, w uint64) bool {
		got = append(got, pair{k, w})
		return true
	})
	if !slices.Equal(got, want) {
		t.Fatalf("holds %v, want %v", got, want)
	}
}

func TestRootIsTheReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		checkSame(t, fromSet(set), newReference(set))
	})
}

// TestEdits drives a trie through batches of changes beside a map, and looks at
// all earlier snapshots at the end.
func TestEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := map[trie.Key]uint64{}
		var snapshots []trie.Trie
		var wants []reference
		tr := trie.Trie{}
		e := tr.Edit()
		one := tr // the same changes, a commit for each
		change := func(t *rapid.T) trie.Key { return drawKey().Draw(t, "key") }
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				k, w := change(t), drawWeight().Draw(t, "weight")
				_, had := set[k]
				if e.Insert(k, w) == had {
					t.Fatalf("Insert says %v of a key there: %v", !had, had)
				}
				one = one.Insert(k, w)
				set[k] = w
			},
			"delete": func(t *rapid.T) {
				k := change(t)
				_, had := set[k]
				if e.Delete(k) != had {
					t.Fatalf("Delete says %v of a key there: %v", !had, had)
				}
				one = one.Delete(k)
				delete(set, k)
			},
			"commit": func(t *rapid.T) {
				tr = e.Commit()
				snapshots, wants = append(snapshots, tr), append(wants, newReference(set))
			},
			"restart": func(t *rapid.T) {
				tr = e.Commit()
				e = tr.Edit()
			},
			"": func(t *rapid.T) {
				k := change(t)
				w, ok := set[k]
				if gotW, got := e.Get(k); got != ok || gotW != w {
					t.Fatalf("editor gets %d, %v, want %d, %v", gotW, got, w, ok)
				}
			},
		})
		checkSame(t, e.Commit(), newReference(set))
		checkSame(t, one, newReference(set))
		for i := range snapshots {
			checkSame(t, snapshots[i], wants[i])
		}
	})
}

func TestDeleteUndoesInsert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		k := drawKey().Draw(t, "key")
		delete(set, k)
		tr := fromSet(set)
		if back := tr.Insert(k, 1).Delete(k); back.Root() != tr.Root() {
			t.Fatal("another root after inserting and deleting a key")
		}
	})
}

func TestTwoEditorsOfOneTrie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, a, b := drawSet(t), drawSet(t), drawSet(t)
		tr := fromSet(set)
		ea, eb := tr.Edit(), tr.Edit()
		for k, w := range a {
			ea.Insert(k, w)
		}
		for k := range b {
			eb.Delete(k)
		}
		checkSame(t, tr, newReference(set))
		without := map[trie.Key]uint64{}
		for k, w := range set {
			if _, gone := b[k]; !gone {
				without[k] = w
			}
		}
		checkSame(t, eb.Commit(), newReference(without))
		for k, w := range a {
			set[k] = w
		}
		checkSame(t, ea.Commit(), newReference(set))
	})
}

func TestSub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		tr, ref := fromSet(set), newReference(set)
		bits := rapid.IntRange(0, trie.KeyBits).Draw(t, "bits")
		prefix := drawKey().Draw(t, "prefix")
		checkSame(t, tr.Sub(bits, prefix), ref.under(bits, prefix))
	})
}

func TestSplitAndRegion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := fromSet(drawSet(t))
		bits, prefix := tr.Region()
		if prefix != refPrefix(prefix, bits) || tr.Sub(bits, prefix).Root() != tr.Root() {
			t.Fatalf("region %d, %x is not of all keys", bits, prefix)
		}
		low, high, ok := tr.Split()
		if ok != (tr.Count() > 1) {
			t.Fatalf("%d keys split: %v", tr.Count(), ok)
		}
		if !ok {
			return
		}
		prefixHigh := prefix
		prefixHigh[bits/8] |= 0x80 >> (bits % 8)
		if low.Root() != tr.Sub(bits+1, prefix).Root() || high.Root() != tr.Sub(bits+1, prefixHigh).Root() {
			t.Fatal("the halves are not those of the next bit")
		}
	})
}

func TestWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		tr, ref := fromSet(set), newReference(set)
		from := drawKey().Draw(t, "from")
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		var want reference
		for _, p := range ref {
			if bytes.Compare(p.key[:], from[:]) >= 0 && len(want) < limit {
				want = append(want, p)
			}
		}
		if got := collect(tr.Ascend, from, limit); !slices.Equal(got, want) {
			t.Fatalf("ascending %v, want %v", got, want)
		}
		want = nil
		slices.Reverse(ref)
		for _, p := range ref {
			if bytes.Compare(p.key[:], from[:]) <= 0 && len(want) < limit {
				want = append(want, p)
			}
		}
		if got := collect(tr.Descend, from, limit); !slices.Equal(got, want) {
			t.Fatalf("descending %v, want %v", got, want)
		}
	})
}

// collect takes at most limit keys of a walk.
func collect(walk func(trie.Key, func(trie.Key, uint64) bool), from trie.Key, limit int) (got reference) {
	walk(from, func(k trie.Key, w uint64) bool {
		got = append(got, pair{k, w})
		return len(got) < limit
	})
	return got
}

func TestFromTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		tr, ref := fromSet(set), newReference(set)
		slices.Reverse(ref)
		for n, p := range ref {
			if k, ok := tr.FromTop(uint64(n)); !ok || k != p.key {
				t.Fatalf("place %d of %d: %x %v, want %x", n, len(ref), k, ok, p.key)
			}
		}
		if _, ok := tr.FromTop(uint64(len(ref))); ok {
			t.Fatalf("a key past the last of %d", len(ref))
		}
	})
}

func TestEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		tr, ref := fromSet(set), newReference(set)
		first, ok1 := tr.First()
		last, ok2 := tr.Last()
		if ok1 != (len(ref) > 0) || ok2 != ok1 {
			t.Fatalf("ends of %d keys: %v, %v", len(ref), ok1, ok2)
		}
		if ok1 && (first != ref[0].key || last != ref[len(ref)-1].key) {
			t.Fatalf("ends %x, %x", first, last)
		}
	})
}
