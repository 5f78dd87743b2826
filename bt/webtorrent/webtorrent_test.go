package webtorrent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/bt/announce"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// delivered is a connection with what came with it.
type delivered struct {
	net.Conn
	remote  netip.AddrPort
	offered bool
}

func socket(t *testing.T) net.PacketConn {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// newClient makes a client on loopback; its connections come out of the channel.
func newClient(t *testing.T, id byte, blocked func(netip.Addr) bool) (*Client, <-chan delivered) {
	t.Helper()
	if blocked == nil {
		blocked = func(netip.Addr) bool { return false }
	}
	conns := make(chan delivered, 16)
	c := New(Config{
		PeerID: [20]byte{id}, UserAgent: "ttx", DialContext: new(net.Dialer).DialContext, Socket: socket(t), Blocked: blocked,
		Deliver: func(_ [20]byte, c net.Conn, remote netip.AddrPort, offered bool) {
			conns <- delivered{c, remote, offered}
		},
	})
	t.Cleanup(c.Close)
	return c, conns
}

// play runs a tracker of which each connection is played by f.
func play(t *testing.T, f func(*websocket.Conn)) *url.URL {
	t.Helper()
	var mu sync.Mutex
	var all []*websocket.Conn
	u := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		mu.Lock()
		all = append(all, ws)
		mu.Unlock()
		f(ws)
	})
	t.Cleanup(func() { // before the server waits for them
		mu.Lock()
		defer mu.Unlock()
		for _, ws := range all {
			ws.Close()
		}
	})
	return u
}

func serve(t *testing.T, h http.HandlerFunc) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		h(rw, r)
	})}
	go srv.Serve(l)
	t.Cleanup(func() {
		srv.Close()
		handlers.Wait()
	})
	u, err := url.Parse("ws://" + l.Addr().String() + "/announce")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// quoted is bytes as a string of JSON.
func quoted(b []byte) string {
	text, err := json.Marshal(characters(b))
	if err != nil {
		panic(err)
	}
	return string(text)
}

var torrent = [20]byte{0xff, 1, 2}

func request(id byte, event announce.Event) announce.Request {
	return announce.Request{Infohash: torrent, PeerID: [20]byte{id}, Left: 1, Event: event}
}

// hub passes offers and answers between two peers, and answers announces.
func hub(t *testing.T) *url.URL {
	var mu sync.Mutex
	peers := make(map[string]*websocket.Conn)
	return play(t, func(ws *websocket.Conn) {
		for {
			var m map[string]any
			if ws.ReadJSON(&m) != nil {
				return
			}
			mu.Lock()
			id := m["peer_id"].(string)
			peers[id] = ws
			if m["answer"] == nil {
				ws.WriteJSON(map[string]any{"action": "announce", "info_hash": m["info_hash"], "interval": 120, "complete": 3})
			}
			for to, other := range peers {
				if to == id {
					continue
				}
				if offers, ok := m["offers"].([]any); ok && len(offers) > 0 {
					o := offers[0].(map[string]any)
					m["offer"], m["offer_id"] = o["offer"], o["offer_id"]
					delete(m, "offers")
				}
				if m["offer"] != nil || m["answer"] != nil {
					other.WriteJSON(m)
				}
			}
			mu.Unlock()
		}
	})
}

// TestTwoMeet: a channel carries more than its buffers hold, both ways, and its end is seen.
func TestTwoMeet(t *testing.T) {
	u := hub(t)
	a, atA := newClient(t, 1, nil)
	b, atB := newClient(t, 2, nil)
	if _, err := a.Announce(t.Context(), u, request(1, announce.Started)); err != nil {
		t.Fatal(err)
	}
	got, err := b.Announce(t.Context(), u, request(2, announce.Started))
	if err != nil || got.Interval != 2*time.Minute || got.Seeders != 3 || got.Leechers != -1 {
		t.Fatalf("%+v, %v", got, err)
	}
	ca, cb := <-atA, <-atB
	if ca.offered || !cb.offered || ca.remote.String() != b.cfg.Socket.LocalAddr().String() {
		t.Errorf("at a %+v, at b %+v", ca, cb)
	}
	const size = 4 << 20 // well above maxBuffered and maxReceived
	sent := []byte(strings.Repeat("0123456789abcdef", size/16))
	errs := make(chan error, 2)
	for _, c := range []net.Conn{ca, cb} {
		go func() {
			_, err := c.Write(sent)
			errs <- err
		}()
	}
	for _, c := range []net.Conn{ca, cb} {
		got := make([]byte, size)
		if _, err := io.ReadFull(c, got); err != nil || string(got) != string(sent) {
			t.Fatalf("%v, or other bytes", err)
		}
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	past := time.Unix(1, 0)
	ca.SetDeadline(past)
	if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after the deadline: %v", err)
	}
	ca.SetDeadline(time.Time{})
	reads := make(chan error, 1)
	go func() {
		_, err := ca.Read(make([]byte, 1))
		reads <- err
	}()
	ca.SetReadDeadline(past) // before or in the read
	if err := <-reads; err == nil {
		t.Error("a read goes past its deadline")
	}
	ca.Close()
	if n, err := cb.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes after the end", n)
	}
	if _, err := ca.Write([]byte{1}); err == nil {
		t.Error("wrote on what is closed")
	}
	if _, err := b.Announce(t.Context(), u, request(2, announce.Stopped)); err != nil {
		t.Error(err)
	}
	if s := b.sessionAt(place{u.String(), torrent}); s != nil {
		t.Error("the session outlives its farewell")
	}
}

// TestTrackerBounds: what a tracker sends is read up to its bound.
func TestTrackerBounds(t *testing.T) {
	answer := func(n int) string {
		text := fmt.Sprintf(`{"action":"announce","info_hash":%s,"interval":1e9,"complete":-4,"pad":""}`, quoted(torrent[:]))
		return strings.Replace(text, `"pad":"`, `"pad":"`+strings.Repeat("x", n-len(text)), 1)
	}
	for n, whole := range map[int]bool{MaxMessage: true, MaxMessage + 1: false} {
		u := play(t, func(ws *websocket.Conn) {
			ws.ReadMessage()
			ws.WriteMessage(websocket.TextMessage, []byte(answer(n)))
			ws.ReadMessage()
		})
		c, _ := newClient(t, 1, nil)
		got, err := c.Announce(t.Context(), u, request(1, announce.Started))
		if (err == nil) != whole || whole && (got.Interval != MaxInterval || got.Seeders != -1) {
			t.Errorf("%d bytes: %+v, %v", n, got, err)
		}
	}
	for n, whole := range map[int]bool{MaxHeader - 4096: true, MaxHeader: false} {
		u := serve(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Long", strings.Repeat("x", n))
			rw.WriteHeader(http.StatusTeapot)
		})
		c, _ := newClient(t, 1, nil)
		_, err := c.Announce(t.Context(), u, request(1, announce.Started))
		if err == nil || strings.Contains(err.Error(), "418") != whole {
			t.Errorf("a header of %d bytes: %v", n, err)
		}
	}
}

// TestStrangeMessages do not keep a tracker from being heard.
func TestStrangeMessages(t *testing.T) {
	hash := quoted(torrent[:])
	strange := []string{
		``, `null`, `[]`, `{`, `{"info_hash":1}`, `{"info_hash":"x","interval":1}`,
		fmt.Sprintf(`{"info_hash":%s,"peer_id":"x","offer_id":"1","answer":{"type":"answer","sdp":"v=0"}}`, hash),
	}
	for _, sdp := range []string{"", "v=0", "v=0\\r\\na=candidate:", "v=0\\r\\nm=application 9 x 1\\r\\n", strings.Repeat("a=candidate:x\\r\\n", MaxCandidates+1)} {
		strange = append(strange, fmt.Sprintf(`{"info_hash":%s,"peer_id":"x","offer_id":"1","offer":{"type":"offer","sdp":"%s"}}`, hash, sdp))
	}
	u := play(t, func(ws *websocket.Conn) {
		ws.ReadMessage()
		for _, m := range strange {
			ws.WriteMessage(websocket.TextMessage, []byte(m))
		}
		ws.WriteJSON(map[string]any{"failure reason": "go away"})
		ws.ReadMessage()
	})
	c, _ := newClient(t, 1, nil)
	_, err := c.Announce(t.Context(), u, request(1, announce.Started))
	var f *announce.Failure
	if !errors.As(err, &f) || f.Reason != "go away" {
		t.Errorf("%v", err)
	}
}

func TestCandidatesAtTheBound(t *testing.T) {
	for n, want := range map[int]bool{MaxCandidates: true, MaxCandidates + 1: false} {
		if got := acceptable(&description{"offer", strings.Repeat("a=candidate:\r\n", n)}, "offer"); got != want {
			t.Errorf("%d candidates: %v", n, got)
		}
	}
}

func TestMeetingsAndSessionsAtTheBound(t *testing.T) {
	c, _ := newClient(t, 1, nil)
	for i := range MaxMeetings {
		if _, err := c.newPeer(torrent, true); err != nil {
			t.Fatalf("the %dth: %v", i, err)
		}
	}
	if _, err := c.newPeer(torrent, true); !errors.Is(err, errBusy) {
		t.Errorf("one too many: %v", err)
	}
	u := hub(t)
	for i := range MaxSessions {
		req := request(1, announce.Started)
		req.Infohash = [20]byte{byte(i), 1}
		if _, err := c.Announce(t.Context(), u, req); err != nil {
			t.Fatalf("session %d: %v", i, err)
		}
	}
	if _, err := c.Announce(t.Context(), u, request(1, announce.Started)); !errors.Is(err, errSessions) {
		t.Errorf("one session too many: %v", err)
	}
}

// TestCloseEndsAnAnnounce that a tracker leaves hanging, before and after the WebSocket is there.
func TestCloseEndsAnAnnounce(t *testing.T) {
	hung := make(chan struct{}, 2)
	hang := func(ws *websocket.Conn) {
		hung <- struct{}{}
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	go func() {
		c, err := mute.Accept()
		if err == nil {
			defer c.Close()
			hung <- struct{}{}
			io.Copy(io.Discard, c)
		}
	}()
	for _, u := range []*url.URL{play(t, hang), {Scheme: "ws", Host: mute.Addr().String()}} {
		c, _ := newClient(t, 1, nil)
		end := make(chan error, 1)
		go func() {
			_, err := c.Announce(context.Background(), u, request(1, announce.Started))
			end <- err
		}()
		<-hung
		c.Close()
		if err := <-end; err == nil {
			t.Error("an announce without an answer succeeded")
		}
		if _, err := c.Announce(t.Context(), u, request(1, announce.Started)); !errors.Is(err, announce.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestGuardedSocket: a blocked address is neither sent to nor heard.
func TestGuardedSocket(t *testing.T) {
	good, bad := socket(t), socket(t)
	defer good.Close()
	defer bad.Close()
	here, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	c := &Client{loopback: true, cfg: Config{Blocked: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.2") }}}
	g := guarded{here, c.refuses}
	from, err := net.ListenPacket("udp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	send := func(pc net.PacketConn, to net.Addr, text string) {
		if n, err := pc.WriteTo([]byte(text), to); err != nil || n != len(text) {
			t.Fatal(n, err)
		}
	}
	send(from, here.LocalAddr(), "blocked")
	send(good, here.LocalAddr(), "welcome")
	b := make([]byte, 16)
	if n, _, err := g.ReadFrom(b); err != nil || string(b[:n]) != "welcome" {
		t.Errorf("heard %q, %v", b[:n], err)
	}
	send(g, from.LocalAddr(), "blocked")
	send(good, from.LocalAddr(), "other")
	if n, _, err := from.ReadFrom(b); err != nil || string(b[:n]) != "other" {
		t.Errorf("the blocked one heard %q, %v", b[:n], err)
	}
	for text, want := range map[string]bool{
		"127.0.0.1": false, "127.0.0.2": true, "8.8.8.8": true, "0.0.0.0": true, "::": true, "224.0.0.1": true,
	} {
		if got := c.refuses(netip.MustParseAddr(text)); got != want {
			t.Errorf("on loopback %s is refused: %v", text, got)
		}
	}
	c.loopback = false
	for text, want := range map[string]bool{"127.0.0.1": true, "8.8.8.8": false, "192.168.0.1": false, "255.255.255.255": true} {
		if got := c.refuses(netip.MustParseAddr(text)); got != want {
			t.Errorf("elsewhere %s is refused: %v", text, got)
		}
	}
}
