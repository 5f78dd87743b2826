package trie_test

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// million is the number of keys for which the design gives its targets.
const million = 1_000_000

// BenchmarkBuild builds a trie in batches of a thousand, as a node does that
// catches up; an operation is one key.
func BenchmarkBuild(b *testing.B) {
	keys := make([]trie.Key, b.N)
	for i := range keys {
		keys[i] = key(i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	b.ResetTimer()
	e := trie.Trie{}.Edit()
	for i := range keys {
		e.Insert(keys[i], 1)
		if i%1000 == 999 {
			e.Commit()
		}
	}
	tr := e.Commit()
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "heap-B/key")
	runtime.KeepAlive(tr)
	runtime.KeepAlive(keys)
}

// BenchmarkBatch inserts a thousand keys into a trie, at the top as t_root gets
// them and all over as u_root does; an operation is the batch.
func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{100_000, million} {
		tr := build(n)
		top, all := make([]trie.Key, 1000), make([]trie.Key, 1000)
		for i := range top {
			top[i] = key(n + i)
			all[i] = trie.DepthKey(uint32(i*(n/10)/len(all)), top[i].ID())
		}
		b.Run("top/"+strconv.Itoa(n), func(b *testing.B) { benchmarkBatch(b, tr, top) })
		b.Run("all-over/"+strconv.Itoa(n), func(b *testing.B) { benchmarkBatch(b, tr, all) })
	}
}

func benchmarkBatch(b *testing.B, tr trie.Trie, keys []trie.Key) {
	b.ReportAllocs()
	for b.Loop() {
		e := tr.Edit()
		for _, k := range keys {
			e.Insert(k, 1)
		}
		e.Commit()
	}
}

func BenchmarkProve(b *testing.B) {
	tr, keys := build(million), samples()
	size := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		size = len(tr.Prove(keys[i%len(keys)]).Append(nil))
	}
	b.ReportMetric(float64(size), "proof-B")
}

func BenchmarkVerify(b *testing.B) {
	tr := build(million)
	p, root := tr.Prove(key(million/3)), tr.Root()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Verify(root, p.Key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	tr, keys := build(million), samples()
	for i := 0; b.Loop(); i++ {
		tr.Get(keys[i%len(keys)])
	}
}

// samples are some of a million keys, in no order.
func samples() []trie.Key {
	keys := make([]trie.Key, 1024)
	for i := range keys {
		keys[i] = key(i * 7919 % million)
	}
	return keys
}

func BenchmarkSub(b *testing.B) {
	tr, keys := build(million), samples()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tr.Sub(44, keys[i%len(keys)])
	}
}
