package node

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/ext"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxAnnounced is how many transactions are announced to trackers that proofs
	// name, eight each at most; of more the oldest give way.
	maxAnnounced = 64
	// maxSought is how many transactions are looked for because a proof or a link
	// names them: some 300 bytes each. What their descendants lack is bounded by
	// fetch.MaxTracked.
	maxSought = 1024
)

// wanted is a transaction, and where a proof says that it is found.
type wanted struct {
	id       tx.ID
	infohash tx.Infohash
	peers    []string
	trackers []string
	own      bool // it was the user who named the trackers: they are asked wherever they are
}

// seeker looks for transactions at the addresses that proofs name. With Tor it
// goes to none of them: who made the proof would see when it was opened.
type seeker struct {
	engine  *bt.Engine
	service *ext.Service
	has     func(tx.ID) bool
	private bool // may private addresses be dialled?
	tor     bool

	mu        sync.Mutex
	announced []tx.ID // oldest first
	stops     map[tx.ID]func()
	sought    map[tx.ID]bool
}

func newSeeker(n *Node, service *ext.Service) *seeker {
	return &seeker{
		engine: n.engine, service: service, has: n.ledger.Has,
		private: private(n.engine.Addr()), tor: n.opts.settings().Tor != "",
		stops: make(map[tx.ID]func()), sought: make(map[tx.ID]bool),
	}
}

// seek meets whom a proof names, and asks the swarm for the transaction when the
// ledger lacks it. It reports whether that is so. Without a node it does nothing.
func (b *backend) seek(ctx context.Context, w wanted) bool {
	if b.seeker == nil {
		return false
	}
	b.seeker.meet(addresses(w.peers))
	b.seeker.announce(w)
	return !b.ledger.Has(w.id) && b.seeker.want(ctx, w)
}

// meet has addresses dialled; the address book leaves private ones out, unless
// this node is itself at one.
func (s *seeker) meet(addrs []netip.AddrPort) {
	if s.tor {
		return
	}
	for _, addr := range addrs[:min(len(addrs), tx.MaxPeers)] {
		s.service.Introduce(addr)
	}
}

// want has the transaction fetched by whoever has it.
func (s *seeker) want(ctx context.Context, w wanted) bool {
	if !s.room(w.id) {
		return false
	}
	_, err := s.service.Fetcher().Want(ctx, w.id, w.infohash)
	return err == nil
}

// room books a search, if there is room for it. What arrived makes some.
func (s *seeker) room(id tx.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sought) >= maxSought {
		maps.DeleteFunc(s.sought, func(id tx.ID, _ bool) bool { return s.has(id) })
	}
	if len(s.sought) >= maxSought && !s.sought[id] {
		return false
	}
	s.sought[id] = true
	return true
}

// announce tells the trackers that a proof names of its torrent: that it is
// served here, or wanted. Peers that they name are met. What a name of a tracker
// stands for is judged when it is dialled.
func (s *seeker) announce(w wanted) {
	strange := !s.private && !w.own
	trackers := slices.DeleteFunc(slices.Clone(w.trackers), func(t string) bool { return strange && !publicTracker(t) })
	if s.tor || len(trackers) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stop := s.stops[w.id]; stop != nil {
		return
	}
	if len(s.announced) == maxAnnounced {
		s.stops[s.announced[0]]()
		delete(s.stops, s.announced[0])
		s.announced = s.announced[1:]
	}
	s.announced = append(s.announced, w.id)
	s.stops[w.id] = s.engine.AnnounceTo(bt.Announcement{Infohash: w.infohash, Trackers: trackers, Strange: strange, Found: s.meet})
}
