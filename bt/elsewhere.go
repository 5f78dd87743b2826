package bt

import (
	"net/netip"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/announce"
)

// AnnounceTo tells trackers of a torrent that need not be live: one that is served on demand, or that is wanted. Peers
// that they name are tried by a [Engine.FetchSmall] of it that runs, and given to found, which may be nil and must not
// block. In Tor mode no tracker is asked. It ends with stop, or with the engine.
func (e *Engine) AnnounceTo(infohash [20]byte, trackers []string, found func([]netip.AddrPort)) (stop func()) {
	if e.cfg.Tor != "" || len(trackers) == 0 {
		return func() {}
	}
	t := e.trackers.Add(announce.Options{
		Infohash: infohash, Trackers: [][]string{trackers}, All: true,
		Stats: func() announce.Stats { return e.holds(infohash) },
		Found: func(addrs []netip.AddrPort) {
			e.alsoAt(infohash, addrs)
			if found != nil {
				found(addrs)
			}
		},
	})
	return t.Close
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
