package bt

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt/blocklist"
	"github.com/torrenttx/ttx/bt/transport"
)

func blocking(t *testing.T, lines ...string) *blocklist.List {
	t.Helper()
	l, err := blocklist.Parse(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// hungUp waits until the other side has closed, and returns what it sent before.
func hungUp(t *testing.T, c net.Conn) int {
	t.Helper()
	n, err := io.Copy(io.Discard, c)
	if err != nil && !isReset(err) && !errors.Is(err, syscall.EPIPE) {
		t.Fatal(err)
	}
	return int(n)
}

func TestBlockList(t *testing.T) {
	e := openEngine(t, Config{BlockList: blocking(t, "bad:127.0.0.2-127.0.0.3", "127.1.0.0/16")})
	_, conns := join(t, e)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.3")}}
	c, err := dialer.DialContext(t.Context(), "tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n := hungUp(t, c); n != 0 {
		t.Errorf("%d bytes were sent to who is blocked", n)
	}
	// Who is not is welcome, until he is.
	s := visitAs(t, e, meeting, "127.0.0.4", [20]byte{1})
	if _, err := io.ReadFull(s.conn, make([]byte, 68)); err != nil {
		t.Fatal(err)
	}
	s.hello(1)
	conn := receive(t, "the session", conns)
	e.SetBlockList(blocking(t, "127.0.0.4"))
	receive(t, "its end", conn.Done())
	hungUp(t, s.conn)
	if _, err := e.sockets.Dialer().Dial(t.Context(), "127.0.0.4:1"); err == nil || !strings.Contains(err.Error(), "block list") {
		t.Errorf("dialling who is blocked: %v", err)
	}
}

// TestConnectionLimit: ordinary torrents keep to it, a rendezvous may go on.
func TestConnectionLimit(t *testing.T) {
	const limit = 3
	e := openEngine(t, Config{MaxConns: limit})
	_, conns := join(t, e)
	x := add(t, e, Source{Infohash: [20]byte{7}, Dir: t.TempDir()})
	until(t, "strangers are let in", func() bool { return x.slot().live() })
	for i := range limit {
		visitAs(t, e, x.Infohash(), fmt.Sprintf("127.0.1.%d", 1+i), [20]byte{byte(i), 1})
	}
	until(t, "they are connected", func() bool { return len(e.linksOf(x.slot())) == limit })
	more := visitAs(t, e, x.Infohash(), "127.0.2.1", [20]byte{9})
	hungUp(t, more.conn)
	if n := len(e.linksOf(x.slot())); n != limit {
		t.Errorf("%d connections; want the bound %d", n, limit)
	}
	friend := visitAs(t, e, meeting, "127.0.2.2", [20]byte{8})
	friend.hello(1)
	receive(t, "a session above the limit", conns)

	until(t, "who was refused is gone", func() bool { return e.sockets.Conns() == limit+1 })
	e.SetMaxConns(limit + 2)
	visitAs(t, e, x.Infohash(), "127.0.2.3", [20]byte{10})
	until(t, "one more is connected", func() bool { return len(e.linksOf(x.slot())) == limit+1 })
}

// TestSocketsAreBounded: whatever strangers do, there are only so many.
func TestSocketsAreBounded(t *testing.T) {
	const limit = 5
	e := openEngine(t, Config{MaxConns: limit})
	for range limit + transport.ReservedConns + 50 {
		c, err := net.Dial("tcp", e.Addr().String()) // and says nothing
		if err != nil && !isReset(err) {
			t.Fatal(err)
		}
		if err == nil {
			defer c.Close()
		}
	}
	until(t, "all are there", func() bool { return e.sockets.Conns() == limit+transport.ReservedConns })
	if last, err := net.Dial("tcp", e.Addr().String()); err == nil {
		defer last.Close()
		hungUp(t, last)
	} else if !isReset(err) {
		t.Fatal(err)
	}
	if n := e.sockets.Conns(); n > limit+transport.ReservedConns {
		t.Errorf("%d connections; want at most %d", n, limit+transport.ReservedConns)
	}
}

// TestLimitsHoldForDownloads: what a limited seeder sends passed its groups.
func TestLimitsHoldForDownloads(t *testing.T) {
	files, there := someFiles(), t.TempDir()
	raw := share(t, there, "album", files)
	fast := Limits{Up: 64 << 20, Down: 64 << 20} // this one is in real time
	seeder, leecher := openEngine(t, Config{Limits: fast}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	up.SetLimits(Limits{Up: 32 << 20})
	wait(t, up)
	x := add(t, leecher, Source{File: raw, Dir: t.TempDir(), Peers: addrs(seeder)})
	wait(t, x)
	length := x.Progress().Length
	for name, group := range map[string]*transport.Group{
		"all of the seeder": seeder.sockets.All(), "the seeder's torrent": up.group,
	} {
		if sent, _ := group.Totals(); sent < length {
			t.Errorf("%s: %d bytes passed of %d", name, sent, length)
		}
	}
	if _, got := x.group.Totals(); got < length {
		t.Errorf("the torrent received %d bytes of %d", got, length)
	}
	if seeder.Limits() != fast || up.Limits() != (Limits{Up: 32 << 20}) || leecher.Limits() != (Limits{}) {
		t.Errorf("limits %v, %v, %v", seeder.Limits(), up.Limits(), leecher.Limits())
	}
}
