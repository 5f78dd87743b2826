package bt

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/anacrolix/torrent"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// role is what a live torrent is for. An infohash has one role at a time.
type role int

const (
	roleSwarm    role = iota // a rendezvous
	roleOnDemand             // loaded because a stranger asked
	roleFetch                // FetchSmall
	roleDownload             // Add
)

// slot is a torrent that is live in the library.
type slot struct {
	infohash [20]byte
	role     role
	ready    chan struct{}    // closed when t is set
	gone     chan struct{}    // closed when the library has dropped it
	met      chan struct{}    // has an element after a connection was made
	t        *torrent.Torrent // read only after ready; nil when parked
	parked   bool             // keeps the place of a paused torrent
	info     atomic.Pointer[[]byte]
	second   atomic.Pointer[[20]byte]        // the other infohash of a hybrid
	private  atomic.Bool                     // BEP 27
	complete atomic.Bool                     // all pieces are there
	swarm    *Swarm                          // of roleSwarm
	meta     *metadataFetch                  // nil when the info is known from the start
	tree     atomic.Pointer[checked.Torrent] // of v2, when hash requests are answered here
	layers   *layerFetch                     // nil unless only hashes are wanted
	book     *book
	shape    *shaper      // of roleDownload
	source   netip.Prefix // of roleOnDemand: who made us load it

	// guarded by Engine.mu
	links    map[*torrent.PeerConn]*link
	dropping bool
	visited  bool // has had a connection
	used     time.Time
}

func newSlot(infohash [20]byte, r role) *slot {
	return &slot{
		infohash: infohash,
		role:     r,
		ready:    make(chan struct{}),
		gone:     make(chan struct{}),
		met:      make(chan struct{}, 1),
		book:     newBook(r),
		links:    make(map[*torrent.PeerConn]*link),
		used:     time.Now(),
	}
}

// claim reserves the infohash of s, waiting for a predecessor that is being dropped and taking it from an
// on-demand torrent. When it returns nil the caller must call activate.
func (e *Engine) claim(s *slot) error {
	for {
		e.mu.Lock()
		if e.mu.closed {
			e.mu.Unlock()
			return ErrClosed
		}
		old := e.mu.slots[s.infohash]
		if old == nil {
			e.mu.slots[s.infohash] = s
			e.adding.Add(1)
			e.mu.Unlock()
			return nil
		}
		dropping := old.dropping
		e.mu.Unlock()
		if !dropping && old.role != roleOnDemand {
			return ErrInUse
		}
		e.drop(old)
	}
}

// reserve claims the infohash of s for a torrent that is not live yet; s is parked.
func (e *Engine) reserve(s *slot) error {
	s.parked = true
	if err := e.claim(s); err != nil {
		return err
	}
	close(s.ready)
	e.adding.Done()
	return nil
}

// replace puts s in the place of a parked slot. When it returns nil the caller must call activate.
func (e *Engine) replace(s *slot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.closed {
		return ErrClosed
	}
	e.mu.slots[s.infohash] = s
	e.adding.Add(1)
	return nil
}

// park takes the torrent of s out of the library and returns the slot that keeps its place.
func (e *Engine) park(s *slot) *slot {
	if !s.live() {
		return s
	}
	parked := newSlot(s.infohash, s.role)
	parked.parked = true
	close(parked.ready)
	e.mu.Lock()
	e.mu.slots[s.infohash] = parked
	e.mu.Unlock()
	s.t.Drop()
	e.nudger.forget(s)
	close(s.gone)
	return parked
}

// live says whether the torrent is in the library: not parked, and not about to be added.
func (s *slot) live() bool {
	select {
	case <-s.ready:
		return s.t != nil
	default:
		return false
	}
}

// activate makes a claimed torrent live.
func (e *Engine) activate(s *slot, opts torrent.AddTorrentOpts) {
	defer e.adding.Done()
	opts.InfoHash = s.infohash
	s.t, _ = e.client.AddTorrentOpt(opts)
	close(s.ready)
}

// drop takes a torrent out of the library and returns when that is done, by whomever.
func (e *Engine) drop(s *slot) {
	e.mu.Lock()
	mine := !s.dropping
	s.dropping = true
	e.mu.Unlock()
	if !mine {
		<-s.gone
		return
	}
	<-s.ready
	if s.t != nil {
		s.t.Drop()
	}
	e.nudger.forget(s)
	e.mu.Lock()
	delete(e.mu.slots, s.infohash)
	e.mu.Unlock()
	close(s.gone)
}

// linksOf is a snapshot of a torrent's connections.
func (e *Engine) linksOf(s *slot) []*link {
	e.mu.Lock()
	defer e.mu.Unlock()
	links := make([]*link, 0, len(s.links))
	for _, lk := range s.links {
		links = append(links, lk)
	}
	return links
}
