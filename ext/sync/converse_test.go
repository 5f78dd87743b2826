package sync_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// perDepth is how many transactions the ledgers of these tests have a depth.
const perDepth = 10

// key returns the i-th key of a ledger that grows from below. Different salts
// give the keys of transactions that different nodes have seen.
func key(i int, salt byte) trie.Key {
	var b [9]byte
	binary.BigEndian.PutUint64(b[:], uint64(i))
	b[8] = salt
	return trie.DepthKey(uint32(i/perDepth), sha256.Sum256(b[:]))
}

// grow returns base with the keys from from to before upto, every step-th.
func grow(base trie.Trie, from, upto, step int, salt byte) trie.Trie {
	e := base.Edit()
	for i := from; i < upto; i += step {
		e.Insert(key(i, salt), 0)
	}
	return e.Commit()
}

// A tester is what *testing.T, *testing.B and *rapid.T have in common here.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A side is a node in a conversation, and what it has learnt so far.
type side struct {
	name    string
	set     trie.Trie
	want    bool // asks for transactions
	deaf    bool // does not note what it learns: for benchmarks
	session *sync.Session
	learnt  *trie.Editor // keys it came to know of
	twice   int          // keys it was pointed to again
}

func (s *side) learn(k trie.Key) {
	if !s.learnt.Insert(k, 0) {
		s.twice++
	}
}

// take applies the findings of a step: what lacks here comes from the peer.
func (s *side) take(step sync.Step, peer *side) error {
	if s.deaf {
		return nil
	}
	for _, k := range step.Need {
		if s.set.Has(k) || !peer.set.Has(k) {
			return fmt.Errorf("%s needs %x wrongly", s.name, k[:6])
		}
		s.learn(k)
	}
	for _, r := range step.Ranges {
		peer.set.Ascend(r.After, func(k trie.Key, _ uint64) bool {
			if k == r.After {
				return true
			}
			if bytes.Compare(k[:], r.Upto[:]) > 0 {
				return false
			}
			s.learn(k)
			return true
		})
	}
	for _, k := range step.Send {
		if !s.set.Has(k) || peer.set.Has(k) {
			return fmt.Errorf("%s sends %x wrongly", s.name, k[:6])
		}
		peer.learn(k)
	}
	return nil
}

// A cost is what a conversation took.
type cost struct {
	turns, bytes, ranges int
}

// rounds is the number of round trips, a turn without reply being half of one.
func (c cost) rounds() float64 { return float64(c.turns) / 2 }

// converse runs a conversation through the codec until both sides are done.
func converse(tb tester, a, b *side) cost {
	tb.Helper()
	var c cost
	var t sync.Turn
	a.session, t = sync.Start(sync.Config{Trie: a.set, Want: a.want})
	b.session = sync.Accept(sync.Config{Trie: b.set, Want: b.want})
	from, to := a, b
	for more := true; more; from, to = to, from {
		c.turns++
		step, err := to.session.Receive(transmit(tb, t, &c))
		if err == nil {
			err = to.take(step, from)
		}
		if err != nil {
			tb.Fatal(err)
		}
		c.ranges += len(step.Ranges)
		t, more = step.Reply, step.HasReply
	}
	if !a.session.Done() || !b.session.Done() {
		tb.Fatal("the conversation has stopped without an end")
	}
	return c
}

// transmit returns the turn as the other side reads it.
func transmit(tb tester, t sync.Turn, c *cost) sync.Turn {
	tb.Helper()
	m, err := t.Message(1)
	if err != nil {
		tb.Fatal(err)
	}
	frame, err := wire.Encode(m)
	if err != nil {
		tb.Fatal(err)
	}
	c.bytes += len(frame)
	back, err := wire.Decode(frame)
	if err != nil {
		tb.Fatal(err)
	}
	t, err = sync.ReadTurn(back.(*wire.Sync))
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func newSides(a, b trie.Trie) (*side, *side) {
	return &side{name: "a", set: a, learnt: trie.Trie{}.Edit()},
		&side{name: "b", set: b, learnt: trie.Trie{}.Edit()}
}

// checkBoth checks that both sides learnt exactly what they lack.
func checkBoth(tb tester, a, b *side) {
	tb.Helper()
	checkLearnt(tb, a, b)
	checkLearnt(tb, b, a)
	if a.session.Partial() || b.session.Partial() {
		tb.Fatal("something was left out")
	}
}

// checkLearnt compares what a side learnt with what it lacks.
func checkLearnt(tb tester, s, peer *side) {
	tb.Helper()
	lacks := trie.Trie{}.Edit()
	peer.set.Ascend(trie.Key{}, func(k trie.Key, _ uint64) bool {
		if !s.set.Has(k) {
			lacks.Insert(k, 0)
		}
		return true
	})
	want, got := lacks.Commit(), s.learnt.Commit()
	if want.Root() != got.Root() {
		tb.Fatalf("%s learnt of %d keys, lacks %d", s.name, got.Count(), want.Count())
	}
	if s.twice > 0 {
		tb.Fatalf("%s was pointed to %d keys twice", s.name, s.twice)
	}
}

// fetch adds what was learnt to the set.
func (s *side) fetch() {
	e := s.set.Edit()
	s.learnt.Commit().Ascend(trie.Key{}, func(k trie.Key, w uint64) bool {
		e.Insert(k, w)
		return true
	})
	s.set = e.Commit()
	s.learnt = trie.Trie{}.Edit()
}
