package sync_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// drawOwn adds to base what only one side has: keys at the top, and all over.
func drawOwn(t *rapid.T, name string, base trie.Trie, n int, salt byte) trie.Trie {
	top := rapid.IntRange(0, 300).Draw(t, name+" top")
	base = grow(base, n, n+top, 1, salt)
	if every := rapid.IntRange(0, 200).Draw(t, name+" every"); every > 0 {
		base = grow(base, 0, n, every, salt)
	}
	for range rapid.IntRange(0, 5).Draw(t, name+" blocks") { // a busy hour that the other has missed
		from := rapid.IntRange(0, n).Draw(t, name+" block")
		base = grow(base, from, from+rapid.IntRange(0, 100).Draw(t, "long"), 1, salt)
	}
	return base
}

func TestBothSidesLearnTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 60), rapid.IntRange(0, 3000)).Draw(t, "common")
		common := grow(trie.Trie{}, 0, n, 1, 0)
		a, b := newSides(drawOwn(t, "a", common, n, 1), drawOwn(t, "b", common, n, 2))
		a.want, b.want = rapid.Bool().Draw(t, "a wants"), rapid.Bool().Draw(t, "b wants")
		converse(t, a, b)
		checkBoth(t, a, b)
	})
}

// TestBentTries does the same with keys whose prefixes are long and uneven, as
// ground ids make them.
func TestBentTries(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) trie.Key {
		var k trie.Key
		for _, at := range rapid.SliceOfN(rapid.IntRange(0, trie.KeyBits-1), 1, 3).Draw(t, "at") {
			k[at/8] |= 0x80 >> (at % 8)
		}
		return k
	})
	set := func(t *rapid.T, name string, base trie.Trie) trie.Trie {
		e := base.Edit()
		for _, k := range rapid.SliceOfN(draw, 0, 100).Draw(t, name) {
			e.Insert(k, 0)
		}
		return e.Commit()
	}
	rapid.Check(t, func(t *rapid.T) {
		common := set(t, "common", trie.Trie{})
		a, b := newSides(set(t, "a", common), set(t, "b", common))
		a.want, b.want = rapid.Bool().Draw(t, "a wants"), rapid.Bool().Draw(t, "b wants")
		converse(t, a, b)
		checkBoth(t, a, b)
	})
}

func TestEqualSetsEndAtOnce(t *testing.T) {
	set := grow(trie.Trie{}, 0, 1000, 1, 0)
	a, b := newSides(set, set)
	if c := converse(t, a, b); c.turns != 2 {
		t.Errorf("%d turns", c.turns)
	}
	checkBoth(t, a, b)
}

// TestOtherWeights: two rules give one set two roots. The session ends and has
// found nothing to fetch.
func TestOtherWeights(t *testing.T) {
	set := grow(trie.Trie{}, 0, 1000, 1, 0)
	a, b := newSides(set, set.Insert(key(500, 0), 1))
	converse(t, a, b)
	checkBoth(t, a, b)
}

// TestMissedBlocks: ranges that are told at a time are one only if nothing that
// is here lies between them.
func TestMissedBlocks(t *testing.T) {
	const n = 1 << 16
	even, all := trie.Trie{}.Edit(), trie.Trie{}.Edit()
	for i := range n {
		k := trie.DepthKey(uint32(i), key(i, 0).ID())
		if all.Insert(k, 0); i>>3&1 == 0 {
			even.Insert(k, 0)
		}
	}
	a, b := newSides(even.Commit(), all.Commit())
	if c := converse(t, a, b); c.ranges < n/16 {
		t.Errorf("%d ranges", c.ranges)
	}
	checkBoth(t, a, b)
}

func TestRanges(t *testing.T) {
	hi := func(b ...byte) (k trie.Key) {
		for i := copy(k[:], b); i < len(k); i++ {
			k[i] = 0xff
		}
		return k
	}
	tests := []struct {
		bits        uint16
		prefix      trie.Key
		after, upto trie.Key
	}{
		{0, trie.Key{}, trie.Key{}, hi()},
		{8, trie.Key{}, trie.Key{}, hi(0)},
		{8, trie.Key{5}, hi(4), hi(5)},
		{9, trie.Key{5, 0x80}, hi(5, 0x7f), hi(5)},
		{20, trie.Key{5, 0, 0x10}, hi(5, 0, 0x0f), hi(5, 0, 0x1f)},
		{trie.KeyBits, trie.Key{35: 3}, trie.Key{35: 2}, trie.Key{35: 3}},
	}
	for _, tt := range tests {
		s := sync.Accept(sync.Config{})
		step, err := s.Receive(sync.Turn{Regions: []wire.Region{root(tt.bits, tt.prefix, 7)}})
		want := sync.Range{After: tt.after, Upto: tt.upto, Count: 7}
		if err != nil || len(step.Ranges) != 1 || step.Ranges[0] != want {
			t.Errorf("%d bits of %x: %x, %v", tt.bits, tt.prefix[:3], step.Ranges, err)
		}
	}
}

// TestFullTurns reconciles differences that take many frames.
func TestFullTurns(t *testing.T) {
	common := grow(trie.Trie{}, 0, 60_000, 1, 0)
	a, b := newSides(grow(common, 0, 60_000, 20, 1), grow(common, 0, 60_000, 20, 2))
	if c := converse(t, a, b); c.bytes < 10*wire.MaxFrame {
		t.Errorf("only %d bytes", c.bytes)
	}
	checkBoth(t, a, b)
}

// TestPartial: a difference too large for one session is left in part, and is
// learnt by the sessions that follow.
func TestPartial(t *testing.T) {
	a, b := newSides(grow(trie.Trie{}, 0, 90_000, 1, 1), grow(trie.Trie{}, 0, 90_000, 1, 2))
	sessions := 0
	for a.set.Root() != b.set.Root() {
		c := converse(t, a, b)
		if c.turns > 2*sync.MaxTurns || c.bytes > 2*sync.MaxTurns*wire.MaxFrame {
			t.Fatalf("%d turns, %d bytes", c.turns, c.bytes)
		}
		if sessions == 0 && !a.session.Partial() && !b.session.Partial() {
			t.Error("neither side says that something is left")
		}
		if sessions++; sessions > 5 {
			t.Fatal("no end")
		}
		a.fetch()
		b.fetch()
	}
}
