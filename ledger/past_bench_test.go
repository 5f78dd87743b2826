package ledger

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// million is how many keys each trie of these benchmarks has.
const million = 1_000_000

// pastWorld makes states over large tries: each payment is a key at the top of t, one
// output out of u and two into it.
type pastWorld struct {
	rng  *rand.Rand
	t, u trie.Trie
	n    uint32
	keys []trie.Key // of u
}

func newPastWorld() *pastWorld {
	w := &pastWorld{rng: rand.New(rand.NewPCG(1, 1))}
	t, u := trie.Trie{}.Edit(), trie.Trie{}.Edit()
	for range million {
		w.pay(t, nil)
		k := w.key()
		u.Insert(k, 1)
		w.keys = append(w.keys, k)
	}
	w.t, w.u = t.Commit(), u.Commit()
	return w
}

func (w *pastWorld) key() (k trie.Key) {
	for i := 0; i < len(k)-4; i += 8 {
		binary.BigEndian.PutUint64(k[i:], w.rng.Uint64())
	}
	return k
}

func (w *pastWorld) pay(t, u *trie.Editor) {
	w.n++
	id := w.key()
	t.Insert(trie.DepthKey(w.n/8, [32]byte(id[:32])), 1) // eight a depth, as on a busy network
	if u == nil {
		return
	}
	i := w.rng.IntN(len(w.keys))
	u.Delete(w.keys[i])
	a, b := w.key(), w.key()
	u.Insert(a, 1)
	u.Insert(b, 1)
	w.keys[i] = a
	w.keys = append(w.keys, b)
}

// state makes so many payments and returns the state after them.
func (w *pastWorld) state(payments int) *Snapshot {
	t, u := w.t.Edit(), w.u.Edit()
	for range payments {
		w.pay(t, u)
	}
	w.t, w.u = t.Commit(), u.Commit()
	return &Snapshot{T: w.t, U: w.u}
}

// BenchmarkPastMemory reports what a full queue of states holds in memory beside the
// newest one: of single payments, of the least favourable batches, and of bulk.
func BenchmarkPastMemory(b *testing.B) {
	const changesEach = 4
	w := newPastWorld()
	for name, payments := range map[string]int{"single": 1, "batches-of-32": 32, "bulk-of-1024": 1024} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p := newPast()
				changes := int64(0)
				for range 2 * MaxRecent {
					changes += int64(payments) * changesEach
					p.add(w.state(payments), changes)
				}
				before := heap()
				states := len(p.recent.states)
				runtime.KeepAlive(p)
				p = nil
				b.ReportMetric(float64(before-heap())/1e6, "MB")
				b.ReportMetric(float64(states), "states")
				runtime.KeepAlive(w)
			}
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkRewindStep takes one payment back, and hashes both tries.
func BenchmarkRewindStep(b *testing.B) {
	w := newPastWorld()
	t, u := w.t.Edit(), w.u.Edit()
	for b.Loop() {
		id := w.key()
		k := trie.DepthKey(w.n/8, [32]byte(id[:32]))
		t.Insert(k, 1) // as much work as a deletion
		for range 2 {
			u.Insert(w.key(), 1)
		}
		u.Delete(w.keys[w.rng.IntN(len(w.keys))])
		t.Commit()
		u.Commit()
	}
}
