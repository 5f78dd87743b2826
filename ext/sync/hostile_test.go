package sync_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

// root returns a region's question with an invented root.
func root(bits uint16, prefix trie.Key, count uint64) wire.Region {
	return wire.Region{
		Kind: wire.RegionRoot, Bits: bits, Prefix: prefix.Prefix(int(bits)), Count: count, Root: [32]byte{1},
	}
}

// list returns a list of no keys.
func list(bits uint16, prefix trie.Key) wire.Region {
	return wire.Region{Kind: wire.RegionList, Bits: bits, Prefix: prefix.Prefix(int(bits))}
}

// parts divides a region into 2^n equal ones.
func parts(r wire.Region, n int) []wire.Region {
	divided := make([]wire.Region, 1<<n)
	for i := range divided {
		divided[i] = r
		divided[i].Bits += uint16(n)
		for b := range n {
			if i>>(n-1-b)&1 == 1 {
				at := int(r.Bits) + b
				divided[i].Prefix[at/8] |= 0x80 >> (at % 8)
			}
		}
	}
	return divided
}

// question returns the first question of a turn.
func question(t *testing.T, turn sync.Turn) wire.Region {
	t.Helper()
	for _, r := range turn.Regions {
		if r.Kind == wire.RegionRoot && r.Count > sync.ListMax {
			return r
		}
	}
	t.Fatal("the turn asks nothing")
	return wire.Region{}
}

func TestLiesEndTheSession(t *testing.T) {
	set := grow(trie.Trie{}, 0, 10_000, 1, 0)
	lies := []struct {
		name string
		kind sync.ErrorKind
		// tell answers the starter's opening.
		tell func(opening sync.Turn) []wire.Region
	}{
		{"one root with another count", sync.ErrCount, func(o sync.Turn) []wire.Region {
			r := question(t, o)
			r.Count++
			return []wire.Region{r}
		}},
		{"an answer in too many parts", sync.ErrFanOut, func(o sync.Turn) []wire.Region {
			return parts(question(t, o), 5)
		}},
		{"a region around the questions", sync.ErrUnasked, func(sync.Turn) []wire.Region {
			return []wire.Region{root(0, trie.Key{}, 5)}
		}},
		{"an empty list around the questions", sync.ErrUnasked, func(sync.Turn) []wire.Region {
			return []wire.Region{list(0, trie.Key{})}
		}},
	}
	for _, l := range lies {
		s, opening := sync.Start(sync.Config{Trie: set})
		_, err := s.Receive(sync.Turn{Root: trie.Hash{1}, Regions: l.tell(opening)})
		checkRefusal(t, l.name, s, err, l.kind)
	}
}

func checkRefusal(t *testing.T, name string, s *sync.Session, err error, kind sync.ErrorKind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", name, err, kind)
	}
	if !s.Done() {
		t.Errorf("%s: the session goes on", name)
	}
	if _, err := s.Receive(sync.Turn{}); !errors.Is(err, sync.ErrTurn) {
		t.Errorf("%s: then %v", name, err)
	}
}

func TestOpeningOfTooManyRegions(t *testing.T) {
	s := sync.Accept(sync.Config{Trie: grow(trie.Trie{}, 0, 100, 1, 0)})
	_, err := s.Receive(sync.Turn{Regions: parts(root(0, trie.Key{}, 9), 6)})
	checkRefusal(t, "64 regions", s, err, sync.ErrFanOut)
}

func TestRootChanges(t *testing.T) {
	s, opening := sync.Start(sync.Config{Trie: grow(trie.Trie{}, 0, 10_000, 1, 0)})
	if _, err := s.Receive(sync.Turn{Root: trie.Hash{1}, Regions: parts(question(t, opening), 1)}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Receive(sync.Turn{Root: trie.Hash{2}})
	checkRefusal(t, "another root", s, err, sync.ErrRoot)
}

// TestPartsExceedTheWhole: a peer that says it has 30 keys in a region cannot
// have more in its parts.
func TestPartsExceedTheWhole(t *testing.T) {
	s := sync.Accept(sync.Config{Trie: grow(trie.Trie{}, 0, 10_000, 1, 0)})
	step, err := s.Receive(sync.Turn{Regions: []wire.Region{root(0, trie.Key{}, 30)}})
	if err != nil {
		t.Fatal(err)
	}
	answer := parts(question(t, step.Reply), 2)
	answer[0].Count, answer[1].Count, answer[2].Count, answer[3].Count = 10, 10, 10, 1
	_, err = s.Receive(sync.Turn{Regions: answer})
	checkRefusal(t, "31 of 30", s, err, sync.ErrCount)
}

// TestAnsweringTwice: a question is closed by its first answer.
func TestAnsweringTwice(t *testing.T) {
	s, opening := sync.Start(sync.Config{Trie: grow(trie.Trie{}, 0, 10_000, 1, 0)})
	answer := sync.Turn{Regions: parts(question(t, opening), 1)}
	if _, err := s.Receive(answer); err != nil {
		t.Fatal(err)
	}
	_, err := s.Receive(answer)
	checkRefusal(t, "twice", s, err, sync.ErrUnasked)
}

// TestLiarIsBounded plays a peer that answers every question by as many false
// roots as it may, over counts that only just do not contradict each other.
func TestLiarIsBounded(t *testing.T) {
	for _, want := range []bool{false, true} {
		s, turn := sync.Start(sync.Config{Trie: grow(trie.Trie{}, 0, 100_000, 1, 0), Want: want})
		turns, ranges := 1, 0
		for {
			step, err := s.Receive(sync.Turn{Regions: lies(turn, 1<<62>>(4*turns))})
			if err != nil {
				t.Fatal(err)
			}
			ranges += len(step.Ranges)
			if len(step.Send) > sync.MaxSendTurn {
				t.Fatalf("asked for %d transactions at a time", len(step.Send))
			}
			if !step.HasReply {
				break
			}
			turn = step.Reply
			if _, err := turn.Message(1); err != nil {
				t.Fatal(err)
			}
			turns++
		}
		if !s.Done() || turns > sync.MaxTurns {
			t.Errorf("%d turns", turns)
		}
		if most := sync.MaxTurns * wire.MaxRegions / 48; ranges > most {
			t.Errorf("%d ranges", ranges)
		}
	}
}

// lies answers the questions of a turn with false roots, as many as fit. The
// parts cover the whole of a question, so that no gap is left to tell about.
func lies(turn sync.Turn, count uint64) []wire.Region {
	var told []wire.Region
	room := wire.MaxRegions
	for _, r := range turn.Regions {
		if r.Kind != wire.RegionRoot || r.Bits > trie.KeyBits-4 {
			continue
		}
		r.Root[0] ^= 1
		r.Count = max(1, count)
		answer := parts(r, 4)
		if room -= len(answer) * answer[0].Size(); room < 0 {
			return told
		}
		told = append(told, answer...)
	}
	return told
}

// TestWantOfEverything: more than a want may ask for is told instead.
func TestWantOfEverything(t *testing.T) {
	for _, n := range []int{sync.MaxSend, sync.MaxSend + 1} {
		s := sync.Accept(sync.Config{Trie: grow(trie.Trie{}, 0, n, 1, 0)})
		step, err := s.Receive(sync.Turn{Regions: []wire.Region{want(list(0, trie.Key{}))}})
		if err != nil {
			t.Fatal(err)
		}
		sends, tells := n, 0
		if n > sync.MaxSend {
			sends, tells = 0, 1
		}
		if len(step.Send) != sends || len(step.Reply.Regions) != tells {
			t.Errorf("of %d keys sends %d, tells %d regions", n, len(step.Send), len(step.Reply.Regions))
		}
	}
}

func want(r wire.Region) wire.Region {
	r.Kind = wire.RegionWant
	return r
}

// TestManyWants: nor can many wants ask for more in a turn.
func TestManyWants(t *testing.T) {
	s, turn := sync.Start(sync.Config{Trie: grow(trie.Trie{}, 0, 10_000, 1, 0)})
	step, err := s.Receive(sync.Turn{Regions: lies(turn, 1<<40)})
	if err != nil {
		t.Fatal(err)
	}
	var wants []wire.Region
	asked := 0
	for _, r := range step.Reply.Regions {
		if r.Kind == wire.RegionRoot && r.Count <= sync.MaxSend {
			wants = append(wants, want(list(r.Bits, r.Prefix)))
			asked += int(r.Count)
		}
	}
	if asked <= sync.MaxSendTurn {
		t.Fatalf("the test asks for %d only", asked)
	}
	step, err = s.Receive(sync.Turn{Regions: wants})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(step.Send); n > sync.MaxSendTurn || n <= sync.MaxSendTurn-sync.MaxSend {
		t.Errorf("sends %d", n)
	}
}

// FuzzReceive feeds a session turns that parse, cut out of the input, and lets
// a starter and an accepter take them.
func FuzzReceive(f *testing.F) {
	common := grow(trie.Trie{}, 0, 200, 1, 0)
	setA, setB := grow(common, 200, 300, 1, 1), grow(common, 190, 250, 3, 2)
	f.Add(seedTurns(f, setA, setB))
	f.Add(seedTurns(f, trie.Trie{}, setB))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := sync.Start(sync.Config{Trie: setA, Want: true})
		c := sync.Accept(sync.Config{Trie: setB})
		for _, s := range []*sync.Session{a, c} {
			play(t, s, b)
		}
	})
}

// play gives a session the turns of an input until it ends.
func play(t *testing.T, s *sync.Session, b []byte) {
	for len(b) >= 2 && !s.Done() {
		n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
		turn, err := sync.ReadTurn(&wire.Sync{Regions: b[2 : 2+n]})
		b = b[2+n:]
		if err != nil {
			continue
		}
		step, err := s.Receive(turn)
		if err != nil {
			var e *sync.Error
			if !errors.As(err, &e) || !s.Done() {
				t.Fatalf("%v, done: %v", err, s.Done())
			}
			return
		}
		if _, err := step.Reply.Message(1); err != nil {
			t.Fatal(err)
		}
	}
}

// seedTurns returns what two honest sides say, as FuzzReceive reads it.
func seedTurns(f *testing.F, setA, setB trie.Trie) []byte {
	f.Helper()
	a, turn := sync.Start(sync.Config{Trie: setA, Want: true})
	from, to := a, sync.Accept(sync.Config{Trie: setB})
	var b []byte
	for more := true; more; from, to = to, from {
		m, err := turn.Message(1)
		if err != nil {
			f.Fatal(err)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(m.Regions)))
		b = append(b, m.Regions...)
		step, err := to.Receive(turn)
		if err != nil {
			f.Fatal(err)
		}
		turn, more = step.Reply, step.HasReply
	}
	return b
}
