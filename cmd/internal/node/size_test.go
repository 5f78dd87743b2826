package node

import (
	"os"
	"runtime"
	"runtime/pprof"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/ledgertest"
)

// sizeEnv names a folder that `ttx ledger generate` filled; without it these
// benchmarks open an empty ledger.
const sizeEnv = "TTX_BENCH_FOLDER"

// heapEnv names a file for a heap profile of the open ledger.
const heapEnv = "TTX_BENCH_HEAP"

// BenchmarkOpen replays a folder's log. With -cpuprofile it says where the time
// of a restart goes, the profile in TTX_BENCH_HEAP where the memory.
func BenchmarkOpen(b *testing.B) {
	dir := config.Folder(os.Getenv(sizeEnv))
	genesis := ledgertest.NewNetwork(1, 1).Genesis
	if dir == "" {
		dir = config.Folder(b.TempDir())
	} else {
		file, err := dir.Network()
		if err != nil {
			b.Fatal(err)
		}
		genesis = file.Genesis
	}
	var before, after runtime.MemStats
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		l, err := OpenLedger(dir, genesis, nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		writeHeap(b)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-heap")
		b.ReportMetric(float64(l.Snapshot().Transactions()), "tx")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func writeHeap(b *testing.B) {
	b.Helper()
	name := os.Getenv(heapEnv)
	if name == "" {
		return
	}
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := pprof.WriteHeapProfile(f); err != nil {
		b.Fatal(err)
	}
}
