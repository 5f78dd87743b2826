package session

import (
	"net/netip"
	"sync"
	"time"
)

// bans remembers the addresses of banned peers: single IPv4 addresses, IPv6 networks of 64 bits.
// Loopback is never banned, since there every peer has the same address.
type bans struct {
	mu struct {
		sync.Mutex
		until map[netip.Prefix]time.Time
	}
}

func newBans() *bans {
	b := &bans{}
	b.mu.until = make(map[netip.Prefix]time.Time)
	return b
}

// banKey is the network that is banned for an address.
func banKey(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr only, which then stands for itself
	return p
}

func (b *bans) add(addr netip.Addr, now time.Time) {
	if addr.Unmap().IsLoopback() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.mu.until) >= MaxBans {
		b.evict()
	}
	b.mu.until[banKey(addr)] = now.Add(BanTime)
}

// evict removes the ban that ends first.
func (b *bans) evict() {
	var first netip.Prefix
	var end time.Time
	for p, t := range b.mu.until {
		if end.IsZero() || t.Before(end) {
			first, end = p, t
		}
	}
	delete(b.mu.until, first)
}

func (b *bans) has(addr netip.Addr, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := banKey(addr)
	until, ok := b.mu.until[key]
	if ok && !now.Before(until) {
		delete(b.mu.until, key)
		return false
	}
	return ok
}
