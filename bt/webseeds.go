package bt

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/anacrolix/torrent"

	checked "github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/webseed"
)

// The library asks web seeds (BEP 19) by the layout that it sees, which is a view (view.go), and bounds little of what
// they answer. It is therefore given addresses that exist nowhere, and what it asks them for, runs of the content, comes
// from bt/webseed.

// WebSeedStatus is how a web seed does.
type WebSeedStatus struct {
	URL        string
	State      string // idle, working, resting (it failed, and is asked again later), off (it is not)
	Message    string // why it rests or is off
	Downloaded int64  // bytes of content
	Rate       int64  // bytes of content a second, over the last seconds
}

// seedEntry is a web seed of a torrent.
type seedEntry struct {
	url   string
	host  string        // as the library knows it
	seed  *webseed.Seed // nil when it cannot be used
	fault error         // why
	meter meter
}

// seedList is the web seeds of a torrent, from when its content is known.
type seedList struct {
	sync.Mutex
	list []*seedEntry
}

// WebSeeds is how the web seeds do, in the order in which they were given; nil until the content is known.
func (t *Torrent) WebSeeds() []WebSeedStatus {
	t.seeds.Lock()
	defer t.seeds.Unlock()
	var list []WebSeedStatus
	for _, s := range t.seeds.list {
		if s.seed == nil {
			list = append(list, WebSeedStatus{URL: s.url, State: "off", Message: s.fault.Error()})
			continue
		}
		st := s.seed.Status()
		rate, _ := s.meter.look(time.Now(), st.Downloaded, 0)
		list = append(list, WebSeedStatus{s.url, st.State, st.Message, st.Downloaded, rate})
	}
	return list
}

// count is how many are used.
func (l *seedList) count() (n int) {
	l.Lock()
	defer l.Unlock()
	for _, s := range l.list {
		if s.seed != nil && s.seed.Status().State != "off" {
			n++
		}
	}
	return n
}

// useWebSeeds gives the library of a round the web seeds.
func (t *Torrent) useWebSeeds(lib *torrent.Torrent, o *origin) {
	t.seeds.Lock()
	defer t.seeds.Unlock()
	if t.seeds.list == nil {
		t.openWebSeeds(o)
	}
	for _, s := range t.seeds.list {
		if s.seed != nil {
			lib.AddWebSeeds([]string{"http://" + s.host + "/content"})
		}
	}
}

// openWebSeeds makes the list, once.
func (t *Torrent) openWebSeeds(o *origin) {
	seen := make(map[string]bool)
	for _, address := range t.webSeeds(o) {
		if seen[address] || len(t.seeds.list) == checked.MaxWebSeeds {
			continue
		}
		seen[address] = true
		s := &seedEntry{url: address, host: fmt.Sprintf("seed%d.%x.invalid", len(t.seeds.list), t.infohash)}
		if s.seed, s.fault = webseed.New(address, o.content, t.e.gateway.way); s.fault == nil {
			t.e.gateway.set(s.host, &passage{s.seed, spanOf(o.content.Info)})
		}
		t.seeds.list = append(t.seeds.list, s)
	}
}

// closeWebSeeds makes them unreachable and forgets them.
func (t *Torrent) closeWebSeeds() {
	t.seeds.Lock()
	defer t.seeds.Unlock()
	for _, s := range t.seeds.list {
		t.e.gateway.set(s.host, nil)
	}
	t.seeds.list = nil
}

// SetWebSeeds replaces the web seeds (BEP 19) besides those that the file or magnet link names, at once. The library
// cannot forget one: when they change, the torrent's connections are made anew.
func (t *Torrent) SetWebSeeds(urls []string) {
	t.mu.Lock()
	same := slices.Equal(t.mu.webSeeds, urls)
	t.mu.webSeeds = slices.Clone(urls)
	t.mu.Unlock()
	if same {
		return
	}
	t.closeWebSeeds()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.stop != nil {
		t.mu.stop() // the next round opens them
	}
}

// webSeeds are the addresses of all of them.
func (t *Torrent) webSeeds(o *origin) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(slices.Clip(o.webSeeds), t.mu.webSeeds...)
}

// gateway is what the library takes for the web.
type gateway struct {
	way *http.Transport // to the real one

	mu    sync.Mutex
	hosts map[string]*passage
}

// passage is where requests for one host go.
type passage struct {
	seed *webseed.Seed
	span int64 // bytes of what the library takes for the file
}

// Bounds of the way to web servers: those of the time are the seeds' own.
const (
	webHeaderBytes = 64 << 10         // of an answer
	webIdleTime    = 30 * time.Second // that a connection is kept for the next request
	webIdleConns   = 32
)

func (e *Engine) newGateway() *gateway {
	return &gateway{hosts: make(map[string]*passage), way: &http.Transport{
		DialContext: e.sockets.DialContext, Proxy: e.sockets.HTTPProxy(), DisableCompression: true,
		MaxResponseHeaderBytes: webHeaderBytes, IdleConnTimeout: webIdleTime, MaxIdleConns: webIdleConns,
		MaxConnsPerHost: webseed.MaxRequests,
	}}
}

// set changes where requests for a host go; nil is nowhere.
func (g *gateway) set(host string, p *passage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p == nil {
		delete(g.hosts, host)
		return
	}
	g.hosts[host] = p
}

func (g *gateway) get(host string) *passage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.hosts[host]
}

// RoundTrip answers the library. The server is asked as the body is read.
func (g *gateway) RoundTrip(req *http.Request) (*http.Response, error) {
	p := g.get(req.URL.Host)
	if p == nil {
		return nil, errors.New("no such web seed")
	}
	begin, end := int64(0), p.span-1
	if asked := req.Header.Get("Range"); asked != "" {
		if _, err := fmt.Sscanf(asked, "bytes=%d-%d", &begin, &end); err != nil || begin < 0 || end < begin || end >= p.span {
			return nil, fmt.Errorf("a range of the web seed: %q", asked)
		}
	}
	run, err := p.seed.Open(req.Context(), begin, end+1-begin)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "206 Partial Content", StatusCode: http.StatusPartialContent, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: io.ReadCloser(run), ContentLength: end + 1 - begin, Request: req,
	}, nil
}
