package bt

import (
	"math"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"
	"golang.org/x/time/rate"

	"github.com/torrenttx/ttx/bt/transport"
)

// MaxLinkChores bounds the metadata messages of one connection that wait to be handled.
const MaxLinkChores = 64

// link is what the engine knows of one of the library's connections. Fields below mu are guarded by
// Engine.mu; the others never change.
type link struct {
	pc       *torrent.PeerConn
	peerID   [20]byte
	incoming bool
	remote   netip.AddrPort
	since    time.Time
	wire     *transport.Conn // below the library's; nil if it is not known

	// guarded by Engine.mu
	slot   *slot          // nil when the torrent was being dropped
	conn   *Conn          // the session, on a rendezvous
	listen netip.AddrPort // where the peer can be dialled; zero if unknown
	chores int

	meter meter

	punches    atomic.Bool // it speaks holepunch
	punchLimit *rate.Limiter

	requests atomic.Int64 // blocks asked of us
	heard    atomic.Int64 // bytes of peer exchange received
	has      atomic.Int64 // pieces that it said it has
	served   int          // metadata pieces sent; only for Engine.chores
}

// close hangs up. It takes the library's lock: never call it from a callback.
func (lk *link) close() { lk.pc.Close() }

// utp says whether the connection is over uTP (BEP 29).
func (lk *link) utp() bool { return lk.wire != nil && lk.wire.UTP() }

// encrypted says whether the connection is, at least in its header.
func (lk *link) encrypted() bool { return lk.wire != nil && lk.wire.Encrypted() }

// rates are the bytes of content a second, given the counters.
func (e *Engine) rates(lk *link, now time.Time, down, up int64) (downRate, upRate int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return lk.meter.look(now, down, up)
}

// address is where the peer can be dialled; zero if it is not known. Engine.mu is held.
func (lk *link) address() netip.AddrPort {
	if lk.incoming {
		return lk.listen
	}
	return lk.remote
}

// hears counts what the peer says it has, of n pieces; 0 while their number is not known.
func (lk *link) hears(msg *pp.Message, n int) {
	switch msg.Type {
	case pp.HaveAll:
		lk.has.Store(math.MaxInt32)
	case pp.Have:
		lk.has.Add(1)
	case pp.Bitfield:
		all := int64(0)
		for _, there := range msg.Bitfield[:min(n, len(msg.Bitfield))] {
			if there {
				all++
			}
		}
		lk.has.Store(all)
	}
}

// seeds says whether the peer said that it has all of n pieces. One that lies is left alone, as it wants.
func (lk *link) seeds(n int) bool { return n > 0 && lk.has.Load() >= int64(n) }

// dialable is the address to dial a peer at: the one we dialled, or an incoming peer's IP with the port
// it says it listens on (BEP 10, `p`).
func (lk *link) dialable(port int) netip.AddrPort {
	if !lk.incoming {
		return lk.remote
	}
	if port < 1 || port > 65535 || !lk.remote.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(lk.remote.Addr(), uint16(port))
}
