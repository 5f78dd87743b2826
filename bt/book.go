package bt

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/anacrolix/torrent"
)

// backoff is how long to wait before an address is dialled again: first after a failure or a lost
// connection, then doubled up to most.
type backoff struct{ first, most time.Duration }

// redialOf is the backoff of a role: a fetch is waited for, a rendezvous lives for weeks.
func redialOf(r role) backoff {
	switch r {
	case roleFetch:
		return backoff{250 * time.Millisecond, 4 * time.Second}
	case roleDownload:
		return backoff{2 * time.Second, time.Minute}
	default:
		return backoff{time.Second, 5 * time.Minute}
	}
}

// after is the wait after so many failures in a row.
func (b backoff) after(fails int) time.Duration {
	wait := b.first
	for range fails {
		if wait *= 2; wait >= b.most {
			return b.most
		}
	}
	return wait
}

// book is the peer addresses of one torrent that we were given. The library dials an address once and
// forgets it.
type book struct {
	wait   backoff
	trusts bool // those that were given: see peerInfo
	mu     sync.Mutex
	pages  map[netip.AddrPort]*page
	met    map[netip.AddrPort]time.Time // peers of an ordinary torrent that can be dialled, by when they were met last
	banned map[netip.Prefix]bool        // see placeOf
	kicked chan struct{}
}

// page is what is known of one address.
type page struct {
	next   time.Time
	fails  int
	up     bool
	source torrent.PeerSource
	rests  time.Time // until when it is not dialled while we have everything, as it does
}

// seedRest is how long a complete torrent leaves a seed alone. Neither has anything for the other (BEP 21); the seed may
// have lost something, or may have given its address to a peer that has not.
const seedRest = time.Hour

// maxFoundFails is how often an address that somebody named is dialled in vain before it is forgotten: it will
// be named again. One that the user gave is never forgotten for that.
const maxFoundFails = 4

func newBook(r role) *book {
	return &book{
		wait: redialOf(r), trusts: r != roleDownload, pages: make(map[netip.AddrPort]*page), met: make(map[netip.AddrPort]time.Time),
		banned: make(map[netip.Prefix]bool), kicked: make(chan struct{}, 1),
	}
}

// kick makes the dialler look again. It never blocks.
func (b *book) kick() {
	select {
	case b.kicked <- struct{}{}:
	default:
	}
}

// add enters addresses to be dialled at once. A known address keeps its wait. Past MaxBookAddresses the one
// that failed most gives way.
func (b *book) add(addrs []netip.AddrPort) { b.enter(addrs, torrent.PeerSourceDirect) }

// found enters addresses that a tracker or another stranger named. They give way to those of add.
func (b *book) found(addrs []netip.AddrPort, source torrent.PeerSource) { b.enter(addrs, source) }

func (b *book) enter(addrs []netip.AddrPort, source torrent.PeerSource) {
	b.mu.Lock()
	for _, a := range addrs {
		a = unmap(a)
		if b.pages[a] != nil || !a.IsValid() || a.Port() == 0 || b.banned[placeOf(a.Addr())] {
			continue
		}
		if len(b.pages) >= MaxBookAddresses {
			delete(b.pages, b.worst())
		}
		b.pages[a] = &page{source: source}
	}
	b.mu.Unlock()
	b.kick()
}

// again makes all addresses due at once, those of peers that were met among them.
func (b *book) again() {
	b.mu.Lock()
	for _, p := range b.pages {
		*p = page{source: p.source, rests: p.rests}
	}
	met := slices.Collect(maps.Keys(b.met))
	b.mu.Unlock()
	b.found(met, peerSourceKept) // kicks
}

func (b *book) worst() netip.AddrPort {
	return slices.MaxFunc(slices.Collect(maps.Keys(b.pages)), func(x, y netip.AddrPort) int {
		return b.pages[x].worth() - b.pages[y].worth()
	})
}

// worth is the number of failures, with a lead for what strangers named.
func (p *page) worth() int {
	if p.source != torrent.PeerSourceDirect {
		return p.fails + 1<<20
	}
	return p.fails
}

// rest notes that whoever can be dialled at a has everything.
func (b *book) rest(a netip.AddrPort, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pages[a]; p != nil {
		p.rests, p.fails = now.Add(seedRest), 0
	}
}

// due returns the addresses to dial now, given those that are connected and whether everything is there, and how long
// nothing else is due.
func (b *book) due(now time.Time, connected map[netip.AddrPort]bool, complete bool) (dial []torrent.PeerInfo, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait = b.wait.most
	for a, p := range b.pages {
		switch {
		case connected[a]:
			p.up, p.fails = true, 0
			continue // its end kicks
		case complete && now.Before(p.rests):
			p.up, p.next = false, now
			wait = min(wait, p.rests.Sub(now))
			continue
		case p.up:
			p.up, p.next = false, now.Add(b.wait.first)
		case !now.Before(p.next) && p.source != torrent.PeerSourceDirect && p.fails >= maxFoundFails:
			delete(b.pages, a)
			continue
		case !now.Before(p.next):
			dial = append(dial, b.peerInfo(a, p.source))
			p.next = now.Add(b.wait.after(p.fails))
			p.fails++
		}
		wait = min(wait, p.next.Sub(now))
	}
	return dial, wait
}

// dialLoop dials the addresses in the book of s until ctx ends.
func (e *Engine) dialLoop(ctx context.Context, s *slot) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.book.kicked:
		case <-timer.C:
		}
		peers, wait := s.book.due(time.Now(), e.connected(s), s.complete.Load())
		if len(peers) > 0 {
			s.t.AddPeers(peers)
		}
		timer.Reset(wait)
	}
}

// connected is the addresses at which the peers of s can be dialled.
func (e *Engine) connected(s *slot) map[netip.AddrPort]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	set := make(map[netip.AddrPort]bool, len(s.links))
	for _, lk := range s.links {
		if !lk.incoming {
			set[lk.remote] = true
		}
		if lk.listen.IsValid() {
			set[lk.listen] = true
		}
	}
	return set
}

// peerInfo is an address as the library takes it. One that was given is trusted in that a peer's bad data does
// not ban its whole IP, behind which others may sit. Not so in an ordinary torrent: there a liar would be asked for the
// same piece for ever.
func (b *book) peerInfo(a netip.AddrPort, source torrent.PeerSource) torrent.PeerInfo {
	return torrent.PeerInfo{Addr: a, Source: source, Trusted: b.trusts && source == torrent.PeerSourceDirect}
}
