package bt

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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

// oneTracker names one peer, and says where it was asked.
func oneTracker(t *testing.T, e *Engine) *httptest.Server {
	t.Helper()
	ip := e.Addr().Addr().As4()
	peer := binary.BigEndian.AppendUint16(ip[:], e.Addr().Port())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "d8:intervali60e5:peers6:%se", peer)
	}))
	t.Cleanup(srv.Close)
	return srv
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
	tracker := oneTracker(t, seeder)

	const name = "tracker.invalid:80"
	p := &connectProxy{
		names: map[string]string{name: tracker.Listener.Addr().String(), "tracker.invalid": tracker.Listener.Addr().String()},
		asked: make(map[string]int),
	}
	srv := httptest.NewServer(p)
	defer srv.Close()
	e := openEngine(t, Config{Proxy: "http://me:it%27s%20secret@" + srv.Listener.Addr().String()})
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
}

// TestSOCKSProxy: with a name and password, through microsocks.
func TestSOCKSProxy(t *testing.T) {
	files, there, here := someFiles(), t.TempDir(), t.TempDir()
	raw := share(t, there, "album", files)
	startMicrosocks(t, "127.0.0.1", "19051", "-u", "me", "-P", "secret", "-b", "127.0.0.9")
	seeder := openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	tracker := oneTracker(t, seeder)

	e := openEngine(t, Config{Proxy: "socks5://me:secret@127.0.0.1:19051", DHT: true})
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
