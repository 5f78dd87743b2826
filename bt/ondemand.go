package bt

import (
	"crypto/sha1"
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/metainfo"
	"golang.org/x/time/rate"
)

// Bounds on what strangers can make us look up and load.
const (
	// LookupsPerSecond and LookupBurst bound the questions to the source in a second, from all peers together. A
	// node that catches up by torrents alone asks a few hundred a second.
	LookupsPerSecond = 2000
	LookupBurst      = 4000
	// MaxHotKeys is how many on-demand infohashes accept encrypted handshakes. Each costs an incoming encrypted
	// handshake 60 ns, all of them about as much as the handshake's own arithmetic.
	MaxHotKeys = 16 << 10
	// stuckAfter is how long a connection may hold an on-demand torrent without a word before the sweep
	// treats it as idle: a few times Config.Idle.
	stuckAfter = 4
)

// ondemand is the part of an Engine that serves torrents that are not live.
type ondemand struct {
	source  OnDemand
	lookups *rate.Limiter

	hot struct {
		sync.Mutex
		ring [][20]byte
		next int
		has  map[[20]byte]bool
	}
}

func (o *ondemand) init(cfg Config) {
	o.source = cfg.OnDemand
	o.lookups = rate.NewLimiter(LookupsPerSecond, LookupBurst)
	o.hot.has = make(map[[20]byte]bool)
}

// onHandshake makes the torrent that an incoming handshake names live, if the source has it. It runs on the
// connection's own goroutine, without the library's lock, before the library looks the infohash up.
func (e *Engine) onHandshake(pc *torrent.PeerConn, infohash metainfo.Hash) {
	<-e.started
	if e.client == nil {
		return
	}
	e.bindPeerID(pc)
	if e.source != nil && pc.Discovery == torrent.PeerSourceIncoming {
		e.load(infohash, sourceOf(addrOf(pc.RemoteAddr)))
	}
}

// boundTail is how much of a peer id is replaced by a mark of its address. The rest, after the program's
// prefix, still decides between two connections of one pair, on both sides alike.
const boundTail = 8

// bindPeerID makes a peer's id one of its address. The library takes connections with one id for one peer
// and may keep the newer, but anybody can claim the id of another: he would end its connection.
func (e *Engine) bindPeerID(pc *torrent.PeerConn) {
	if pc.PeerID == e.client.PeerID() {
		return // ourselves, which the library notices by that
	}
	addr := addrOf(pc.RemoteAddr).Addr().As16()
	mark := sha1.Sum(append(addr[:], pc.PeerID[:]...))
	copy(pc.PeerID[len(pc.PeerID)-boundTail:], mark[:])
}

// load makes a torrent of the source live. It returns when it is, or will not be.
func (e *Engine) load(infohash [20]byte, source netip.Prefix) {
	if e.alive(infohash) || !e.lookups.Allow() {
		return
	}
	info, data, ok := e.source.Lookup(infohash)
	if !ok || sha1.Sum(info) != infohash {
		return
	}
	if parsed, err := parseInfo(info); err != nil || parsed.TotalLength() != int64(len(data)) || isFolder(parsed) {
		e.log.Warn("a torrent of the on-demand source is not one small file", "infohash", infohash, "err", err)
		return
	}
	s := newSlot(infohash, roleOnDemand)
	s.source = source
	s.info.Store(&info)
	s.complete.Store(true)
	if !e.room(source) || e.claimFresh(s) != nil {
		return
	}
	e.heat(infohash)
	e.activate(s, torrent.AddTorrentOpts{InfoBytes: info, Storage: servedBytes(data)})
}

// alive says whether the infohash is live, once it is, and notes the use.
func (e *Engine) alive(infohash [20]byte) bool {
	for {
		e.mu.Lock()
		s := e.mu.slots[infohash]
		if s == nil {
			e.mu.Unlock()
			return false
		}
		dropping := s.dropping
		s.used = time.Now()
		e.mu.Unlock()
		if !dropping {
			<-s.ready
			return true
		}
		<-s.gone
	}
}

// claimFresh is claim for a stranger's wish: it takes the infohash from nobody. When another loads it at the
// same time it waits for that one and returns ErrInUse.
func (e *Engine) claimFresh(s *slot) error {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return ErrClosed
	}
	if other := e.mu.slots[s.infohash]; other != nil {
		e.mu.Unlock()
		<-other.ready
		return ErrInUse
	}
	e.mu.slots[s.infohash] = s
	e.adding.Add(1)
	e.mu.Unlock()
	return nil
}

// room says whether one more torrent may be loaded for source, dropping an unused one for it if need be.
func (e *Engine) room(source netip.Prefix) bool {
	total, ofSource, unused := e.census(source)
	if ofSource >= e.cfg.MaxPerSource && unused != nil && unused.source != source {
		unused = nil // its own share is full: another's torrent does not help
	}
	if total < e.cfg.MaxLoaded && ofSource < e.cfg.MaxPerSource {
		return true
	}
	if unused == nil {
		return false
	}
	e.drop(unused)
	return true
}

// census counts the loaded torrents, in all and of one source, and finds the one that has no connection for
// the longest, of that source if it has any.
func (e *Engine) census(source netip.Prefix) (total, ofSource int, unused *slot) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.mu.slots {
		if s.role != roleOnDemand {
			continue
		}
		total++
		if s.source == source {
			ofSource++
		}
		if len(s.links) > 0 || s.dropping || (!s.visited && time.Since(s.used) < graceUnused) {
			continue
		}
		if unused == nil || preferred(s, unused, source) {
			unused = s
		}
	}
	return total, ofSource, unused
}

// graceUnused is how long a torrent that has had no connection is left alone: the one that made us load it is
// still in its handshake.
const graceUnused = 100 * time.Millisecond

// preferred says whether a should go before b for the sake of source.
func preferred(a, b *slot, source netip.Prefix) bool {
	if own := a.source == source; own != (b.source == source) {
		return own
	}
	return a.used.Before(b.used)
}

// sourceOf is the network an address belongs to, as the unit of fairness.
func sourceOf(a netip.AddrPort) netip.Prefix {
	bits := 48
	if a.Addr().Is4() {
		bits = 24
	}
	p, err := a.Addr().Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such peers share
	}
	return p
}

// sweep drops idle on-demand torrents until the engine closes.
func (e *Engine) sweep() {
	tick := time.NewTicker(max(e.cfg.Idle/2, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-tick.C:
		}
		for _, s := range e.idle(time.Now()) {
			e.drop(s)
		}
	}
}

// idle is the on-demand torrents to drop: those without connections after Idle, others after a few.
func (e *Engine) idle(now time.Time) []*slot {
	e.mu.Lock()
	defer e.mu.Unlock()
	var idle []*slot
	for _, s := range e.mu.slots {
		limit := e.cfg.Idle
		if len(s.links) > 0 {
			limit *= stuckAfter
		}
		if s.role == roleOnDemand && !s.dropping && now.Sub(s.used) > limit {
			idle = append(idle, s)
		}
	}
	return idle
}

// Loaded is how many on-demand torrents are live.
func (e *Engine) Loaded() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, s := range e.mu.slots {
		if s.role == roleOnDemand {
			n++
		}
	}
	return n
}

// Heat makes on-demand torrents accept encrypted handshakes (MSE). Others accept them once they have been asked
// for in plain. Most clients fall back to that at once; transmission 3.00 prefers encryption and fails to, so
// heat whatever such a client may want. The last 16,384 that were asked for or heated are kept.
func (e *Engine) Heat(infohashes ...[20]byte) {
	for _, h := range infohashes {
		e.heat(h)
	}
}

func (o *ondemand) heat(infohash [20]byte) {
	o.hot.Lock()
	defer o.hot.Unlock()
	if o.hot.has[infohash] {
		return
	}
	o.hot.has[infohash] = true
	if len(o.hot.ring) < MaxHotKeys {
		o.hot.ring = append(o.hot.ring, infohash)
		return
	}
	delete(o.hot.has, o.hot.ring[o.hot.next])
	o.hot.ring[o.hot.next] = infohash
	o.hot.next = (o.hot.next + 1) % MaxHotKeys
}

// secretKeys yields the infohashes an encrypted handshake is tried against: the live torrents and rendezvous,
// and what was asked for lately.
func (e *Engine) secretKeys(yield func([]byte) bool) {
	for _, k := range e.keys() {
		if !yield(k[:]) {
			return
		}
	}
}

func (e *Engine) keys() [][20]byte {
	e.mu.Lock()
	keys := make([][20]byte, 0, len(e.mu.slots)+MaxHotKeys)
	for h, s := range e.mu.slots {
		keys = append(keys, h)
		if second := s.second.Load(); second != nil {
			keys = append(keys, *second)
		}
	}
	e.mu.Unlock()
	e.hot.Lock()
	defer e.hot.Unlock()
	return append(keys, e.hot.ring...)
}
