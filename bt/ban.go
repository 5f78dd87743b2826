package bt

import "net/netip"

// MaxBanned bounds the addresses that are banned from one torrent: those of an IPv6 network of 64 bits are one, and each
// costs who has it a connection and a lie. Past it, any of them is forgiven.
const MaxBanned = 1024

// ban keeps an address away from a torrent for as long as the torrent lives, as the library does with those that sent
// wrong pieces, and hangs up on it. It takes the library's lock: never call it from a callback.
func (e *Engine) ban(s *slot, liar *link) {
	defer liar.close()
	addr := liar.remote.Addr()
	if !addr.IsValid() {
		return // by another transport
	}
	s.book.ban(addr)
	for _, lk := range e.linksOf(s) {
		if s.book.bans(lk.remote.Addr()) {
			lk.close()
		}
	}
}

// ban enters an address that is not to be dialled or let in.
func (b *book) ban(addr netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.banned) >= MaxBanned {
		for p := range b.banned {
			delete(b.banned, p)
			break
		}
	}
	b.banned[placeOf(addr.Unmap())] = true
	for a := range b.pages {
		if b.banned[placeOf(a.Addr())] {
			delete(b.pages, a)
		}
	}
	for a := range b.met {
		if b.banned[placeOf(a.Addr())] {
			delete(b.met, a)
		}
	}
}

// bans says whether an address is banned. It may be called from a callback.
func (b *book) bans(addr netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.banned[placeOf(addr.Unmap())]
}
