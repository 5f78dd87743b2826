package bt

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/resume"
)

// MaxKnownPeers is how many peers [Torrent.KnownPeers] names, and how many that a torrent has had a connection with it
// remembers: four times the connections it has by default, at 19 bytes each in a record.
const MaxKnownPeers = resume.MaxPeers

// peerSourceKept is the source of peers that were kept over a restart.
const peerSourceKept torrent.PeerSource = "kept"

// meet notes that a peer that can be dialled at a was connected. Past MaxKnownPeers the one met longest ago is
// forgotten. It may be called from a callback.
func (b *book) meet(a netip.AddrPort, now time.Time) {
	a = unmap(a)
	if !a.IsValid() || a.Port() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.banned[placeOf(a.Addr())] {
		return
	}
	if _, known := b.met[a]; !known && len(b.met) >= MaxKnownPeers {
		delete(b.met, slices.MinFunc(slices.Collect(maps.Keys(b.met)), func(x, y netip.AddrPort) int {
			return b.met[x].Compare(b.met[y])
		}))
	}
	b.met[a] = now
}

// count is how many addresses are known.
func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.pages)
	for a := range b.met {
		if b.pages[a] == nil {
			n++
		}
	}
	return n
}

// known is at most MaxKnownPeers addresses: those that are connected, then those met last, then those that failed
// least. One that failed as often as a stranger's address may is left out, unless the user gave it.
func (b *book) known(connected map[netip.AddrPort]bool) []netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make(map[netip.AddrPort]page, len(b.pages)+len(b.met))
	for a, p := range b.pages {
		if p.fails < maxFoundFails || p.source == torrent.PeerSourceDirect || connected[a] {
			all[a] = *p
		}
	}
	for a := range b.met {
		if b.pages[a] == nil {
			all[a] = page{}
		}
	}
	for a := range connected {
		all[a] = page{}
	}
	list := slices.Collect(maps.Keys(all))
	slices.SortFunc(list, func(x, y netip.AddrPort) int {
		if connected[x] != connected[y] {
			if connected[x] {
				return -1
			}
			return 1
		}
		return cmp.Or(b.met[y].Compare(b.met[x]), cmp.Compare(all[x].fails, all[y].fails), x.Compare(y))
	})
	return list[:min(len(list), MaxKnownPeers)]
}

// KnownPeers is at most [MaxKnownPeers] addresses at which peers of the torrent could be dialled lately, the best
// first: to be given back as Source.KnownPeers in a later run.
func (t *Torrent) KnownPeers() []netip.AddrPort { return t.book.known(t.e.connected(t.slot())) }
