package announce

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event is what an announce is about. The values are those of BEP 15.
type Event int

// The events of BEP 3, and Paused of BEP 21: a peer that has all it wants but not everything. It has no number
// over UDP, where it is None.
const (
	None Event = iota
	Completed
	Started
	Stopped
	Paused
)

// String is the event as HTTP trackers know it.
func (e Event) String() string {
	return [...]string{"", "completed", "started", "stopped", "paused"}[e]
}

// Request is one announce.
type Request struct {
	Infohash, PeerID           [20]byte
	Port                       uint16
	Uploaded, Downloaded, Left int64 // bytes
	Event                      Event
	Key                        uint32
	NumWant                    int
	TrackerID                  string // of the tracker's last answer
	IPv6                       netip.Addr
}

// Answer is what a tracker says to an announce. Numbers that it does not tell are -1, durations 0.
type Answer struct {
	Interval, MinInterval         time.Duration
	Seeders, Leechers, Downloaded int
	Peers                         []netip.AddrPort // at most MaxPeers
	TrackerID, Warning            string
	External                      netip.Addr // our address as the tracker sees it (BEP 24)
}

// Counts is what a scrape says of one torrent.
type Counts struct{ Seeders, Leechers, Downloaded int }

// Failure is a tracker's refusal.
type Failure struct {
	Reason string
	// RetryIn is when to try again (BEP 31), 0 if the tracker does not say; Never means not at all.
	RetryIn time.Duration
	Never   bool
}

// Error is the tracker's reason.
func (f *Failure) Error() string { return "the tracker says: " + f.Reason }

// Kinds of failure; compare with errors.Is.
var (
	// ErrUnsupported means that the tracker's URL cannot be used, ever or in this configuration.
	ErrUnsupported = errors.New("not supported")
	// ErrAnswer means that what the tracker sent is no answer.
	ErrAnswer = errors.New("not a tracker's answer")
	// ErrAnswerTooLong means that an answer is longer than MaxAnswer.
	ErrAnswerTooLong = fmt.Errorf("the answer is longer than %d bytes", MaxAnswer)
	// ErrRedirects means that a tracker redirected more than MaxRedirects times, or to where no tracker is.
	ErrRedirects = errors.New("redirected too often")
	// ErrNotAllowed means that a tracker is only at addresses that Config.Allow refuses.
	ErrNotAllowed = errors.New("not at a public address")
	// ErrTimeout means that the tracker did not answer in time.
	ErrTimeout = errors.New("no answer in time")
	// ErrClosed means that the announcer is closed.
	ErrClosed = errors.New("closed")
)

// printable is a stranger's text made fit for a line of ours.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s[:min(len(s), MaxMessage)])
	return strings.TrimSpace(s)
}

// useful says whether a peer may be at an address.
func useful(a netip.AddrPort) bool {
	ip := a.Addr()
	return a.Port() != 0 && ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast() && ip != broadcast
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// compact reads addresses of size bytes and a port each (BEP 23, BEP 7), up to most.
func compact(b []byte, size, most int) ([]netip.AddrPort, error) {
	n := size + 2
	if len(b)%n != 0 {
		return nil, fmt.Errorf("%w: %d bytes of compact peers, not a multiple of %d", ErrAnswer, len(b), n)
	}
	var list []netip.AddrPort
	for ; len(b) > 0 && len(list) < most; b = b[n:] {
		ip, _ := netip.AddrFromSlice(b[:size]) // of 4 or 16 bytes
		a := netip.AddrPortFrom(ip.Unmap(), uint16(b[size])<<8|uint16(b[size+1]))
		if useful(a) {
			list = append(list, a)
		}
	}
	return list, nil
}
