package announce

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// stage is trackers that answer as a test says, on a fake clock.
type stage struct {
	mu      sync.Mutex
	heard   []heard
	answers map[string]func(Request) (Answer, error) // by host; none is a failure
	delay   time.Duration
	running int
	most    int
	scrapes int
}

type heard struct {
	host  string
	event Event
	at    time.Duration // since the beginning
	req   Request
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest begins

func (s *stage) announce(ctx context.Context, u *url.URL, r Request) (Answer, error) {
	s.mu.Lock()
	s.heard = append(s.heard, heard{u.Host, r.Event, time.Since(epoch), r})
	s.running++
	s.most = max(s.most, s.running)
	f := s.answers[u.Host]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
	if f == nil {
		return Answer{}, errors.New("refused")
	}
	return f(r)
}

func (s *stage) scrape(context.Context, *url.URL, [20]byte) (Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scrapes++
	return Counts{3, 4, 5}, nil
}

func (s *stage) close() {}

func (s *stage) open() *Announcer {
	return start(withDefaults(Config{}), map[string]protocol{"http": s, "https": s, "udp": s})
}

// events is what the trackers heard, as host:event.
func (s *stage) events() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, h := range s.heard {
		list = append(list, h.host+":"+h.event.String())
	}
	return list
}

func (s *stage) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = nil
}

func (s *stage) answer(host string, f func(Request) (Answer, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil {
		s.answers = make(map[string]func(Request) (Answer, error))
	}
	s.answers[host] = f
}

// peers answers with n peers and an interval.
func peers(n int, interval time.Duration) func(Request) (Answer, error) {
	return func(Request) (Answer, error) {
		a := Answer{Interval: interval, Seeders: 1, Leechers: 2, Downloaded: 3}
		for i := range n {
			a.Peers = append(a.Peers, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 7))
		}
		return a, nil
	}
}

func options(tiers ...[]string) Options {
	for _, tier := range tiers {
		for i := range tier {
			tier[i] = "http://" + tier[i] + "/announce"
		}
	}
	return Options{
		Trackers: tiers, Stats: func() Stats { return Stats{Left: 1} }, Found: func([]netip.AddrPort) {},
	}
}

func closeIt(a *Announcer) { a.Close(context.Background()) }

func wantEvents(t *testing.T, s *stage, want ...string) {
	t.Helper()
	if got := s.events(); !slices.Equal(got, want) {
		t.Errorf("the trackers heard %v, want %v", got, want)
	}
}
