package book

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt/durable"
)

// MaxBans bounds a ban list; the ban that ends first makes room. 1024 entries
// are about 80 KiB in memory and as much on disk.
const MaxBans = 1024

// maxBansFile bounds what is read of a stored list: some 110 bytes an entry.
const maxBansFile = MaxBans * 256

// Bans remembers places whose peers are refused for a while. It is safe for use
// by several goroutines, does no I/O but LoadBans and Save, and takes the time as
// a value.
type Bans struct {
	exempt  func(netip.Addr) bool
	changed chan struct{} // capacity 1
	mu      sync.Mutex
	until   map[netip.Prefix]time.Time
}

// NewBans returns an empty list. Addresses that exempt reports are never banned;
// nil stands for loopback, where every peer has the same address.
func NewBans(exempt func(netip.Addr) bool) *Bans {
	if exempt == nil {
		exempt = netip.Addr.IsLoopback
	}
	return &Bans{exempt: exempt, changed: make(chan struct{}, 1), until: make(map[netip.Prefix]time.Time)}
}

// Place is what is banned for an address: the address itself for IPv4, its
// network of 64 bits for IPv6, since a stranger has all of one.
func Place(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr only, which then stands for itself
	return p
}

// Exempt reports whether an address is never banned.
func (b *Bans) Exempt(addr netip.Addr) bool { return b.exempt(addr.Unmap()) }

// Add bans the place of an address until a time.
func (b *Bans) Add(addr netip.Addr, until time.Time) {
	if b.Exempt(addr) {
		return
	}
	b.put(Place(addr), until)
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

func (b *Bans) put(place netip.Prefix, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.until[place]; !known && len(b.until) >= MaxBans {
		b.evict()
	}
	b.until[place] = until
}

// evict removes the ban that ends first.
func (b *Bans) evict() {
	var first netip.Prefix
	var end time.Time
	for p, t := range b.until {
		if end.IsZero() || t.Before(end) {
			first, end = p, t
		}
	}
	delete(b.until, first)
}

// Has reports whether the place of an address is banned now.
func (b *Bans) Has(addr netip.Addr, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	place := Place(addr)
	until, ok := b.until[place]
	if ok && !now.Before(until) {
		delete(b.until, place)
		return false
	}
	return ok
}

// Len counts the bans, those included that have ended and were not asked for.
func (b *Bans) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.until)
}

// Changed receives after a ban: what holds the file saves it then.
func (b *Bans) Changed() <-chan struct{} { return b.changed }

// ban is one entry of the file.
type ban struct {
	Place netip.Prefix `json:"place"`
	Until time.Time    `json:"until"`
}

type bansFile struct {
	Bans []ban `json:"bans"`
}

// Load adds the bans that an earlier run saved and that still stand: none that
// ends more than most from now, as no clock and no file may make one for ever.
// A file that is not there is an empty one; the caller may go on after one that
// cannot be read.
func (b *Bans) Load(path string, now time.Time, most time.Duration) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxBansFile {
		return fmt.Errorf("read the bans: %s has %d bytes of at most %d; delete it", path, info.Size(), maxBansFile)
	}
	if err != nil {
		return fmt.Errorf("read the bans: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the bans: %w", err)
	}
	var f bansFile
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("read the bans: %s is not what this program wrote (%w); delete it", path, err)
	}
	for _, e := range f.Bans {
		if e.Place.IsValid() && e.Until.After(now) {
			b.put(Place(e.Place.Addr()), earlier(e.Until, now.Add(most)))
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Save writes the bans that stand, replacing the file in one step.
func (b *Bans) Save(path string, now time.Time) error {
	data, err := json.MarshalIndent(bansFile{b.standing(now)}, "", "  ")
	if err == nil {
		err = durable.Replace(path, data)
	}
	if err != nil {
		return fmt.Errorf("save the bans: %w", err)
	}
	return nil
}

func (b *Bans) standing(now time.Time) []ban {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []ban{}
	for p, t := range b.until {
		if t.After(now) {
			list = append(list, ban{p, t})
		}
	}
	slices.SortFunc(list, func(x, y ban) int { return x.Place.Addr().Compare(y.Place.Addr()) })
	return list
}
