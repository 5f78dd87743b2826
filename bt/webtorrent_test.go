package bt

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/torrenttx/ttx/bt/announce"
)

// webTracker is a WebSocket tracker: it tells what it counts, and passes offers and answers on.
type webTracker struct {
	url string

	mu    sync.Mutex
	peers map[string]*websocket.Conn // by peer id
	left  map[string]float64
	told  []string // events
	sdp   []string // all descriptions
}

func startWebTracker(t *testing.T) *webTracker {
	t.Helper()
	w := &webTracker{peers: make(map[string]*websocket.Conn), left: make(map[string]float64)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		handlers.Go(func() { w.serve(ws) })
	})}
	go srv.Serve(l)
	t.Cleanup(func() {
		srv.Close()
		handlers.Wait()
	})
	w.url = "ws://" + l.Addr().String() + "/announce"
	return w
}

func (w *webTracker) serve(ws *websocket.Conn) {
	defer ws.Close()
	var id string
	for {
		var m map[string]any
		if ws.ReadJSON(&m) != nil {
			w.mu.Lock()
			delete(w.peers, id)
			delete(w.left, id)
			w.mu.Unlock()
			return
		}
		id, _ = m["peer_id"].(string)
		w.take(ws, id, m)
	}
}

func (w *webTracker) take(ws *websocket.Conn, id string, m map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer, ok := m["answer"].(map[string]any); ok {
		w.sdp = append(w.sdp, answer["sdp"].(string))
		if to := w.peers[m["to_peer_id"].(string)]; to != nil {
			to.WriteJSON(m)
		}
		return
	}
	event, _ := m["event"].(string)
	w.told = append(w.told, event)
	w.peers[id], w.left[id] = ws, m["left"].(float64)
	complete := 0
	for _, n := range w.left {
		if n == 0 {
			complete++
		}
	}
	ws.WriteJSON(map[string]any{
		"action": "announce", "info_hash": m["info_hash"], "interval": 120,
		"complete": complete, "incomplete": len(w.left) - complete,
	})
	offers, _ := m["offers"].([]any)
	for to, conn := range w.peers {
		if to == id || len(offers) == 0 {
			continue
		}
		o := offers[0].(map[string]any)
		offers = offers[1:]
		w.sdp = append(w.sdp, o["offer"].(map[string]any)["sdp"].(string))
		conn.WriteJSON(map[string]any{
			"action": "announce", "info_hash": m["info_hash"], "peer_id": id, "offer": o["offer"], "offer_id": o["offer_id"],
		})
	}
}

// events are those that were announced so far.
func (w *webTracker) events() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.told...)
}

// TestWebTorrent: two engines find each other by a WebSocket tracker alone and share over WebRTC. Nothing but
// loopback is named in it, and both end in time.
func TestWebTorrent(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	tracker := startWebTracker(t)
	cfg := Config{WebTorrent: true, Encryption: EncryptRequire} // which WebRTC is
	seeder, leecher := openEngine(t, cfg), openEngine(t, cfg)
	up := add(t, seeder, Source{File: raw, Dir: there, Trackers: [][]string{{tracker.url}}})
	wait(t, up)
	until(t, "the seeder is announced", func() bool { return onlyTracker(t, up).State == announce.Working })

	h := up.Infohash()
	x := add(t, leecher, Source{
		Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%x&tr=%s", h, tracker.url), Dir: here,
		Priorities: map[int]Priority{2: Skip}, // two that are complete part
	})
	wait(t, x)
	if st := onlyTracker(t, x); st.State != announce.Working || st.Seeders != 1 || st.Leechers != 1 || st.Next.IsZero() {
		t.Errorf("the tracker is %+v", st)
	}
	peers := x.Peers()
	if len(peers) != 1 || !peers[0].Encrypted || !peers[0].Addr.Addr().IsLoopback() || peers[0].Addr == seeder.Addr() {
		t.Errorf("the leecher's peers: %+v", peers)
	}
	if _, down := leecher.Rates(); leecher.sockets.Conns() != 1 || seeder.sockets.Conns() != 1 || down == 0 {
		t.Errorf("%d and %d connections are counted, %d bytes a second", leecher.sockets.Conns(), seeder.sockets.Conns(), down)
	}
	if err := x.SetPriorities(map[int]Priority{2: Normal}); err != nil {
		t.Fatal(err)
	}
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())
	onlyLoopback(t, tracker)

	up.Pause()
	until(t, "the farewell", func() bool { return slices.Contains(tracker.events(), "stopped") })
	for _, e := range []*Engine{seeder, leecher} {
		if err := e.Close(testContext(t)); err != nil {
			t.Error(err)
		}
	}
}

// onlyLoopback looks at all that the peers told each other of where they are.
func onlyLoopback(t *testing.T, tracker *webTracker) {
	t.Helper()
	tracker.mu.Lock()
	defer tracker.mu.Unlock()
	n := 0
	for _, line := range strings.Split(strings.Join(tracker.sdp, "\r\n"), "\r\n") {
		f := strings.Fields(line)
		if !strings.HasPrefix(line, "a=candidate:") {
			continue
		}
		n++
		if f[2] != "udp" || f[4] != "127.0.0.1" || f[7] != "host" {
			t.Errorf("a description names %q", line)
		}
	}
	if len(tracker.sdp) < 2 || n < 2 {
		t.Errorf("%d descriptions with %d addresses", len(tracker.sdp), n)
	}
}

// TestWebTorrentContradicts: what is UDP does not go around a proxy.
func TestWebTorrentContradicts(t *testing.T) {
	for _, cfg := range []Config{{Proxy: "socks5://127.0.0.1:1"}, {Tor: "127.0.0.1:1"}} {
		cfg.WebTorrent = true
		if e, err := Open(cfg); !errors.Is(err, ErrWouldLeak) || !strings.Contains(err.Error(), "WebTorrent") {
			t.Errorf("%+v: %v, %v", cfg, e, err)
		}
	}
}

// TestWebTorrentSwitch: a tracker that is not asked says how to change that.
func TestWebTorrentSwitch(t *testing.T) {
	raw := share(t, t.TempDir(), "album", someFiles())
	x := add(t, openEngine(t, Config{}), Source{File: raw, Dir: t.TempDir(), Trackers: [][]string{{"wss://t.example/"}}})
	if st := onlyTracker(t, x); st.State != announce.Disabled || !strings.Contains(st.Message, "the setting webtorrent") {
		t.Errorf("%+v", st)
	}
}
