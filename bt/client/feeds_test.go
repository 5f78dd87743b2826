package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/fetchurl"
)

// TestFeed: what fits is added once in a life, over restarts, and a torrent that was removed does not come back.
func TestFeed(t *testing.T) {
	ctx := testContext(t)
	var asked, unchanged atomic.Int32
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed" {
			_, _ = w.Write(made(len(r.URL.Path)))
			return
		}
		asked.Add(1)
		if r.Header.Get("If-None-Match") == `"1"` {
			unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, `<rss version="2.0"><channel><title>site</title>
			<item><title>Good one</title><guid>1</guid><enclosure url="/a.torrent" type="application/x-bittorrent"/></item>
			<item><title>Bad one</title><guid>2</guid><enclosure url="/bb.torrent" type="application/x-bittorrent"/></item>
			<item><title>Other</title><guid>3</guid><enclosure url="/ccc.torrent" type="application/x-bittorrent"/></item>
			</channel></rss>`)
	}))
	defer site.Close()
	state := t.TempDir()
	s := Settings{DownloadDir: t.TempDir(), Feeds: []Feed{{
		Name: "f", URL: site.URL + "/feed?key=secret", Include: []string{"one$"}, Exclude: []string{"bad"},
		Labels: []string{"feed"}, Paused: true,
	}}}
	c := openClient(t, state, s)
	x := awaitAdded(t, c, 1)
	if x.Labels[0] != "feed" || x.State != StatePaused {
		t.Errorf("added %+v", x)
	}
	if err := c.Remove(ctx, x.ID, false); err != nil {
		t.Fatal(err)
	}
	awaitAsked(t, c)
	// The same feed, asked again, has nothing new.
	for _, st := range c.feeds.states {
		c.feeds.ask(ctx, st)
	}
	list, err := c.Feeds(ctx)
	if err != nil || len(list) != 1 || list[0].Added != 1 || list[0].Items != 3 || list[0].Error != "" || list[0].URL != site.URL {
		t.Errorf("%+v, %v", list, err)
	}
	if asked.Load() < 2 || unchanged.Load() < 1 {
		t.Errorf("asked %d times, %d of them in vain", asked.Load(), unchanged.Load())
	}
	closeClient(t, c)

	c = openClient(t, state, s)
	awaitAsked(t, c)
	if list, err := c.List(ctx, Filter{}); err != nil || len(list) != 0 {
		t.Errorf("it came back: %v, %v", list, err)
	}
}

// awaitAdded waits until there are so many torrents, by the events, and returns the first.
func awaitAdded(t *testing.T, c *Client, n int) Torrent {
	t.Helper()
	ctx := testContext(t)
	sub := c.Subscribe()
	defer sub.Close()
	for {
		list, err := c.List(ctx, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) >= n {
			return list[0]
		}
		select {
		case <-sub.Events():
		case <-ctx.Done():
			t.Fatalf("%d of %d torrents", len(list), n)
		}
	}
}

// awaitAsked waits until every feed was asked. There is no event of that, so it looks.
func awaitAsked(t *testing.T, c *Client) {
	t.Helper()
	ctx := testContext(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := c.Feeds(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 && list[0].Last != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not asked: %+v", list)
		}
	}
}

func TestFeedWait(t *testing.T) {
	later := &fetchurl.StatusError{RetryAfter: 20 * time.Hour}
	for _, c := range []struct {
		every, ttl time.Duration
		failures   int
		err        error
		want       time.Duration
	}{
		{0, 0, 0, nil, DefaultFeedEvery},
		{0, 2 * time.Hour, 0, nil, 2 * time.Hour},
		{time.Minute, 2 * time.Hour, 0, nil, time.Minute},
		{time.Minute, 0, 3, errors.New("x"), 8 * time.Minute},
		{time.Hour, 0, 99, errors.New("x"), maxFeedWait},
		{time.Minute, 0, 1, later, 20 * time.Hour},
		{48 * time.Hour, 0, 5, errors.New("x"), 48 * time.Hour},
	} {
		if got := feedWait(c.every, c.ttl, c.failures, c.err, 0.5); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if low, high := feedWait(time.Hour, 0, 0, nil, 0), feedWait(time.Hour, 0, 0, nil, 1); low != 54*time.Minute || high != 66*time.Minute {
		t.Errorf("by chance %v to %v", low, high)
	}
}

// TestAddByURL: an address is as good as the file.
func TestAddByURL(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(made(7)) }))
	defer site.Close()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: t.TempDir(), StartPaused: true})
	if x := add(t, c, AddRequest{URL: site.URL + "/x"}); x.Name != "torrent 000007" {
		t.Errorf("added %+v", x)
	}
}
