package storetest

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

func testEmpty(t *testing.T, s store.Store) {
	Check(t, s, 0)
	if _, err := s.Get(tx.ID{1}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	if _, err := s.FindInfohash(tx.Infohash{1}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("FindInfohash: %v", err)
	}
	if _, err := s.Meta("a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Meta: %v", err)
	}
	mustAppend(t, s, nil, nil)
	Check(t, s, 0)
}

func testAppendAndFind(t *testing.T, s store.Store) {
	next := uint64(0)
	for _, n := range []int{1, 0, 2, 300, 1} {
		mustAppend(t, s, Records(next, n), nil)
		next += uint64(n)
		if got := s.Len(); got != next {
			t.Fatalf("Len is %d, expected %d", got, next)
		}
	}
	Check(t, s, next)
}

func testEmptyRecord(t *testing.T, s store.Store) {
	rec := store.Record{ID: tx.ID{1}, Infohash: tx.Infohash{2}}
	mustAppend(t, s, []store.Record{rec}, nil)
	findable(t, s, rec)
}

func testLargeRecord(t *testing.T, s store.Store) {
	rec := store.Record{ID: tx.ID{1}, Infohash: tx.Infohash{2}, Raw: bytes.Repeat([]byte("large"), 1<<20)}
	mustAppend(t, s, []store.Record{rec}, nil)
	findable(t, s, rec)
}

// testDuplicateStored puts the duplicate last, so that a store that writes as
// it checks would leave something behind.
func testDuplicateStored(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 10), map[string][]byte{"k": []byte("before")})
	batch := append(Records(10, 5), record(3))
	err := s.Append(batch, map[string][]byte{"k": []byte("after"), "new": {}})
	if !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("Append: %v", err)
	}
	checkRefused(t, s, batch[:5])
}

func testDuplicateInBatch(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 10), map[string][]byte{"k": []byte("before")})
	batch := append(Records(10, 5), record(12))
	err := s.Append(batch, map[string][]byte{"k": []byte("after"), "new": {}})
	if !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("Append: %v", err)
	}
	checkRefused(t, s, batch[:5])
}

// checkRefused checks that nothing of a refused batch is in a store of ten
// records, and that it can still be appended without the duplicate.
func checkRefused(t *testing.T, s store.Store, batch []store.Record) {
	t.Helper()
	Check(t, s, 10)
	for _, rec := range batch {
		if _, err := s.Get(rec.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get of a refused record: %v", err)
		}
		if _, err := s.FindInfohash(rec.Infohash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("FindInfohash of a refused record: %v", err)
		}
	}
	checkMeta(t, s, "k", []byte("before"))
	checkNoMeta(t, s, "new")
	mustAppend(t, s, batch, nil)
	Check(t, s, 15)
}

func testSharedInfohash(t *testing.T, s store.Store) {
	first := store.Record{ID: tx.ID{9}, Infohash: tx.Infohash{7}, Raw: []byte("first")}
	second := store.Record{ID: tx.ID{1}, Infohash: tx.Infohash{7}, Raw: []byte("second")}
	third := store.Record{ID: tx.ID{2}, Infohash: tx.Infohash{7}, Raw: []byte("third")}
	mustAppend(t, s, []store.Record{first, second}, nil)
	mustAppend(t, s, []store.Record{third}, nil)
	findable(t, s, first)
	for _, rec := range []store.Record{second, third} {
		if raw, err := s.Get(rec.ID); err != nil || string(raw) != string(rec.Raw) {
			t.Errorf("Get: %q, %v", raw, err)
		}
	}
}

func testScanFrom(t *testing.T, s store.Store) {
	const n = 300 // positions that need two bytes, so that their order shows
	mustAppend(t, s, Records(0, n), nil)
	for _, from := range []uint64{0, 1, 255, 256, n - 1, n, n + 1, ^uint64(0)} {
		var want []uint64
		for pos := from; pos < n; pos++ {
			want = append(want, pos)
		}
		if got, _ := scanned(t, s, from); !slices.Equal(got, want) {
			t.Errorf("Scan(%d) visits %d positions, expected %d", from, len(got), len(want))
		}
	}
}

func testScanError(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 10), nil)
	enough, calls := errors.New("enough"), 0
	err := s.Scan(0, func(pos uint64, _ store.Record) error {
		calls++
		if pos == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 4 {
		t.Errorf("Scan: %v after %d calls", err, calls)
	}
}

func testScanReadsStore(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 20), nil)
	err := s.Scan(0, func(pos uint64, rec store.Record) error {
		findable(t, s, rec)
		return s.SetMeta(map[string][]byte{"at": {byte(pos)}})
	})
	if err != nil {
		t.Errorf("Scan: %v", err)
	}
	checkMeta(t, s, "at", []byte{19})
}

func testScanSeesItsStart(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 5), nil)
	visited, next := 0, uint64(5)
	err := s.Scan(0, func(uint64, store.Record) error {
		visited++
		mustAppend(t, s, Records(next, 1), nil)
		next++
		return nil
	})
	if err != nil || visited != 5 {
		t.Errorf("Scan: %v after %d records", err, visited)
	}
	Check(t, s, 10)
}

func testCopiesInput(t *testing.T, s store.Store) {
	recs, value := Records(0, 3), []byte("value")
	mustAppend(t, s, recs, map[string][]byte{"k": value})
	for _, rec := range recs {
		clear(rec.Raw)
	}
	clear(value)
	Check(t, s, 3)
	checkMeta(t, s, "k", []byte("value"))
}

func testOutputOutlivesTheCall(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 50), nil)
	var kept []store.Record
	err := s.Scan(0, func(_ uint64, rec store.Record) error {
		kept = append(kept, rec)
		return nil
	})
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	raw, err := s.Get(kept[0].ID)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for pos, rec := range kept {
		equal(t, rec, record(uint64(pos)))
	}
	if !bytes.Equal(raw, kept[0].Raw) {
		t.Error("what Get returned has changed")
	}
}
