package ledger_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// benchSize is large enough that start-up does not count.
const benchSize = 4000

// BenchmarkAdd is the whole way in: decode, verify on all cores, apply, fsync.
func BenchmarkAdd(b *testing.B) {
	n := ledgertest.NewNetwork(64, 0)
	chain := n.Chains(benchSize, 64, rand.New(rand.NewPCG(1, 2)))
	for b.Loop() {
		b.StopTimer()
		s, err := store.OpenDisk(b.TempDir(), nil)
		if err != nil {
			b.Fatal(err)
		}
		l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s})
		if err != nil {
			b.Fatal(err)
		}
		raws := ledgertest.Raws(chain...)
		b.StartTimer()
		if _, err := l.Add(context.Background(), "bench", raws...); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if l.Snapshot().Transactions() != benchSize+1 {
			b.Fatal("not all were accepted")
		}
		l.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*benchSize/b.Elapsed().Seconds(), "tx/s")
}

// BenchmarkVerifyBound is what verification alone allows on one core.
func BenchmarkVerifyBound(b *testing.B) {
	n := ledgertest.NewNetwork(64, 0)
	chain := n.Chains(256, 64, rand.New(rand.NewPCG(1, 2)))
	known := map[tx.ID]*tx.Tx{n.Genesis.ID(): n.Genesis}
	for _, x := range chain {
		known[x.ID()] = x
	}
	for b.Loop() {
		for _, x := range chain {
			if err := x.Verify(n.Genesis, func(id tx.ID) *tx.Tx { return known[id] }); err != nil {
				b.Fatal(err)
			}
			if err := x.CheckKeys(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "tx/s")
}
