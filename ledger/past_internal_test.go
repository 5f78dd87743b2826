package ledger

import (
	"encoding/binary"
	"testing"

	"github.com/torrenttx/ttx/ledger/trie"
)

// numbered returns a state of its own t_root; every ten share a u_root.
func numbered(i int) *Snapshot {
	var t, u trie.Key
	binary.BigEndian.PutUint32(t[:], uint32(i)+1)
	binary.BigEndian.PutUint32(u[:], uint32(i/10)+1)
	return &Snapshot{T: trie.Trie{}.Insert(t, 1), U: trie.Trie{}.Insert(u, 1)}
}

func (p *past) has(s *Snapshot) bool { return p.states[rootsOf(s)] != nil }

// wantSound checks that what is indexed is what the queues hold.
func (p *past) wantSound(t *testing.T) {
	t.Helper()
	held, tries := make(map[roots]bool), make(map[trie.Hash]bool)
	for _, q := range []queue{p.recent, p.pinned} {
		for _, s := range q.states {
			r := rootsOf(s.Snapshot)
			held[r], tries[r.t], tries[r.u] = true, true, true
		}
	}
	if len(held) != len(p.states) || len(tries) != len(p.tries) {
		t.Fatalf("%d states and %d tries are indexed, %d and %d held", len(p.states), len(p.tries), len(held), len(tries))
	}
}

// TestPastAtItsBounds counts states: at each bound all are there, one more and the
// oldest is gone, but for what is pinned.
func TestPastAtItsBounds(t *testing.T) {
	p := newPast()
	for i := range MaxRecent {
		p.add(numbered(i), int64(i))
	}
	if !p.has(numbered(0)) {
		t.Error("the first of MaxRecent is gone")
	}
	p.pin(rootsOf(numbered(1)))
	p.pin(rootsOf(numbered(1)))
	p.add(numbered(MaxRecent), MaxRecent)
	p.add(numbered(MaxRecent+1), MaxRecent+1)
	if p.has(numbered(0)) || !p.has(numbered(1)) || !p.has(numbered(2)) {
		t.Errorf("after one more: %t %t %t", p.has(numbered(0)), p.has(numbered(1)), p.has(numbered(2)))
	}
	p.wantSound(t)
	for i := range MaxPinned {
		s := numbered(MaxRecent + 2 + i)
		p.add(s, int64(MaxRecent+2+i))
		p.pin(rootsOf(s))
	}
	if p.has(numbered(1)) {
		t.Error("the first pinned state stays beyond MaxPinned")
	}
	p.wantSound(t)
	if len(p.recent.states) != MaxRecent || len(p.pinned.states) != MaxPinned {
		t.Errorf("%d recent, %d pinned", len(p.recent.states), len(p.pinned.states))
	}
}

// TestPastBoundsChanges counts changes: what many of them have gone by since is let
// go, pinned or not; the newest state always stays.
func TestPastBoundsChanges(t *testing.T) {
	p := newPast()
	p.add(numbered(0), 0)
	p.pin(rootsOf(numbered(0)))
	p.add(numbered(1), MaxPinnedChanges)
	if !p.has(numbered(0)) {
		t.Error("gone at its bound")
	}
	p.add(numbered(2), MaxPinnedChanges+1)
	if p.has(numbered(0)) || !p.has(numbered(1)) {
		t.Error("one change more")
	}
	p.add(numbered(3), 100*MaxPinnedChanges)
	if !p.has(numbered(3)) || p.has(numbered(2)) || len(p.states) != 1 {
		t.Errorf("after a large batch %d states", len(p.states))
	}
	p.wantSound(t)
}
