// Package webseed fetches the content of a torrent from web servers (BEP 19): runs of it, over files and padding, from
// one server each. It takes nothing from a server that it did not ask for, follows few redirects, gives up on what
// stands still, rests after a failure, longer each time, and hashes every whole piece on the way: a server whose piece is
// wrong is not asked again.
package webseed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// What a server may cost.
const (
	// MaxRequests is how many runs of one torrent are under way with one server; others wait.
	MaxRequests = 4
	// MaxRedirects is how many redirects of one request are followed.
	MaxRedirects = 5
	// HeaderTime is how long a server may take to answer, redirects included.
	HeaderTime = 20 * time.Second
	// StallTime is how long a server may take for StallBytes: a slower one, of half a kilobyte a second, is let go.
	StallTime  = 25 * time.Second
	StallBytes = 16 << 10
	// MaxDiscard is how much of a file is read and thrown away when a server does not do ranges.
	MaxDiscard = 1 << 20
	// MinRest and MaxRest are how long a server is left alone after a failure: at first, and after many in a row.
	MinRest = 30 * time.Second
	MaxRest = time.Hour
)

// The kinds of errors.
var (
	ErrAddress = errors.New("not the address of a web seed")
	ErrResting = errors.New("the web seed failed and is left alone for a while")
	ErrLiar    = errors.New("the web seed sent a piece that is wrong")
)

// Status is how a web seed does.
type Status struct {
	// State is idle, working, resting (it failed, and is asked again later) or off (it is not).
	State string
	// Message is why it rests or is off.
	Message string
	// Downloaded is bytes of content.
	Downloaded int64
}

// Seed is one torrent on one server. Its methods may be called from any goroutine.
type Seed struct {
	torrent *metainfo.Torrent
	base    string
	client  http.Client
	slots   chan struct{} // has an element for each request under way

	mu struct {
		sync.Mutex
		failures   int // in a row
		rest       time.Time
		err        error // the last
		liar       bool
		downloaded int64
	}
}

// New makes a seed. Nothing is asked of it yet. An error is of kind [ErrAddress].
func New(address string, t *metainfo.Torrent, way http.RoundTripper) (*Seed, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("%w: want one that begins with http:// or https:// and names a host", ErrAddress)
	}
	u.Fragment, u.RawFragment = "", ""
	s := &Seed{torrent: t, base: u.String(), slots: make(chan struct{}, MaxRequests)}
	if !t.Info.Single && !strings.HasSuffix(s.base, "/") {
		s.base += "/"
	}
	if _, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.base, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	s.client = http.Client{Transport: way, CheckRedirect: redirect}
	return s, nil
}

func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > MaxRedirects {
		return fmt.Errorf("more than %d redirects", MaxRedirects)
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return fmt.Errorf("a redirect to %s", r.URL.Scheme)
	}
	return nil
}

// address is where a file is (BEP 19): what ends with a slash is a folder.
func (s *Seed) address(f *metainfo.File) string {
	if !strings.HasSuffix(s.base, "/") {
		return s.base
	}
	var path []string
	for _, name := range s.torrent.Info.Location(f) {
		path = append(path, strings.ReplaceAll(url.PathEscape(name), "+", "%2B")) // which some servers take for a space
	}
	return s.base + strings.Join(path, "/")
}

// Status is how it does.
func (s *Seed) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{State: "idle", Downloaded: s.mu.downloaded}
	switch {
	case s.mu.liar:
		st.State = "off"
	case time.Now().Before(s.mu.rest):
		st.State = "resting"
	case len(s.slots) > 0:
		st.State = "working"
	}
	if s.mu.err != nil {
		st.Message = s.mu.err.Error()
	}
	return st
}

// admit says whether it may be asked.
func (s *Seed) admit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.liar:
		return ErrLiar
	case time.Now().Before(s.mu.rest):
		return fmt.Errorf("%w: %w", ErrResting, s.mu.err)
	}
	return nil
}

// failed notes why a request failed. retry is what the server asked for, or zero.
func (s *Seed) failed(err error, retry time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.liar {
		return
	}
	s.mu.err = err
	s.mu.liar = errors.Is(err, ErrLiar)
	if time.Now().Before(s.mu.rest) {
		return // another of the requests that were under way
	}
	// 30 s, 1 min, 2 min ... 32 min, 1 h.
	rest := min(MinRest<<min(s.mu.failures, 7), MaxRest)
	s.mu.failures++
	s.mu.rest = time.Now().Add(max(rest, min(retry, MaxRest)))
}

// received notes that bytes came.
func (s *Seed) received(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.downloaded += int64(n)
}

// checked notes that a piece was right.
func (s *Seed) checked(whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if whole && !time.Now().Before(s.mu.rest) {
		s.mu.failures, s.mu.err = 0, nil
	}
}

// Open returns n bytes of the content from off on, padding and gaps as zeros. It waits while MaxRequests are open. The
// reader asks the server as it is read, and must be closed.
func (s *Seed) Open(ctx context.Context, off, n int64) (*Run, error) {
	if err := s.admit(); err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.admit(); err != nil { // it may have failed meanwhile
		<-s.slots
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &Run{s: s, ctx: ctx, cancel: cancel, at: off, end: off + n}
	r.check.begin(s.torrent, off)
	return r, nil
}

// reason is an error without the address that the HTTP client puts before it.
func reason(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) {
		err = cmp.Or(context.Cause(ctx), err)
	}
	return err
}
