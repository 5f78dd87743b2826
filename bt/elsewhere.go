package bt

import (
	"net/netip"
	"slices"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/announce"
)

// Announcement is what trackers are told of a torrent that need not be live: one that is served on demand, or that is
// wanted.
type Announcement struct {
	Infohash [20]byte
	Trackers []string
	// Strange says that a stranger named the trackers. Then none is asked at an address that is not public, whatever
	// name it goes by, and such peers are not taken from them. Those over WebSockets are not asked either, and behind
	// a proxy, which looks names up itself, none is.
	Strange bool
	// Found gets the peers that they name; it may be nil and must not block.
	Found func([]netip.AddrPort)
}

// AnnounceTo announces. Peers that the trackers name are tried by a [Engine.FetchSmall] of the torrent that runs, too.
// In Tor mode no tracker is asked. It ends with stop, or with the engine.
func (e *Engine) AnnounceTo(a Announcement) (stop func()) {
	if e.cfg.Tor != "" || a.Strange && e.cfg.Proxy != "" || len(a.Trackers) == 0 {
		return func() {}
	}
	return e.announceElsewhere(a).Close
}

func (e *Engine) announceElsewhere(a Announcement) *announce.Torrent {
	by := e.trackers
	if a.Strange {
		by = e.strangers
	}
	return by.Add(announce.Options{
		Infohash: a.Infohash, Trackers: [][]string{a.Trackers}, All: true,
		Stats: func() announce.Stats { return e.holds(a.Infohash) },
		Found: func(addrs []netip.AddrPort) {
			if a.Strange {
				addrs = slices.DeleteFunc(addrs, func(p netip.AddrPort) bool { return !Public(p.Addr()) })
			}
			e.alsoAt(a.Infohash, addrs)
			if a.Found != nil {
				a.Found(addrs)
			}
		},
	})
}

// Public reports whether an address may be told to, or taken from, anybody: not one of this machine, its network, its
// provider's (RFC 6598), or "this network" (RFC 791), which Linux takes for this machine.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() &&
		!netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a) &&
		!netip.PrefixFrom(netip.AddrFrom4([4]byte{}), 8).Contains(a)
}

// holds says whether the local source has a torrent.
func (e *Engine) holds(infohash [20]byte) announce.Stats {
	if e.source != nil {
		if _, _, ok := e.source.Lookup(infohash); ok {
			return announce.Stats{}
		}
	}
	return announce.Stats{Left: unknownLeft, Lonely: true}
}

// alsoAt gives a fetch that runs further addresses.
func (e *Engine) alsoAt(infohash [20]byte, addrs []netip.AddrPort) {
	e.mu.Lock()
	s := e.mu.slots[infohash]
	e.mu.Unlock()
	if s != nil && s.role == roleFetch {
		s.book.found(addrs, torrent.PeerSourceTracker)
	}
}
