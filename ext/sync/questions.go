package sync

import (
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// A question is a root that was sent and may still be answered, once.
type question struct {
	region wire.Region // Bits and Prefix only
	fanOut int         // regions that the answer may have
	limit  uint64      // keys that the peer can have there, by its own word
}

type place struct {
	bits   uint16
	prefix trie.Key
}

// questions are the open questions. Their regions are disjoint: a region is
// divided only after the question about the whole of it has been answered.
type questions struct {
	open map[place]question
	// lengths counts the questions by the length of their prefix, so that a
	// search tries only the few dozen lengths there are.
	lengths [trie.KeyBits + 1]int
}

func newQuestions() questions { return questions{open: make(map[place]question)} }

func (q *questions) add(r *wire.Region, about question) {
	about.region = wire.Region{Bits: r.Bits, Prefix: r.Prefix}
	q.open[place{r.Bits, r.Prefix}] = about
	q.lengths[r.Bits]++
}

func (q *questions) remove(about question) {
	delete(q.open, place{about.region.Bits, about.region.Prefix})
	q.lengths[about.region.Bits]--
}

// around returns the question whose region holds r.
func (q *questions) around(r *wire.Region) (question, bool) {
	for bits := int(r.Bits); bits >= 0; bits-- {
		if q.lengths[bits] == 0 {
			continue
		}
		at := place{uint16(bits), trie.Key(r.Prefix).Prefix(bits)}
		if about, ok := q.open[at]; ok {
			return about, true
		}
	}
	return question{}, false
}
