package bt

import (
	"encoding/binary"
	"sync"

	pp "github.com/anacrolix/torrent/peer_protocol"

	"github.com/torrenttx/ttx/bt/transport"
)

// The library unchokes whoever it may upload to, and tells everybody at once what it has. A shaper stands between
// it and the peers of one torrent and does what it lacks: upload slots (choke.go) and super-seeding (superseed.go).
// What the library sends passes a filter of its connection, what it receives passes onMessage. A torrent that
// uses neither has no filter.

// shaper is of one torrent. Its lock is a leaf: the library's callbacks and its writers take it.
type shaper struct {
	mu    sync.Mutex
	slots int  // upload slots; 0 is no limit
	super bool // super-seeding
	peers map[*link]*shaped
	seeds superseed
}

// shaped is one connection of a shaper.
type shaped struct {
	lk   *link
	wire wire
	fast bool // both sides have the fast extension (BEP 6)

	interested bool // the peer is
	unchoked   bool // by the library
	held       bool // it has no slot
	told       bool // the peer was told that it is unchoked
	filtering  bool // its connection has a filter

	super   bool   // the peer is not told what we have
	offered []int  // but of these pieces, which nobody else has yet
	offers  []bool // it was told of, ever
	has     []bool
}

// wire is what a shaper needs of a connection.
type wire interface {
	SetFilter(transport.Filter)
	Inject([]byte)
	Rates() (up, down int64)
}

func newShaper(slots int) *shaper {
	return &shaper{slots: slots, peers: make(map[*link]*shaped)}
}

// added takes up a connection before the library sends anything on it.
func (s *shaper) added(lk *link, fast, complete bool) {
	if lk.wire != nil {
		s.enter(lk, lk.wire, fast, complete)
	}
}

func (s *shaper) enter(lk *link, w wire, fast, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &shaped{lk: lk, wire: w, fast: fast, held: s.slots > 0, super: s.super && complete}
	s.peers[lk] = p
	if p.filtering = p.held || p.super; p.filtering {
		w.SetFilter(func(m []byte) []byte { return s.sends(p, m) })
	}
}

// gone forgets a connection. Its slot goes to another.
func (s *shaper) gone(lk *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.peers[lk]; p != nil {
		delete(s.peers, lk)
		s.seeds.forget(p)
		s.fill()
	}
}

// sends is the filter of a connection.
func (s *shaper) sends(p *shaped, m []byte) []byte {
	if len(m) < 5 {
		return m
	}
	switch id := pp.MessageType(m[4]); id {
	case pp.Choke, pp.Unchoke:
		s.mu.Lock()
		defer s.mu.Unlock()
		p.unchoked = id == pp.Unchoke
		p.tell()
		return nil // told by itself, in order
	case pp.Have, pp.Bitfield, pp.HaveAll:
		if p.super {
			return s.conceal(p, id)
		}
	}
	return m
}

// receives looks at a message before the library and says whether it may have it.
func (s *shaper) receives(lk *link, m *pp.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.peers[lk]
	if p == nil {
		return true
	}
	switch m.Type {
	case pp.Interested, pp.NotInterested:
		p.interested = m.Type == pp.Interested
		s.fill()
	case pp.Request:
		if p.held {
			p.refuse(m)
			return false
		}
	case pp.Have, pp.Bitfield, pp.HaveAll:
		if s.super {
			s.learn(p, m)
		}
	}
	return true
}

// refuse answers a request of a peer that has no slot; without the fast extension it is to be ignored.
func (p *shaped) refuse(m *pp.Message) {
	if !p.fast {
		return
	}
	p.wire.Inject(message(pp.Reject, uint32(m.Index), uint32(m.Begin), uint32(m.Length)))
}

// message is one of the protocol that holds numbers alone.
func message(id pp.MessageType, words ...uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(1+4*len(words)))
	b = append(b, byte(id))
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}
