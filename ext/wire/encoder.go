package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// An encoder gathers the keys of a dictionary in any order and the raw data behind it.
type encoder struct {
	scratch []byte  // bencoded values, one after the other
	entries []entry // key and place in scratch
	raw     [][]byte
}

type entry struct {
	key        string
	start, end int
}

// put starts the value of a key; the returned function ends it.
func (e *encoder) put(key string, appendValue func([]byte) []byte) {
	start := len(e.scratch)
	e.scratch = appendValue(e.scratch)
	e.entries = append(e.entries, entry{key, start, len(e.scratch)})
}

func (e *encoder) uint(key string, v uint64) {
	e.put(key, func(b []byte) []byte {
		if v <= math.MaxInt64 {
			return appendInteger(b, v)
		}
		return appendString(b, binary.BigEndian.AppendUint64(nil, v))
	})
}

func (e *encoder) bytes(key string, v []byte) {
	e.put(key, func(b []byte) []byte { return appendString(b, v) })
}

func (e *encoder) text(key, v string) {
	e.put(key, func(b []byte) []byte { return appendString(b, v) })
}

func (e *encoder) ids(key string, ids [][32]byte) {
	e.put(key, func(b []byte) []byte {
		joined := make([]byte, 0, len(ids)*idSize)
		for i := range ids {
			joined = append(joined, ids[i][:]...)
		}
		return appendString(b, joined)
	})
}

func (e *encoder) strings(key string, list []string) {
	e.put(key, func(b []byte) []byte {
		b = append(b, 'l')
		for _, s := range list {
			b = appendString(b, s)
		}
		return append(b, 'e')
	})
}

// data adds raw data behind the dictionary.
func (e *encoder) data(b ...[]byte) { e.raw = append(e.raw, b...) }

// appendFrame writes the dictionary in key order, then the raw data.
func (e *encoder) appendFrame(dst []byte) []byte {
	slices.SortFunc(e.entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	dst = append(dst, 'd')
	for _, n := range e.entries {
		dst = appendString(dst, n.key)
		dst = append(dst, e.scratch[n.start:n.end]...)
	}
	dst = append(dst, 'e')
	for _, b := range e.raw {
		dst = append(dst, b...)
	}
	return dst
}

// size returns what appendFrame will write at most.
func (e *encoder) size() int {
	n := 2 + len(e.scratch)
	for _, t := range e.entries {
		n += len(t.key) + 3
	}
	for _, b := range e.raw {
		n += len(b)
	}
	return n
}
