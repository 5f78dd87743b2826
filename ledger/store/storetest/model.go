package storetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"pgregory.net/rapid"
)

// numbers is how many different records an example draws from: few, so that
// duplicates are frequent.
const numbers = 300

// testModel makes random steps on the store and on a plain slice and map.
// Examples share the store for speed. Each starts at its end, with records of
// its own and no meta values, so that one does not depend on another.
func testModel(t *testing.T, s store.Store) {
	example := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		example++
		m := &model{store: s, base: s.Len(), first: example * numbers, meta: make(map[string][]byte)}
		if err := s.SetMeta(map[string][]byte{"a": nil, "b": nil, "c": nil}); err != nil {
			t.Fatalf("SetMeta: %v", err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": m.append,
			"":       m.check,
		})
	})
}

type model struct {
	store store.Store
	// base is the length at the example's start, log what it appended.
	base uint64
	log  []store.Record
	// first is the number of the example's first record.
	first uint64
	meta  map[string][]byte
}

func (m *model) append(t *rapid.T) {
	drawn := rapid.SliceOfN(rapid.Uint64Range(0, numbers-1), 0, 5).Draw(t, "numbers")
	meta := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}),
		rapid.SampledFrom([][]byte{nil, {}, []byte("x"), []byte("yy")}), 0, 3).Draw(t, "meta")
	var recs []store.Record
	for _, n := range drawn {
		recs = append(recs, record(m.first+n))
	}
	err := m.store.Append(recs, meta)
	if m.clashes(recs) {
		if !errors.Is(err, store.ErrDuplicate) {
			t.Fatalf("Append of duplicates: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	m.log = append(m.log, recs...)
	for key, value := range meta {
		m.meta[key] = value
	}
}

func (m *model) clashes(recs []store.Record) bool {
	all := append(m.log[:len(m.log):len(m.log)], recs...)
	for i := len(m.log); i < len(all); i++ {
		for j := range i {
			if all[i].ID == all[j].ID {
				return true
			}
		}
	}
	return false
}

func (m *model) check(t *rapid.T) {
	end := m.base + uint64(len(m.log))
	if got := m.store.Len(); got != end {
		t.Fatalf("Len is %d, expected %d", got, end)
	}
	from := rapid.Uint64Range(m.base, end).Draw(t, "from")
	next := from
	err := m.store.Scan(from, func(pos uint64, rec store.Record) error {
		if want := m.log[next-m.base]; pos != next || rec.ID != want.ID || !bytes.Equal(rec.Raw, want.Raw) {
			t.Fatalf("scan from %d comes to %d %s", from, pos, rec.ID)
		}
		next++
		return nil
	})
	if err != nil || next != end {
		t.Fatalf("scan from %d ends at %d: %v", from, next, err)
	}
	for _, key := range []string{"a", "b", "c"} {
		got, err := m.store.Meta(key)
		if want := m.meta[key]; want == nil && !errors.Is(err, store.ErrNotFound) || !bytes.Equal(got, want) {
			t.Fatalf("Meta(%q) is %q, %v; expected %q", key, got, err, want)
		}
	}
}
