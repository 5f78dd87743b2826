package sync

import (
	"bytes"
	"slices"

	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

type jobKind uint8

const (
	jobOpen   jobKind = iota // the opening
	jobAnswer                // answer the peer's root of a region
	jobTell                  // tell what the peer lacks in a region
)

// A job becomes regions of a turn when there is room: what a peer's turn can
// make wait is no longer than the turn itself.
type job struct {
	kind   jobKind
	region wire.Region
	except []span // of a jobTell: what the peer has said it has, ascending
}

// A span is all keys with a prefix.
type span struct {
	bits   int
	prefix trie.Key
}

func spansOf(regions []wire.Region) []span {
	spans := make([]span, len(regions))
	for i := range regions {
		spans[i] = span{int(regions[i].Bits), regions[i].Prefix}
	}
	return spans
}

func spansOfKeys(keys [][trie.KeySize]byte) []span {
	spans := make([]span, len(keys))
	for i, k := range keys {
		spans[i] = span{trie.KeyBits, k}
	}
	return spans
}

// enqueue adds jobs so that those of the largest keys come to be done first.
func (s *Session) enqueue(jobs []job) {
	s.todo = append(s.todo, jobs...)
	slices.SortStableFunc(s.todo, func(a, b job) int {
		return bytes.Compare(a.region.Prefix[:], b.region.Prefix[:])
	})
	if over := len(s.todo) - MaxTodo; over > 0 {
		s.todo = slices.Delete(s.todo, 0, over)
		s.partial = true
	}
}

// turn does as many jobs as fit into a turn.
func (s *Session) turn(first []job) Turn {
	s.todo = append(s.todo, first...)
	d := draft{room: MaxTurnBytes}
	for d.takeReady(&s.ready) && len(s.todo) > 0 {
		last := len(s.todo) - 1
		j := &s.todo[last]
		if j.kind == jobTell {
			s.ready = s.tell(j)
		} else if !d.takeAll(s.reply(j)) {
			break
		}
		s.todo[last] = job{}
		s.todo = s.todo[:last]
	}
	for _, a := range d.asks {
		s.asked.add(&a.region, a)
	}
	slices.SortFunc(d.regions, func(a, b wire.Region) int { return bytes.Compare(a.Prefix[:], b.Prefix[:]) })
	t := Turn{Root: s.root, Regions: d.regions}
	s.wanted = min(wants(d.regions)*MaxSend, MaxSendTurn)
	s.sent++
	s.full = t.full()
	return t
}

// wants counts the regions that ask for transactions.
func wants(regions []wire.Region) (n int) {
	for i := range regions {
		if regions[i].Kind == wire.RegionWant {
			n++
		}
	}
	return n
}

// A draft is a turn in the making.
type draft struct {
	regions []wire.Region
	asks    []question
	room    int // bytes left
}

// takeAll adds an answer if it fits whole.
func (d *draft) takeAll(regions []wire.Region, asks []question) bool {
	size := 0
	for i := range regions {
		size += regions[i].Size()
	}
	if size > d.room {
		return false
	}
	d.room -= size
	d.regions = append(d.regions, regions...)
	d.asks = append(d.asks, asks...)
	return true
}

// takeReady moves tells from the end of ready into the draft, and reports
// whether all fitted.
func (d *draft) takeReady(ready *[]wire.Region) bool {
	for n := len(*ready); n > 0; n-- {
		if !d.takeAll((*ready)[n-1:], nil) {
			return false
		}
		*ready = (*ready)[:n-1]
	}
	return true
}

// reply returns what a job that is not a jobTell says, and which of it asks.
func (s *Session) reply(j *job) ([]wire.Region, []question) {
	a := answer{leaf: s.leaf, limit: ^uint64(0)}
	if j.kind == jobOpen {
		a.open(s.mine)
	} else {
		a.limit = j.region.Count
		a.reply(&j.region, s.mine.Sub(int(j.region.Bits), j.region.Prefix))
	}
	return a.regions, a.asks
}

// An answer says all that is here of one region.
type answer struct {
	leaf    wire.RegionKind
	limit   uint64 // keys that the peer says it has there
	regions []wire.Region
	asks    []question
}

// open answers the unspoken question about everything.
func (a *answer) open(t trie.Trie) {
	for t.Count() > ListMax && len(a.regions) < MaxSpine-1 {
		low, high, _ := t.Split()
		a.piece(low)
		t = high
	}
	if len(a.regions) == 0 {
		a.list(&wire.Region{}, t)
	} else {
		a.last(t)
	}
}

// last adds the region of the largest keys: it most likely differs, so it is
// listed at once if it is short.
func (a *answer) last(t trie.Trie) {
	if t.Count() > ListMax {
		a.piece(t)
		return
	}
	r := regionOf(t)
	a.list(&r, t)
}

// reply answers a root that differs from ours; t is what is here of r, not
// nothing.
func (a *answer) reply(r *wire.Region, t trie.Trie) {
	switch {
	case t.Count() <= ListMax:
		a.list(r, t)
	case r.Count <= ListMax:
		a.ask(r, t)
	default:
		a.divide(t)
	}
}

// divide adds the pieces of a trie, always dividing the largest one further,
// until they are few enough to list or FanOut.
func (a *answer) divide(t trie.Trie) {
	pieces := []trie.Trie{t}
	for len(pieces) < FanOut {
		at := 0
		for i := range pieces {
			if pieces[i].Count() > pieces[at].Count() {
				at = i
			}
		}
		if pieces[at].Count() <= ListMax {
			break
		}
		low, high, _ := pieces[at].Split()
		pieces[at] = low
		pieces = slices.Insert(pieces, at+1, high)
	}
	for _, p := range pieces {
		a.piece(p)
	}
}

// piece adds the region of a trie, by its keys if they are very few.
func (a *answer) piece(t trie.Trie) {
	r := regionOf(t)
	if t.Count() <= PieceMax {
		a.list(&r, t)
	} else {
		a.ask(&r, t)
	}
}

func (a *answer) ask(r *wire.Region, t trie.Trie) {
	ask := rootRegion(r, t)
	a.regions = append(a.regions, ask)
	a.asks = append(a.asks, question{region: ask, fanOut: FanOut, limit: a.limit})
}

func (a *answer) list(r *wire.Region, t trie.Trie) {
	a.regions = append(a.regions, listRegion(a.leaf, r, t))
}

// regionOf returns the smallest region that holds a trie.
func regionOf(t trie.Trie) wire.Region {
	bits, prefix := t.Region()
	return wire.Region{Bits: uint16(bits), Prefix: prefix}
}

// rootRegion returns the root of all of t as that of a region.
func rootRegion(r *wire.Region, t trie.Trie) wire.Region {
	return wire.Region{
		Kind: wire.RegionRoot, Bits: r.Bits, Prefix: r.Prefix, Count: t.Count(), Root: t.Root(),
	}
}

// listRegion returns all keys of t as those of a region.
func listRegion(kind wire.RegionKind, r *wire.Region, t trie.Trie) wire.Region {
	l := wire.Region{Kind: kind, Bits: r.Bits, Prefix: r.Prefix, Count: t.Count()}
	t.Ascend(trie.Key{}, func(k trie.Key, _ uint64) bool {
		l.Keys = append(l.Keys, k)
		return true
	})
	return l
}

// tell returns what is here in a job's region and in none of the parts that the
// peer has spoken about, in the largest pieces there are, ascending.
func (s *Session) tell(j *job) []wire.Region {
	var told []wire.Region
	gaps(s.mine.Sub(int(j.region.Bits), j.region.Prefix), j.except, func(t trie.Trie) {
		r := regionOf(t)
		if t.Count() <= TellMax {
			told = append(told, listRegion(wire.RegionList, &r, t))
		} else {
			told = append(told, rootRegion(&r, t))
		}
	})
	return told
}

// gaps calls fn, ascending, for the largest parts of t that lie in none of the
// disjoint spans.
func gaps(t trie.Trie, except []span, fn func(trie.Trie)) {
	bits, prefix := t.Region()
	var inside []span
	for _, e := range except {
		if e.bits <= bits && prefix.HasPrefix(e.bits, e.prefix) {
			return
		}
		if e.bits > bits && e.prefix.HasPrefix(bits, prefix) {
			inside = append(inside, e)
		}
	}
	if len(inside) == 0 {
		fn(t)
		return
	}
	if low, high, ok := t.Split(); ok {
		gaps(low, inside, fn)
		gaps(high, inside, fn)
	}
}
