package bt

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// connectProxy is an HTTP proxy that knows names nobody else does.
type connectProxy struct {
	names map[string]string // to host:port
	mu    sync.Mutex
	asked map[string]int // by method and destination
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, ok := proxyUser(r); !ok || user != "me" || password != "it's secret" {
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		return
	}
	to := r.Host
	p.mu.Lock()
	p.asked[r.Method+" "+to]++
	p.mu.Unlock()
	if known, ok := p.names[to]; ok {
		to = known
	}
	if r.Method != http.MethodConnect {
		r.URL.Host = to
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	there, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(here, there)
		here.Close()
	}()
	_, _ = io.Copy(there, buffered)
}

func proxyUser(r *http.Request) (user, password string, ok bool) {
	r = &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	return r.BasicAuth()
}

func (p *connectProxy) times(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[what]
}

// webServer is a tracker that names one peer, and a web seed of what is in dir, where there is x.torrent too.
func webServer(t *testing.T, e *Engine, dir string) (srv *httptest.Server, askedFrom func() []string) {
	t.Helper()
	share(t, dir, "pages", someFiles())
	if err := os.WriteFile(filepath.Join(dir, "x.torrent"), share(t, dir, "pages", nil), 0o644); err != nil {
		t.Fatal(err)
	}
	ip := e.Addr().Addr().As4()
	peer := binary.BigEndian.AppendUint16(ip[:], e.Addr().Port())
	var mu sync.Mutex
	from := make(map[string]bool)
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		mu.Lock()
		from[host] = true
		mu.Unlock()
		if r.URL.Path != "/announce" {
			http.FileServer(http.Dir(dir)).ServeHTTP(w, r)
			return
		}
		fmt.Fprintf(w, "d8:intervali60e5:peers6:%se", peer)
	}))
	t.Cleanup(srv.Close)
	return srv, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(maps.Keys(from))
	}
}

// checkWeb gets from a web seed, and a .torrent by its URL, from where only the proxy finds it.
func checkWeb(t *testing.T, e *Engine, base, pages string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(pages, "x.torrent"))
	if err != nil {
		t.Fatal(err)
	}
	here := t.TempDir()
	wait(t, add(t, e, Source{File: seededByWeb(raw, base), Dir: here}))
	compare(t, filepath.Join(here, "pages"), someFiles())
	fetchTorrent(t, e, base+"x.torrent")
	if e.lsd != nil || e.portmap != nil || len(e.dht) > 0 {
		t.Errorf("LSD %v, port mapping %v, DHT %v", e.lsd, e.portmap, e.dht)
	}
}

func announcing(raw []byte, url string) []byte {
	return append(fmt.Appendf(nil, "d8:announce%d:%s", len(url), url), raw[1:]...)
}

// TestHTTPProxy: peers are connected by way of the proxy, and trackers asked by a name that only it knows.
func TestHTTPProxy(t *testing.T) {
	files, there, here := someFiles(), t.TempDir(), t.TempDir()
	raw := share(t, there, "album", files)
	seeder := openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	tracker, _ := webServer(t, seeder, there)

	const name = "tracker.invalid:80"
	p := &connectProxy{
		names: map[string]string{name: tracker.Listener.Addr().String(), "tracker.invalid": tracker.Listener.Addr().String()},
		asked: make(map[string]int),
	}
	srv := httptest.NewServer(p)
	defer srv.Close()
	e := openEngine(t, Config{
		Proxy: "http://me:it%27s%20secret@" + srv.Listener.Addr().String(), DHT: true, LSD: true, PortMapping: true,
	})
	if e.Addr().IsValid() {
		t.Errorf("it listens at %v", e.Addr())
	}
	x := add(t, e, Source{File: announcing(raw, "http://tracker.invalid/announce"), Dir: here})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	if p.times("GET tracker.invalid") == 0 {
		t.Error("the tracker was not asked by way of the proxy")
	}
	if p.times("CONNECT "+seeder.Addr().String()) == 0 {
		t.Error("the peer was not dialled by way of the proxy")
	}
	asked := p.times("GET tracker.invalid")
	checkWeb(t, e, "http://tracker.invalid/", there)
	if n := p.times("GET tracker.invalid") - asked; n < 2 {
		t.Errorf("%d pages by way of the proxy", n)
	}
}

// TestSOCKSProxy: with a name and password, through microsocks.
func TestSOCKSProxy(t *testing.T) {
	files, there, here := someFiles(), t.TempDir(), t.TempDir()
	raw := share(t, there, "album", files)
	startMicrosocks(t, "127.0.0.1", "19051", "-u", "me", "-P", "secret", "-b", "127.0.0.9")
	seeder := openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	tracker, askedFrom := webServer(t, seeder, there)

	e := openEngine(t, Config{Proxy: "socks5://me:secret@127.0.0.1:19051", DHT: true, LSD: true, PortMapping: true})
	byName := strings.Replace(tracker.URL, "127.0.0.1", "localhost", 1) + "/announce"
	x := add(t, e, Source{File: announcing(raw, byName), Dir: here})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	for _, p := range x.Peers() {
		if p.Addr != seeder.Addr() {
			t.Errorf("the peer is %v; want its address, not the proxy's", p.Addr)
		}
	}
	for _, lk := range seeder.linksOf(seeder.mu.slots[x.Infohash()]) {
		if lk.remote.Addr().String() != "127.0.0.9" {
			t.Errorf("the seeder was dialled from %v, not from the proxy", lk.remote)
		}
	}

	checkWeb(t, e, strings.Replace(tracker.URL, "127.0.0.1", "localhost", 1)+"/", there)
	if from := askedFrom(); !slices.Equal(from, []string{"127.0.0.9"}) {
		t.Errorf("the web server was asked from %v, not from the proxy alone", from)
	}

	wrong := openEngine(t, Config{Proxy: "socks5://me:wrong@127.0.0.1:19051"})
	if _, err := wrong.sockets.DialContext(t.Context(), "tcp", seeder.Addr().String()); err == nil ||
		strings.Contains(err.Error(), "wrong@") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestBadProxies(t *testing.T) {
	for _, raw := range []string{
		"127.0.0.1:1080", "ftp://127.0.0.1:1", "socks5://user:hunter2@", "socks5://user:hunter2@host", "http://user:hunter2@host:1/path",
		"socks5://user:hunter2@host:port", "://user:hunter2@",
	} {
		e, err := Open(Config{Proxy: raw})
		if err == nil {
			e.Close(t.Context())
			t.Errorf("%s is taken", raw)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is told: %v", err)
		}
	}
}

// TestStrangersTrackersBehindAProxy: it looks names up itself, so nothing could be judged.
func TestStrangersTrackersBehindAProxy(t *testing.T) {
	startMicrosocks(t, "127.0.0.1", "19052")
	asked := make(chan string, 16)
	tracker := playTracker(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Query().Get("info_hash")
		_, _ = w.Write([]byte("d8:intervali60e5:peers0:e"))
	})
	e := openEngine(t, Config{Proxy: "socks5://127.0.0.1:19052"})
	strange, own := [20]byte{1}, [20]byte{2}
	defer e.AnnounceTo(Announcement{Infohash: strange, Trackers: []string{tracker}, Strange: true})()
	defer e.AnnounceTo(Announcement{Infohash: own, Trackers: []string{tracker}})()
	if got := receive(t, "an announce", asked); got != string(own[:]) {
		t.Errorf("asked about %x", got)
	}
}
