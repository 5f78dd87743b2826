package sync

import (
	"fmt"

	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// A Turn is what one side says at a time: the root of its snapshot, and regions
// that are ascending and disjoint.
type Turn struct {
	Root    trie.Hash
	Regions []wire.Region
	// Gives is how many transactions follow for the wants of the turn before.
	Gives uint64
}

// Message returns the turn as the message of a session's number.
func (t Turn) Message(sid uint64) (*wire.Sync, error) {
	b, err := wire.AppendRegions(nil, t.Regions)
	if err != nil {
		return nil, fmt.Errorf("encode a turn: %w", err)
	}
	return &wire.Sync{SID: sid, Root: t.Root, Gives: t.Gives, Regions: b}, nil
}

// ReadTurn returns the turn that a message carries.
func ReadTurn(m *wire.Sync) (Turn, error) {
	regions, err := wire.ParseRegions(m.Regions)
	if err != nil {
		return Turn{}, fmt.Errorf("decode a turn: %w", err)
	}
	return Turn{Root: m.Root, Regions: regions, Gives: m.Gives}, nil
}

// full reports whether the turn's sender may have kept something back.
func (t Turn) full() bool {
	size := 0
	for i := range t.Regions {
		size += t.Regions[i].Size()
	}
	return size >= FullTurn
}

// A Range is the keys from After, exclusive, to Upto, inclusive: what a wire.Get
// by range asks for. Count is how many there are by the peer's word.
type Range struct {
	After, Upto trie.Key
	Count       uint64
}

// rangeOf returns the range of all keys of a region. A region that starts at
// the zero key loses that key, which is no hash's.
func rangeOf(r *wire.Region) Range {
	g := Range{After: r.Prefix, Upto: r.Prefix, Count: r.Count}
	for i := len(g.After) - 1; r.Prefix != (trie.Key{}) && i >= 0; i-- {
		g.After[i]--
		if g.After[i] != 0xff {
			break
		}
	}
	for i := int(r.Bits); i < trie.KeyBits; i++ {
		g.Upto[i>>3] |= 0x80 >> (i & 7)
	}
	return g
}
