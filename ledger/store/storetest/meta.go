package storetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

func checkMeta(t *testing.T, s store.Store, key string, want []byte) {
	t.Helper()
	if got, err := s.Meta(key); err != nil || !bytes.Equal(got, want) {
		t.Errorf("Meta(%q) is %q, %v; expected %q", key, got, err, want)
	}
}

func checkNoMeta(t *testing.T, s store.Store, key string) {
	t.Helper()
	if got, err := s.Meta(key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Meta(%q) is %q, %v; expected none", key, got, err)
	}
}

func testMeta(t *testing.T, s store.Store) {
	steps := []struct {
		set  map[string][]byte
		want map[string][]byte
	}{
		{map[string][]byte{"a": []byte("1"), "": []byte("no name"), "b": {}}, map[string][]byte{"a": []byte("1"), "": []byte("no name"), "b": {}}},
		{map[string][]byte{"a": []byte("2")}, map[string][]byte{"a": []byte("2"), "": []byte("no name"), "b": {}}},
		{map[string][]byte{"a": nil, "absent": nil}, map[string][]byte{"a": nil, "absent": nil, "b": {}}},
		{nil, map[string][]byte{"": []byte("no name")}},
	}
	for _, step := range steps {
		if err := s.SetMeta(step.set); err != nil {
			t.Fatalf("SetMeta(%q): %v", step.set, err)
		}
		for key, value := range step.want {
			if value == nil {
				checkNoMeta(t, s, key)
				continue
			}
			checkMeta(t, s, key, value)
		}
	}
}

// testMetaIsNotRecords sets keys that look like a record's names.
func testMetaIsNotRecords(t *testing.T, s store.Store) {
	rec := record(0)
	names := map[string][]byte{
		string(rec.ID[:]):                   {1},
		"i" + string(rec.ID[:]):             {1},
		"r\x00\x00\x00\x00\x00\x00\x00\x00": {1},
	}
	if err := s.SetMeta(names); err != nil {
		t.Fatalf("SetMeta: %v", err)
	}
	Check(t, s, 0)
	if _, err := s.Get(rec.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	mustAppend(t, s, Records(0, 3), nil)
	Check(t, s, 3)
}

func testClosed(t *testing.T, s store.Store) {
	mustAppend(t, s, Records(0, 3), nil)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	calls := map[string]func() error{
		"Append":       func() error { return s.Append(Records(3, 1), nil) },
		"Get":          func() error { _, err := s.Get(record(0).ID); return err },
		"Get absent":   func() error { _, err := s.Get(tx.ID{}); return err },
		"FindInfohash": func() error { _, err := s.FindInfohash(record(0).Infohash); return err },
		"Scan":         func() error { return s.Scan(0, func(uint64, store.Record) error { return nil }) },
		"Meta":         func() error { _, err := s.Meta("k"); return err },
		"SetMeta":      func() error { return s.SetMeta(map[string][]byte{"k": {}}) },
		"Close":        s.Close,
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if got := s.Len(); got != 3 {
		t.Errorf("Len after Close is %d", got)
	}
}

func testReopen(t *testing.T, open Opener) {
	s, reopen := open(t)
	defer func() { _ = s.Close() }()
	next := uint64(0)
	for round := range 4 {
		n := 1 + 100*round
		mustAppend(t, s, Records(next, n), map[string][]byte{"round": {byte(round)}, "gone": nil})
		next += uint64(n)
		if err := s.SetMeta(map[string][]byte{"gone": {1}}); err != nil {
			t.Fatalf("SetMeta: %v", err)
		}
		if err := s.SetMeta(map[string][]byte{"gone": nil}); err != nil {
			t.Fatalf("SetMeta: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		s = reopen(t)
		Check(t, s, next)
		checkMeta(t, s, "round", []byte{byte(round)})
		checkNoMeta(t, s, "gone")
	}
	if err := s.Append(Records(0, 1), nil); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("Append of an old record: %v", err)
	}
}
