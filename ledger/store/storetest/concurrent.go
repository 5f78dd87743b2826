package storetest

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
)

// testCloseEndsScan closes the store during a scan: Close waits for the
// callback, which may go on, and the scan then ends.
func testCloseEndsScan(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 50), nil)
	var visited, left atomic.Int32
	closed := make(chan error, 1)
	err := s.Scan(0, func(uint64, store.Record) error {
		defer left.Add(1)
		if visited.Add(1) > 1 {
			return nil
		}
		go func() {
			err := s.Close()
			if left.Load() == 0 {
				t.Error("Close did not wait for the scan")
			}
			closed <- err
		}()
		for refused := 0; refused < 1000; {
			if _, err := s.Meta("k"); errors.Is(err, store.ErrClosed) {
				refused++
			}
			runtime.Gosched()
		}
		return nil
	})
	if !errors.Is(err, store.ErrClosed) || visited.Load() != 1 {
		t.Errorf("Scan: %v after %d records", err, visited.Load())
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

// testConcurrentReaders reads, while one goroutine appends, everything up to
// the length a reader has seen: it has to be there, whole and in order.
func testConcurrentReaders(t *testing.T, s store.Store) {
	const batches, perBatch, readers = 40, 10, 4
	done := make(chan struct{})
	var all sync.WaitGroup
	for range readers {
		all.Go(func() { readUntil(t, s, done) })
	}
	for i := range batches {
		meta := map[string][]byte{"batch": {byte(i)}}
		if err := s.Append(Records(uint64(i*perBatch), perBatch), meta); err != nil {
			t.Errorf("Append: %v", err)
		}
	}
	close(done)
	all.Wait()
	Check(t, s, batches*perBatch)
}

func readUntil(t *testing.T, s store.Store, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		seen := s.Len()
		if seen == 0 {
			continue
		}
		findable(t, s, record(seen-1))
		next := seen / 2
		err := s.Scan(next, func(pos uint64, rec store.Record) error {
			if pos != next || rec.ID != record(pos).ID {
				t.Errorf("scan comes to %d, expected %d", pos, next)
			}
			next++
			return nil
		})
		if err != nil || next < seen {
			t.Errorf("scan ends at %d of %d: %v", next, seen, err)
		}
	}
}

// testConcurrentWriters lets writers offer the same records. Each is stored
// once, and every refusal is a duplicate.
func testConcurrentWriters(t *testing.T, s store.Store) {
	const records, writers = 100, 4
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for pos := range uint64(records) {
				err := s.Append(Records(pos, 1), nil)
				if err != nil && !errors.Is(err, store.ErrDuplicate) {
					t.Errorf("Append: %v", err)
				}
			}
		})
	}
	all.Wait()
	if got := s.Len(); got != records {
		t.Errorf("Len is %d, expected %d", got, records)
	}
	for pos := range uint64(records) {
		findable(t, s, record(pos))
	}
}
