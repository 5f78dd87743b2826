package transport

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Two peers behind routers that let in only what answers reach each other when both send first (BEP 55): by uTP, whose
// packets leave from the port that the other one sends to, which TCP's do not.

const (
	// punchTime is how long an address is dialled in this way after somebody said so: the two messages of whoever
	// said it may be seconds apart, and the library dials at once.
	punchTime = 10 * time.Second
	// punchDialTime is for one dial: the first packets are lost at the other's router until it has sent one.
	punchDialTime = 8 * time.Second
	// MaxPunched bounds the addresses: past it, the oldest is dialled as any.
	MaxPunched = 512
)

// Punch makes dials of an address go over uTP alone for some seconds. Without uTP they go as they would.
func (t *Transport) Punch(remote netip.AddrPort) {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if t.utpOf(remote) == nil {
		return
	}
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for a, at := range t.mu.punched {
		if now.Sub(at) >= punchTime {
			delete(t.mu.punched, a)
		}
	}
	if _, known := t.mu.punched[remote]; !known && len(t.mu.punched) >= MaxPunched {
		delete(t.mu.punched, t.oldestPunch())
	}
	t.mu.punched[remote] = now
}

func (t *Transport) oldestPunch() (oldest netip.AddrPort) {
	for a, at := range t.mu.punched {
		if !oldest.IsValid() || at.Before(t.mu.punched[oldest]) {
			oldest = a
		}
	}
	return oldest
}

// punches says whether an address is to be dialled so now.
func (t *Transport) punches(remote netip.AddrPort) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.mu.punched[remote]
	return ok && time.Since(at) < punchTime
}

func (t *Transport) dialPunch(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, punchDialTime)
	defer cancel()
	return t.utpOf(remote).utp.DialContext(ctx, "", remote.String())
}
