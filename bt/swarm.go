package bt

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/announce"
)

// SessionDeadline is how long a connection on a rendezvous may take to negotiate the extension.
const SessionDeadline = 20 * time.Second

// Swarm is a rendezvous: the peers that speak the extension under one infohash.
type Swarm struct {
	e      *Engine
	s      *slot
	onConn func(*Conn)
	cancel context.CancelFunc
	mu     struct {
		sync.Mutex
		tracked  []string
		trackers *announce.Torrent // nil before Announce
	}
}

// Join enters the rendezvous under an infohash. onConn is called for every connection on which the peer
// speaks the extension, on a goroutine of its own which may stay for as long as the connection lives; it must
// return when [Conn.Done] is closed, since [Engine.Close] waits for it. Of two peers that dial each other at
// the same moment one connection stays; the other may be seen here for a moment.
func (e *Engine) Join(infohash [20]byte, onConn func(*Conn)) (*Swarm, error) {
	s := newSlot(infohash, roleSwarm)
	ctx, cancel := context.WithCancel(e.ctx)
	sw := &Swarm{e: e, s: s, onConn: onConn, cancel: cancel}
	s.swarm = sw
	if err := e.claim(s); err != nil {
		cancel()
		return nil, fmt.Errorf("joining %x: %w", infohash, err)
	}
	e.activate(s, torrent.AddTorrentOpts{})
	s.t.SetMaxEstablishedConns(e.cfg.SwarmPeers + surplusRoom)
	e.spawn(func() { e.dialLoop(ctx, s) })
	e.spawn(func() { sw.closeMute(ctx) })
	e.spawn(func() { e.announceLoop(ctx, s) })
	return sw, nil
}

// Dial remembers addresses and keeps dialling those that are not connected, ever less often.
func (sw *Swarm) Dial(addrs ...netip.AddrPort) { sw.s.book.add(addrs) }

// Peers is the connections at this moment.
func (sw *Swarm) Peers() []*Conn {
	sw.e.mu.Lock()
	defer sw.e.mu.Unlock()
	conns := make([]*Conn, 0, len(sw.s.links))
	for _, lk := range sw.s.links {
		if lk.conn != nil {
			conns = append(conns, lk.conn)
		}
	}
	return conns
}

// Close leaves the rendezvous and closes its connections.
func (sw *Swarm) Close() {
	sw.cancel()
	sw.leaveTrackers()
	sw.e.drop(sw.s)
}

// closeMute closes connections that never negotiate anything: they would fill the swarm.
func (sw *Swarm) closeMute(ctx context.Context) {
	tick := time.NewTicker(SessionDeadline / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, lk := range sw.e.mute(sw.s, time.Now().Add(-SessionDeadline)) {
			lk.close()
		}
	}
}

// mute is the connections older than since without a session.
func (e *Engine) mute(s *slot, since time.Time) []*link {
	e.mu.Lock()
	defer e.mu.Unlock()
	var links []*link
	for _, lk := range s.links {
		if lk.conn == nil && lk.since.Before(since) {
			links = append(links, lk)
		}
	}
	return links
}
