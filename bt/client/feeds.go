package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/bt/fetchurl"
	"github.com/torrenttx/ttx/bt/rss"
)

const (
	// feedsAtOnce is how many feeds are asked at a time.
	feedsAtOnce = 4
	// maxFeedWait is the longest pause of a feed that fails.
	maxFeedWait = 12 * time.Hour
	// historyName is the file of what was taken from feeds, in Config.Dir, and maxHistory its longest in bytes.
	historyName = "feeds.seen"
	maxHistory  = rss.MaxHistory * (rss.MaxID + rss.MaxText)
)

// feeds asks the feeds and adds what fits.
type feeds struct {
	c    *Client
	path string // of what was taken
	now  func() time.Time

	mu      sync.Mutex // guards what follows
	states  map[string]*feedState
	history *rss.History
}

// feedState is a feed with what is known of it.
type feedState struct {
	feed           Feed
	filter         *rss.Filter
	etag, modified string
	shown          FeedState
	next           time.Time
}

// rule is what a feed's settings say to package rss.
func (f *Feed) rule() rss.Rule {
	return rss.Rule{
		Name: f.Name, Include: f.Include, Exclude: f.Exclude, Categories: f.Categories, MinSize: f.MinSize,
		MaxSize: f.MaxSize, Episodes: f.Episodes, Labels: f.Labels, Dir: f.Dir, Paused: f.Paused,
	}
}

func newFeeds(c *Client, dir string) (*feeds, error) {
	f := &feeds{c: c, path: filepath.Join(dir, historyName), now: time.Now, states: make(map[string]*feedState)}
	raw, err := readBounded(f.path, maxHistory)
	switch {
	case err == nil:
		f.history = rss.Restore(strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"))
	case errors.Is(err, fs.ErrNotExist):
		f.history = new(rss.History)
	default:
		return nil, fmt.Errorf("what was taken from feeds: %w", err)
	}
	f.configure(c.mu.settings.Feeds)
	return f, nil
}

// configure makes the feeds those of the settings. One whose settings did not change keeps what is known of it.
func (f *feeds) configure(list []Feed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := make(map[string]*feedState, len(list))
	for _, feed := range list {
		old := f.states[feed.Name]
		if old != nil && old.feed.equal(feed) {
			kept[feed.Name] = old
			continue
		}
		filter, err := rss.Compile(feed.rule())
		if err != nil {
			continue // Settings.Check refused it
		}
		kept[feed.Name] = &feedState{
			feed: feed, filter: filter, next: f.now(), shown: FeedState{Name: feed.Name, URL: publicURL(feed.URL)},
		}
	}
	f.states = kept
}

func (f Feed) equal(o Feed) bool {
	return f.URL == o.URL && f.Every == o.Every && f.MinSize == o.MinSize && f.MaxSize == o.MaxSize && f.Dir == o.Dir &&
		f.Paused == o.Paused && f.Episodes == o.Episodes && slices.Equal(f.Include, o.Include) &&
		slices.Equal(f.Exclude, o.Exclude) && slices.Equal(f.Categories, o.Categories) && slices.Equal(f.Labels, o.Labels)
}

// publicURL is an address without what could be a secret: its user, path and query may hold keys.
func publicURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// run asks feeds as their time comes.
func (f *feeds) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-f.c.ctx.Done():
			return
		case <-f.c.refeed:
			f.configure(f.c.Settings().Feeds)
		case <-timer.C:
		}
		f.askDue(f.c.ctx)
		timer.Reset(f.pause())
	}
}

// pause is how long until the next feed is due.
func (f *feeds) pause() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := maxFeedWait
	for _, s := range f.states {
		wait = min(wait, s.next.Sub(f.now()))
	}
	return max(wait, time.Second)
}

func (f *feeds) askDue(ctx context.Context) {
	now := f.now()
	var g errgroup.Group
	g.SetLimit(feedsAtOnce)
	f.mu.Lock()
	var due []*feedState
	for _, s := range f.states {
		if !s.next.After(now) {
			due = append(due, s)
		}
	}
	f.mu.Unlock()
	for _, s := range due {
		g.Go(func() error {
			f.ask(ctx, s)
			return nil
		})
	}
	_ = g.Wait() // none fails
}

// ask asks one feed and adds what is new and fits. Only one goroutine asks a feed.
func (f *feeds) ask(ctx context.Context, s *feedState) {
	resp, parsed, err := f.read(ctx, s)
	if ctx.Err() != nil {
		return
	}
	added := 0
	if parsed != nil {
		added, err = f.takeAll(ctx, s, parsed, resp.Local)
	}
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	s.shown.Last = unixTime(now)
	s.shown.Added += added
	ttl := time.Duration(0)
	if err == nil {
		s.shown.Error, s.shown.Failures = "", 0
		if parsed != nil {
			s.shown.Items, s.shown.Title, ttl = len(parsed.Items), parsed.Title, parsed.TTL
			s.etag, s.modified = resp.ETag, resp.LastModified
		}
	} else {
		s.shown.Error = err.Error()
		s.shown.Failures++
		f.c.log.Warn("a feed failed", "feed", s.feed.Name, "failures", s.shown.Failures, "error", err)
	}
	s.next = now.Add(feedWait(s.feed.Every, ttl, s.shown.Failures, err, rand.Float64()))
	s.shown.Next = unixTime(s.next)
}

// feedWait is how long to leave a feed alone: its interval, or longer where it asks for that, doubled for each
// failure in a row, and a tenth more or less by chance (0 to 1), so that not all ask at once.
func feedWait(every, ttl time.Duration, failures int, err error, chance float64) time.Duration {
	wait := every
	if wait == 0 {
		wait = max(DefaultFeedEvery, ttl)
	}
	wait = min(wait<<min(failures, 10), max(maxFeedWait, wait))
	wait += time.Duration((chance - 0.5) / 5 * float64(wait))
	var status *fetchurl.StatusError
	if errors.As(err, &status) {
		wait = max(wait, status.RetryAfter)
	}
	return wait
}

// read gets a feed; nil if it is as it was.
func (f *feeds) read(ctx context.Context, s *feedState) (fetchurl.Response, *rss.Feed, error) {
	resp, err := f.c.fetch(ctx, fetchurl.Request{
		URL: s.feed.URL, Want: fetchurl.Feed, ETag: s.etag, LastModified: s.modified,
	})
	if err != nil || resp.NotModified {
		return resp, nil, err
	}
	parsed, err := rss.Parse(resp.Body)
	if err == nil {
		err = parsed.Resolve(s.feed.URL)
	}
	if err != nil {
		return resp, nil, err
	}
	return resp, parsed, nil
}

// takeAll adds the items that fit. What was added is remembered before the next one is; an item that could not be
// got is tried again with the next answer, which is why the error makes the answer count as a failure.
func (f *feeds) takeAll(ctx context.Context, s *feedState, parsed *rss.Feed, local bool) (added int, err error) {
	var errs []error
	for _, item := range parsed.Items {
		f.mu.Lock()
		wanted := s.filter.Wants(item, f.history)
		f.mu.Unlock()
		if !wanted || ctx.Err() != nil {
			continue
		}
		err := f.take(ctx, s, item, local)
		switch {
		case err == nil:
			added++
		case errors.Is(err, ErrExists) || isInvalid(err):
			f.c.log.Info("an item of a feed was not added", "feed", s.feed.Name, "title", item.Title, "error", err)
		default:
			errs = append(errs, fmt.Errorf("%.80q: %w", item.Title, err))
			continue
		}
		if err := f.remember(s.filter.Keys(item)); err != nil {
			errs = append(errs, err)
		}
	}
	if n := len(errs); n > 3 {
		errs = append(errs[:3], fmt.Errorf("and %d more", n-3))
	}
	return added, errors.Join(errs...)
}

// take adds one item.
func (f *feeds) take(ctx context.Context, s *feedState, item rss.Item, local bool) error {
	req := AddRequest{Dir: s.feed.Dir, Labels: s.feed.Labels, Paused: s.feed.Paused}
	switch {
	case item.Magnet != "":
		req.Magnet = item.Magnet
	case item.Torrent != "":
		resp, err := f.c.fetch(ctx, fetchurl.Request{URL: item.Torrent, Want: fetchurl.Torrent, Stranger: !local})
		if err != nil {
			return err
		}
		req.File, req.Magnet = resp.Body, resp.Magnet
	case len(item.Infohash) == 2*len(ID{}):
		req.Infohash = item.Infohash
	default:
		return fmt.Errorf("%w: the item names no torrent", bt.ErrMalformed)
	}
	_, err := f.c.Add(ctx, req)
	return err
}

// remember takes note of what was taken, durably.
func (f *feeds) remember(keys []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, k := range keys {
		keys[i] = strings.ReplaceAll(k, "\n", " ")
	}
	f.history.Remember(keys...)
	if err := durable.Replace(f.path, []byte(strings.Join(f.history.Keys(), "\n")+"\n")); err != nil {
		return fmt.Errorf("remember what was taken from a feed: %w", err)
	}
	return nil
}

// Feeds describes the feeds, by name.
func (c *Client) Feeds(context.Context) ([]FeedState, error) {
	c.feeds.mu.Lock()
	defer c.feeds.mu.Unlock()
	list := []FeedState{}
	for _, s := range c.feeds.states {
		list = append(list, s.shown)
	}
	slices.SortFunc(list, func(a, b FeedState) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// fetch gets something over the ways out that the engine has.
func (c *Client) fetch(ctx context.Context, req fetchurl.Request) (fetchurl.Response, error) {
	req.Dial, req.Proxy = c.engine.WaysOut()
	req.UserAgent = "ttx"
	return fetchurl.Get(ctx, req)
}

func unixTime(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.Unix()
	return &n
}
