// Package storetest is the suite that every store.Store passes. A new kind of
// store calls Run from a test of its own.
package storetest

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Opener returns an empty store for one test, which the suite closes. Reopen
// opens the same content once more after the store was closed; it is nil for
// a store that forgets, and the suite then leaves out what is about keeping.
type Opener func(t *testing.T) (s store.Store, reopen func(t *testing.T) store.Store)

// Run tests the stores that open returns.
func Run(t *testing.T, open Opener) {
	tests := []struct {
		name string
		test func(t *testing.T, s store.Store)
	}{
		{"Empty", testEmpty},
		{"AppendAndFind", testAppendAndFind},
		{"EmptyRecord", testEmptyRecord},
		{"LargeRecord", testLargeRecord},
		{"DuplicateStored", testDuplicateStored},
		{"DuplicateInBatch", testDuplicateInBatch},
		{"SharedInfohash", testSharedInfohash},
		{"ScanFrom", testScanFrom},
		{"ScanError", testScanError},
		{"ScanReadsStore", testScanReadsStore},
		{"ScanSeesItsStart", testScanSeesItsStart},
		{"CopiesInput", testCopiesInput},
		{"OutputOutlivesTheCall", testOutputOutlivesTheCall},
		{"Meta", testMeta},
		{"MetaIsNotRecords", testMetaIsNotRecords},
		{"Closed", testClosed},
		{"CloseEndsScan", testCloseEndsScan},
		{"ConcurrentReaders", testConcurrentReaders},
		{"ConcurrentWriters", testConcurrentWriters},
		{"Model", testModel},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := open(t)
			t.Cleanup(func() { _ = s.Close() })
			tt.test(t, s)
		})
	}
	if s, reopen := open(t); reopen != nil {
		_ = s.Close()
		t.Run("Reopen", func(t *testing.T) { testReopen(t, open) })
	}
}

// Records returns n records at the positions from first on. They are a
// function of the position alone, so that another process can tell what has to
// be there, as long as real transactions, and as incompressible.
func Records(first uint64, n int) []store.Record {
	recs := make([]store.Record, n)
	for i := range recs {
		recs[i] = record(first + uint64(i))
	}
	return recs
}

// record makes the record of a position: a name and 200 to 700 bytes.
func record(pos uint64) store.Record {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], pos)
	random := rand.NewChaCha8(seed)
	raw := make([]byte, 200+random.Uint64()%500)
	_, _ = random.Read(raw)
	rec := store.Record{ID: sha256.Sum256(raw), Raw: raw}
	copy(rec.Infohash[:], rec.ID[12:])
	return rec
}

// Check reports every way in which s does not hold exactly the records that
// Records makes for 0 to n-1.
func Check(t *testing.T, s store.Store, n uint64) {
	t.Helper()
	if got := s.Len(); got != n {
		t.Errorf("Len is %d, expected %d", got, n)
	}
	next := uint64(0)
	err := s.Scan(0, func(pos uint64, rec store.Record) error {
		if pos != next {
			t.Errorf("scan comes to %d, expected %d", pos, next)
		}
		next++
		equal(t, rec, record(pos))
		return nil
	})
	if err != nil || next != n {
		t.Errorf("scan: %d records and %v, expected %d", next, err, n)
	}
	for pos := range n {
		findable(t, s, record(pos))
	}
}

func equal(t *testing.T, got, want store.Record) {
	t.Helper()
	if got.ID != want.ID || got.Infohash != want.Infohash || string(got.Raw) != string(want.Raw) {
		t.Errorf("record is %s %s, %d bytes; expected %s %s, %d bytes",
			got.ID, got.Infohash, len(got.Raw), want.ID, want.Infohash, len(want.Raw))
	}
}

// findable checks that both indexes lead to rec.
func findable(t *testing.T, s store.Store, rec store.Record) {
	t.Helper()
	if raw, err := s.Get(rec.ID); err != nil || string(raw) != string(rec.Raw) {
		t.Errorf("Get(%s): %d bytes, %v", rec.ID, len(raw), err)
	}
	if id, err := s.FindInfohash(rec.Infohash); err != nil || id != rec.ID {
		t.Errorf("FindInfohash(%s): %s, %v; expected %s", rec.Infohash, id, err, rec.ID)
	}
}

func mustAppend(t *testing.T, s store.Store, recs []store.Record, meta map[string][]byte) {
	t.Helper()
	if err := s.Append(recs, meta); err != nil {
		t.Fatalf("Append: %v", err)
	}
}

// scanned returns what a scan visits.
func scanned(t *testing.T, s store.Store, from uint64) (positions []uint64, ids []tx.ID) {
	t.Helper()
	err := s.Scan(from, func(pos uint64, rec store.Record) error {
		positions, ids = append(positions, pos), append(ids, rec.ID)
		return nil
	})
	if err != nil {
		t.Fatalf("Scan(%d): %v", from, err)
	}
	return positions, ids
}
