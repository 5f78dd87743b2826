package bt

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	pp "github.com/anacrolix/torrent/peer_protocol"

	"github.com/torrenttx/ttx/bt/transport"
)

// seedOf is an engine that seeds 20 pieces.
func seedOf(t *testing.T, cfg Config) (*Engine, *Torrent, []byte, map[string][]byte) {
	t.Helper()
	data := make([]byte, 20*32<<10)
	rand.NewChaCha8([32]byte{7}).Read(data)
	files := map[string][]byte{"f": data}
	there := t.TempDir()
	raw := share(t, there, "album", files)
	e := openEngine(t, cfg)
	x := add(t, e, Source{File: raw, Dir: there})
	wait(t, x)
	until(t, "it is complete", func() bool { return x.slot().complete.Load() })
	return e, x, raw, files
}

// guest is a stranger with the fast extension that has nothing.
func guest(t *testing.T, e *Engine, x *Torrent, from string) *stranger {
	t.Helper()
	s := visitAs(t, e, x.Infohash(), from, [20]byte{1})
	if _, err := io.ReadFull(s.conn, make([]byte, 68)); err != nil {
		t.Fatal(err)
	}
	s.send(pp.HaveNone)
	return s
}

// nextOf returns the next message of one of the kinds.
func (s *stranger) nextOf(kinds ...pp.MessageType) (pp.MessageType, []byte) {
	s.t.Helper()
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			s.t.Fatalf("waiting for one of the messages %v: %v", kinds, err)
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(s.conn, body); err != nil {
			s.t.Fatal(err)
		}
		if len(body) > 0 && slices.Contains(kinds, pp.MessageType(body[0])) {
			return pp.MessageType(body[0]), body[1:]
		}
	}
}

// offered reads what a super-seeding peer says first.
func (s *stranger) offered() (pieces [2]uint32) {
	s.t.Helper()
	kind, _ := s.nextOf(pp.HaveNone, pp.HaveAll, pp.Bitfield, pp.Have)
	if kind != pp.HaveNone {
		s.t.Fatalf("the first message of what it has is %v", kind)
	}
	for i := range pieces {
		pieces[i] = binary.BigEndian.Uint32(s.next(pp.Have))
	}
	return pieces
}

func TestSuperSeeding(t *testing.T) {
	e, x, _, _ := seedOf(t, Config{})
	x.SetSuperSeeding(true)
	a, b := guest(t, e, x, "127.0.0.2"), guest(t, e, x, "127.0.0.3")
	ofA, ofB := a.offered(), b.offered()
	if ofA[0] == ofA[1] || slices.Contains(ofA[:], ofB[0]) || slices.Contains(ofA[:], ofB[1]) {
		t.Errorf("offered %v and %v; want four pieces", ofA, ofB)
	}
	// That the first one has its piece says nothing; that the second has it shows that it was passed on.
	a.send(pp.Have, words(ofA[0]))
	b.send(pp.Have, words(ofA[0]))
	next := binary.BigEndian.Uint32(a.next(pp.Have))
	if slices.Contains(ofA[:], next) || slices.Contains(ofB[:], next) {
		t.Errorf("then offered %d; want one that nobody was told of", next)
	}
	if n := len(x.shape.peers); n != 2 {
		t.Fatalf("%d peers", n)
	}
	x.SetSuperSeeding(false)
	hungUp(t, a.conn)
	hungUp(t, b.conn)
	// Another guest: the library may still hold on to one whose connection it closed, and would refuse his next.
	if kind, _ := guest(t, e, x, "127.0.0.4").nextOf(pp.HaveNone, pp.HaveAll, pp.Bitfield); kind != pp.HaveAll {
		t.Errorf("switched off, it says %v", kind)
	}
}

// TestSuperSeedingCompletes: leechers that exchange what each was offered get everything, and so does one alone.
func TestSuperSeedingCompletes(t *testing.T) {
	for _, n := range []int{1, 3} {
		e, x, raw, files := seedOf(t, Config{})
		x.SetSuperSeeding(true)
		leechers := make([]*Engine, n)
		for i := range leechers {
			leechers[i] = openEngine(t, Config{})
		}
		got := make(map[string]*Torrent)
		for _, l := range leechers {
			dir := t.TempDir()
			got[dir] = add(t, l, Source{File: raw, Dir: dir, Peers: append(addrs(leechers...), e.Addr())})
		}
		for dir, y := range got {
			wait(t, y)
			compare(t, filepath.Join(dir, "album"), files)
		}
	}
}

func TestUploadSlots(t *testing.T) {
	e, x, _, files := seedOf(t, Config{UploadSlots: 2})
	var guests []*stranger
	for _, from := range []string{"127.0.0.2", "127.0.0.3"} {
		s := guest(t, e, x, from)
		s.send(pp.Interested)
		s.next(pp.Unchoke)
		s.send(pp.Request, words(3, 0, 1<<14))
		if got := s.next(pp.Piece); !bytes.Equal(got[8:], files["f"][3*32<<10:][:1<<14]) {
			t.Error("a wrong block")
		}
		guests = append(guests, s)
	}
	third := guest(t, e, x, "127.0.0.4")
	third.send(pp.Interested)
	third.send(pp.Request, words(3, 0, 1<<14))
	if kind, body := third.nextOf(pp.Unchoke, pp.Piece, pp.Reject); kind != pp.Reject || !bytes.Equal(body, words(3, 0, 1<<14)) {
		t.Errorf("without a slot: %v", kind)
	}
	guests[0].conn.Close()
	third.next(pp.Unchoke)
	third.send(pp.Request, words(3, 0, 1<<14))
	third.next(pp.Piece)

	// Fewer slots take one away, none at all gives it back.
	e.SetUploadSlots(1)
	until(t, "one is choked", func() bool { return x.shape.unheld() == 1 })
	e.SetUploadSlots(0)
	until(t, "both are unchoked", func() bool { return x.shape.unheld() == 2 })
	e.SetUploadSlots(1)
	until(t, "one is choked again", func() bool { return x.shape.unheld() == 1 })
}

func (s *shaper) unheld() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.peers {
		if !p.held && p.told {
			n++
		}
	}
	return n
}

// TestSlotsSetLater hold for connections that are there, too.
func TestSlotsSetLater(t *testing.T) {
	e, x, _, _ := seedOf(t, Config{})
	a, b := guest(t, e, x, "127.0.0.2"), guest(t, e, x, "127.0.0.3")
	for _, s := range []*stranger{a, b} {
		s.send(pp.Interested)
		s.next(pp.Unchoke)
	}
	e.SetUploadSlots(1)
	until(t, "one is choked", func() bool { return x.shape.unheld() == 1 })
}

// fakeWire is a connection with a rate.
type fakeWire struct {
	rate int64
	sent []byte
}

func (w *fakeWire) SetFilter(transport.Filter) {}
func (w *fakeWire) Inject(b []byte)            { w.sent = append(w.sent, b...) }
func (w *fakeWire) Rates() (up, down int64)    { return w.rate, 0 }

// TestBestPeersGetTheSlots, and another one every third round.
func TestBestPeersGetTheSlots(t *testing.T) {
	s := newShaper(4)
	wires := make(map[*link]*fakeWire)
	for i := range 20 {
		lk := &link{remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 1)}
		wires[lk] = &fakeWire{rate: int64(i)}
		s.enter(lk, wires[lk], true, true)
		s.sends(s.peers[lk], message(pp.Unchoke))
		s.receives(lk, &pp.Message{Type: pp.Interested})
	}
	lucky := make(map[*link]bool)
	for round := range 300 {
		s.judge(round%optimisticEvery == 0)
		var with []*link
		for lk, p := range s.peers {
			if !p.held {
				with = append(with, lk)
				if wires[lk].rate < 17 {
					lucky[lk] = true
				}
			}
			if last := wires[lk].sent; len(last) > 0 && (pp.MessageType(last[len(last)-1]) == pp.Unchoke) == p.held {
				t.Fatal("a peer was told otherwise")
			}
		}
		if len(with) != 4 {
			t.Fatalf("round %d: %d peers have slots", round, len(with))
		}
		best := slices.SortedFunc(slices.Values(with), func(a, b *link) int { return int(wires[b].rate - wires[a].rate) })
		for i := range 3 {
			if want := int64(19 - i); wires[best[i]].rate != want {
				t.Fatalf("round %d: the %dth best has rate %d", round, i, wires[best[i]].rate)
			}
		}
	}
	if len(lucky) < 10 {
		t.Errorf("only %d of 17 ever had the optimistic slot: %v", len(lucky), slices.Collect(maps.Keys(lucky)))
	}
}
