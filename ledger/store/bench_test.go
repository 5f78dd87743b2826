package store_test

import (
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/store/storetest"
)

// batch is what a node appends at once when it is catching up.
const batch = 1000

func benchStores(b *testing.B, bench func(b *testing.B, s store.Store)) {
	b.Run("disk", func(b *testing.B) {
		s := openDisk(b, b.TempDir())
		defer s.Close()
		bench(b, s)
	})
	b.Run("memory", func(b *testing.B) { bench(b, store.NewMemory()) })
}

// BenchmarkAppend appends synced batches of 1,000 records of about 450 bytes.
func BenchmarkAppend(b *testing.B) {
	benchStores(b, func(b *testing.B, s store.Store) {
		for b.Loop() {
			b.StopTimer()
			recs := storetest.Records(s.Len(), batch)
			b.StartTimer()
			if err := s.Append(recs, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/record")
	})
}

func BenchmarkGet(b *testing.B) {
	benchStores(b, func(b *testing.B, s store.Store) {
		recs := filled(b, s)
		for i := 0; b.Loop(); i++ {
			if _, err := s.Get(recs[i*7919%len(recs)].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFindInfohash(b *testing.B) {
	benchStores(b, func(b *testing.B, s store.Store) {
		recs := filled(b, s)
		for i := 0; b.Loop(); i++ {
			if _, err := s.FindInfohash(recs[i*7919%len(recs)].Infohash); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScan reads 50,000 records an operation, as a node does at its start.
func BenchmarkScan(b *testing.B) {
	benchStores(b, func(b *testing.B, s store.Store) {
		recs := filled(b, s)
		for b.Loop() {
			if err := s.Scan(0, func(uint64, store.Record) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/record")
	})
}

// filled appends 50 batches.
func filled(b *testing.B, s store.Store) []store.Record {
	b.Helper()
	recs := storetest.Records(0, 50*batch)
	for i := 0; i < len(recs); i += batch {
		if err := s.Append(recs[i:i+batch], nil); err != nil {
			b.Fatal(err)
		}
	}
	return recs
}

// BenchmarkOpen opens a store of 50,000 records: verifies its log and makes its
// indexes, whose memory it reports.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := openDisk(b, dir)
	n := len(filled(b, s))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := openDisk(b, dir).Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/record")
}
