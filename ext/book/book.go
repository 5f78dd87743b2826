// Package book is the address book of a node: where peers that speak the
// extension on this network were met, how they behaved, when to try again, and
// whom to refuse for a while ([Bans]).
//
// The torrent library forgets a peer that failed or restarted; the book is
// what makes a node find its network again. It does no I/O but Load and Save,
// starts no goroutine, and takes the time as a value.
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

// Bounds. A stranger can make us remember addresses (`peers` messages, PEX), so
// their number is fixed; what never answered goes first.
const (
	// MaxAddresses is how many addresses a book holds: about 100 KiB.
	MaxAddresses = 1024
	// firstRetry and lastRetry bound the pause before the next attempt; it
	// doubles with every failure.
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// handedRetry bounds the pause for an address that a person gave: he may
	// be about to start that peer.
	handedRetry = 30 * time.Second
)

// Source says where an address came from. A better source replaces a worse.
type Source string

// The sources, best first.
const (
	Hand    Source = "hand"    // a flag or a network file
	Session Source = "session" // we had a session there
	Peer    Source = "peer"    // another node says so
	Torrent Source = "torrent" // met on a torrent
)

// Entry is one address of the book.
type Entry struct {
	Addr     netip.AddrPort `json:"addr"`
	Source   Source         `json:"source"`
	LastGood time.Time      `json:"last_good,omitzero"`
	Failures int            `json:"failures,omitempty"`
	next     time.Time
	open     bool
}

// Book is safe for use by several goroutines.
type Book struct {
	mu           sync.Mutex
	allowPrivate bool
	entries      map[netip.AddrPort]*Entry
}

// New returns an empty book. Private and loopback addresses that strangers
// name are refused unless allowPrivate is set.
func New(allowPrivate bool) *Book {
	return &Book{
		allowPrivate: allowPrivate,
		entries:      make(map[netip.AddrPort]*Entry),
	}
}

// Add remembers an address; false means that it is not one to dial.
func (b *Book) Add(addr netip.AddrPort, source Source) bool {
	addr = canonical(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !addr.IsValid() || addr.Port() == 0 || source != Hand && !b.dialable(addr.Addr()) {
		return false
	}
	if e := b.entries[addr]; e != nil {
		if source == Hand {
			e.Source = Hand
		}
		return true
	}
	if len(b.entries) >= MaxAddresses && !b.evict() {
		return false
	}
	b.entries[addr] = &Entry{Addr: addr, Source: source}
	return true
}

// canonical folds IPv4-mapped addresses, so that one peer has one entry.
func canonical(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

func (b *Book) dialable(ip netip.Addr) bool {
	if ip.IsUnspecified() || ip.IsMulticast() {
		return false
	}
	return b.allowPrivate || !(ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// evict drops the entry that is worth least: never one given by hand or with
// an open session.
func (b *Book) evict() bool {
	var worst *Entry
	for _, e := range b.entries {
		if e.Source == Hand || e.open {
			continue
		}
		if worst == nil || worse(e, worst) {
			worst = e
		}
	}
	if worst == nil {
		return false
	}
	delete(b.entries, worst.Addr)
	return true
}

func worse(a, b *Entry) bool {
	if a.Failures != b.Failures {
		return a.Failures > b.Failures
	}
	return a.LastGood.Before(b.LastGood)
}

// Due returns at most n addresses to dial now, best first, and books the
// attempt: each comes back only after its pause, unless Opened says that it
// worked.
func (b *Book) Due(now time.Time, n int) []netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	var due []*Entry
	for _, e := range b.entries {
		if !e.open && !e.next.After(now) {
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(x, y *Entry) int {
		switch {
		case worse(y, x):
			return -1
		case worse(x, y):
			return 1
		}
		return x.Addr.Compare(y.Addr)
	})
	out := make([]netip.AddrPort, 0, min(n, len(due)))
	for _, e := range due[:min(n, len(due))] {
		out = append(out, e.Addr)
		e.next = now.Add(e.pause())
		e.Failures++
	}
	return out
}

func (e *Entry) pause() time.Duration {
	limit := lastRetry
	if e.Source == Hand {
		limit = handedRetry
	}
	return min(firstRetry<<min(e.Failures, 16), limit)
}

// Opened says that a session with addr stands.
func (b *Book) Opened(addr netip.AddrPort, now time.Time) {
	b.Add(addr, Session)
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[canonical(addr)]; e != nil {
		e.open, e.Failures, e.LastGood = true, 0, now
	}
}

// Closed says that the session with addr has ended.
func (b *Book) Closed(addr netip.AddrPort, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[canonical(addr)]; e != nil && e.open {
		e.open, e.LastGood, e.next = false, now, now.Add(firstRetry)
	}
}

// Good returns at most n addresses that worked, newest first: what a `peers`
// message and a .torrent for somebody else carry.
func (b *Book) Good(n int) []netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	var good []*Entry
	for _, e := range b.entries {
		if e.open || !e.LastGood.IsZero() {
			good = append(good, e)
		}
	}
	slices.SortFunc(good, func(x, y *Entry) int {
		if c := y.LastGood.Compare(x.LastGood); c != 0 {
			return c
		}
		return x.Addr.Compare(y.Addr)
	})
	out := make([]netip.AddrPort, 0, n)
	for _, e := range good[:min(n, len(good))] {
		out = append(out, e.Addr)
	}
	return out
}

// All returns every address of the book: where a torrent may be looked for.
func (b *Book) All() []netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]netip.AddrPort, 0, len(b.entries))
	for addr := range b.entries {
		out = append(out, addr)
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out
}

// file is the stored form.
type file struct {
	Addresses []*Entry `json:"addresses"`
}

// Load adds what an earlier run saved. A file that is not there is an empty
// one; one that cannot be read is an error the caller may go on after, since
// addresses can be found anew.
func (b *Book) Load(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the address book: %w", err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("read the address book %s: %w", path, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range f.Addresses[:min(len(f.Addresses), MaxAddresses)] {
		if e != nil && e.Addr.IsValid() {
			b.entries[e.Addr] = e
		}
	}
	return nil
}

// Save writes the book, replacing the file in one step.
func (b *Book) Save(path string) error {
	data, err := b.encode()
	if err != nil {
		return fmt.Errorf("save the address book: %w", err)
	}
	if err := durable.Replace(path, data); err != nil {
		return fmt.Errorf("save the address book: %w", err)
	}
	return nil
}

func (b *Book) encode() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var f file
	for _, e := range b.entries {
		f.Addresses = append(f.Addresses, e)
	}
	slices.SortFunc(f.Addresses, func(x, y *Entry) int { return x.Addr.Compare(y.Addr) })
	return json.MarshalIndent(f, "", "  ")
}
