package bt

import (
	"net/netip"
	"slices"
	"time"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"
	utholepunch "github.com/anacrolix/torrent/peer_protocol/ut-holepunch"
	"golang.org/x/time/rate"
)

// Holepunch (BEP 55): a peer that two others are connected with tells each to dial the other at the same time. The library
// does it, and we decide which messages it sees.

// punchNumber is the extension number we give out for it, see protocols.
const punchNumber pp.ExtensionNumber = 1

// What holepunch may cost: each message makes us dial an address that a stranger chose, past the library's limits of dials,
// or makes two peers of ours do so.
const (
	punchEvery     = time.Second // by one connection
	punchBurst     = 32
	allPunchRate   = 16 // a second, by all
	allPunchBursts = 128
)

// punches says whether the library may see a message. It panics when it answers a peer that never said that it speaks
// holepunch, or has no address.
func (e *Engine) punches(s *slot, lk *link, msg *pp.Message) bool {
	if msg.Type != pp.Extended || msg.ExtendedID != punchNumber {
		return true
	}
	var m utholepunch.Msg
	if m.UnmarshalBinary(msg.ExtendedPayload) != nil {
		return true // it hangs up
	}
	switch m.MsgType {
	case utholepunch.Rendezvous:
		return !e.isAt(lk, m.AddrPort) && e.mayPunch(s, lk)
	case utholepunch.Connect:
		if !e.mayPunch(s, lk) {
			return false
		}
		e.sockets.Punch(m.AddrPort) // before the library dials it
		return true
	}
	return m.MsgType == utholepunch.Error
}

// isAt says whether a peer is itself at an address that it asks for: it heard of that by peer exchange. The library would
// tell it twice to dial itself.
func (e *Engine) isAt(lk *link, a netip.AddrPort) bool {
	a = unmap(a)
	e.mu.Lock()
	defer e.mu.Unlock()
	return a == lk.remote || a == lk.listen
}

// mayPunch says whether a peer may have us do something about holepunch. Whom private torrents meet is the tracker's choice
// (BEP 27).
func (e *Engine) mayPunch(s *slot, lk *link) bool {
	return lk.punches.Load() && lk.remote.IsValid() && !s.private.Load() && !e.cfg.DisablePEX &&
		lk.punchLimit.Allow() && e.punchLimit.Allow()
}

func newPunchLimit() *rate.Limiter    { return rate.NewLimiter(rate.Every(punchEvery), punchBurst) }
func newAllPunchLimit() *rate.Limiter { return rate.NewLimiter(allPunchRate, allPunchBursts) }

// known leaves those extensions in a handshake that we have. The library keeps every name in a table of the process, for
// ever.
func known(m *pp.ExtendedHandshakeMessage, protocols *torrent.LocalLtepProtocolMap) {
	for name := range m.M {
		if !slices.Contains(protocols.Index, name) {
			delete(m.M, name)
		}
	}
}
