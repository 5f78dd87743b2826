package announce

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// State is how a tracker does.
type State string

// The states of a tracker.
const (
	Waiting    State = "waiting"    // not asked yet, or a fallback that was not needed
	Announcing State = "announcing" // a request is under way
	Working    State = "working"    // the last announce succeeded
	Failed     State = "failed"     // it did not; it is tried again at Next
	Disabled   State = "disabled"   // it will not be asked; Message says why
)

// Status is one tracker of a torrent as users see it.
type Status struct {
	URL     string
	Tier    int
	State   State
	Message string    // the failure or the tracker's warning
	Last    time.Time // of the last answer or failure; zero if none
	Next    time.Time // of the next announce; zero if none is planned
	// Seeders, Leechers and Downloaded (complete downloads so far) are what the tracker counts, -1 unknown.
	Seeders, Leechers, Downloaded int
	Peers                         int // addresses in the last answer
}

// tracker is one tracker of a torrent. All but what stands above turn is guarded by Announcer.mu.
type tracker struct {
	url    string
	parsed *url.URL
	tier   int
	turn   chan struct{} // holds one while no request is under way

	state      State
	message    string
	last, next time.Time
	earliest   time.Time // of the next announce by our own wish
	kept       time.Time // of the next announce by the user's: what the tracker allows
	counts     Counts
	peers      int
	fails      int
	id         string // BEP 3's tracker id
	started    bool   // it counts us among the peers
	completed  bool   // it shall hear that the download is complete
	leaving    bool   // it shall hear that we left
	scrapeAt   time.Time
	scrapeBad  int
}

func newTracker(raw string, tier int, refuse func(*url.URL) string) *tracker {
	t := &tracker{url: raw, tier: tier, turn: make(chan struct{}, 1), state: Waiting, counts: Counts{-1, -1, -1}}
	t.turn <- struct{}{}
	u, err := parseURL(raw)
	if err != nil {
		t.disable(err.Error())
		return t
	}
	t.parsed = u
	if why := refuse(u); why != "" {
		t.disable(why)
	}
	return t
}

// parseURL checks a tracker's URL as far as can be without asking anybody.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > MaxURL {
		return nil, fmt.Errorf("the URL is longer than %d bytes", MaxURL)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("not a URL")
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	case "udp":
		if u.Port() == "" {
			return nil, errors.New("a UDP tracker without a port")
		}
	default:
		return nil, fmt.Errorf("trackers of the kind %q are not supported", printable(u.Scheme))
	}
	return u, nil
}

func (t *tracker) disable(why string) {
	t.state, t.message, t.next = Disabled, why, time.Time{}
}

// failed notes a failure, and when to try again.
func (t *tracker) failed(now time.Time, err error) {
	t.last = now
	t.fails++
	t.message = printable(err.Error())
	wait := RetryMost
	if t.fails < 8 { // 15 s doubled seven times is RetryMost
		wait = min(RetryFirst<<(t.fails-1), RetryMost)
	}
	t.kept = now.Add(AgainAfter)
	var f *Failure
	if errors.As(err, &f) {
		if f.Never {
			t.disable(t.message)
			return
		}
		if f.RetryIn > 0 {
			wait = f.RetryIn
			t.kept = now.Add(wait)
		}
	}
	if errors.Is(err, ErrUnsupported) {
		t.disable(t.message)
		return
	}
	t.state, t.earliest = Failed, now.Add(wait)
	t.next = t.earliest
}

// worked notes an answer. spread is a number from 0 to 1.
func (t *tracker) worked(now time.Time, a Answer, spread float64) {
	t.state, t.message, t.last, t.fails = Working, printable(a.Warning), now, 0
	t.peers = len(a.Peers)
	t.counts = Counts{
		known(a.Seeders, t.counts.Seeders), known(a.Leechers, t.counts.Leechers),
		known(a.Downloaded, t.counts.Downloaded),
	}
	if a.TrackerID != "" {
		t.id = a.TrackerID
	}
	interval := a.Interval
	if interval <= 0 {
		interval = DefaultInterval
	}
	interval = min(max(interval, a.MinInterval, MinInterval), MaxInterval)
	t.kept = now.Add(min(max(a.MinInterval, MinInterval), MaxInterval))
	t.earliest = now.Add(interval + time.Duration(spread*Spread*float64(interval)))
	t.next = t.earliest
}

// known is a number that may be -1, or else what was known before.
func known(v, before int) int {
	if v < 0 {
		return before
	}
	return v
}

// wantsScrape says whether a number is missing that a scrape may have.
func (t *tracker) wantsScrape(now time.Time) bool {
	missing := t.counts.Downloaded < 0 || t.counts.Seeders < 0 || t.counts.Leechers < 0
	return (missing || !t.scrapeAt.IsZero()) && t.scrapeBad < MaxScrapeFailures && !now.Before(t.scrapeAt)
}

// event is what the next announce is about.
func (t *tracker) event(partial bool) Event {
	switch {
	case !t.started:
		return Started
	case t.completed:
		return Completed
	case partial:
		return Paused
	}
	return None
}

func (t *tracker) status() Status {
	return Status{
		URL: t.url, Tier: t.tier, State: t.state, Message: t.message, Last: t.last, Next: t.next,
		Seeders: t.counts.Seeders, Leechers: t.counts.Leechers, Downloaded: t.counts.Downloaded, Peers: t.peers,
	}
}
