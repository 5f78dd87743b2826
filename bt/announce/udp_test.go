package announce

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeUDP is a UDP tracker whose answers a test gives. Connections are valid until forget.
type fakeUDP struct {
	conn     net.PacketConn
	id       atomic.Uint64
	connects atomic.Int32
	answer   func(action uint32, body []byte) (uint32, []byte) // after the head
}

func serveUDP(t *testing.T, network, address string, answer func(action uint32, body []byte) (uint32, []byte)) (*fakeUDP, *url.URL) {
	t.Helper()
	conn, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	f := &fakeUDP{conn: conn, answer: answer}
	f.id.Store(77)
	go f.serve()
	u, err := url.Parse("udp://" + conn.LocalAddr().String() + "/announce?auth=k")
	if err != nil {
		t.Fatal(err)
	}
	return f, u
}

func (f *fakeUDP) serve() {
	b := make([]byte, 4096)
	for {
		n, from, err := f.conn.ReadFrom(b)
		if err != nil {
			return
		}
		connection, action, t := binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
		var body []byte
		switch {
		case action == actionConnect && connection == connectMagic:
			f.connects.Add(1)
			body = binary.BigEndian.AppendUint64(nil, f.id.Load())
		case connection != f.id.Load():
			action, body = actionError, []byte("Connection ID missmatch.\x00")
		default:
			action, body = f.answer(action, b[16:n])
		}
		if body == nil {
			continue
		}
		out := binary.BigEndian.AppendUint32(nil, action)
		out = binary.BigEndian.AppendUint32(out, t)
		f.conn.WriteTo(append(out, body...), from)
	}
}

func be32(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func newUDP(t *testing.T) *udpClient {
	t.Helper()
	c := newUDPClient(withDefaults(Config{}))
	t.Cleanup(c.close)
	return c
}

func TestUDPAnnounce(t *testing.T) {
	req := Request{
		Infohash: [20]byte{1}, PeerID: [20]byte{2}, Port: 6881, Uploaded: 3, Downloaded: 4, Left: 5, Event: Paused,
		Key: 6, NumWant: 7,
	}
	for _, c := range []struct{ network, address, peers, want string }{
		{"udp4", "127.0.0.1:0", "\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x1a\xe1rest", "[1.2.3.4:6881 5.6.7.8:6881]"},
		{"udp6", "[::1]:0", " \x01\r\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1a\xe1", "[[2001:db8::1]:6881]"},
	} {
		f, u := serveUDP(t, c.network, c.address, func(action uint32, b []byte) (uint32, []byte) {
			if action == actionScrape {
				return action, be32(5, 50, 10)
			}
			head := append(append([]byte(nil), req.Infohash[:]...), req.PeerID[:]...)
			head = append(head, be32(0, 4, 0, 5, 0, 3, 0, 0, 6, 7)...)
			head = append(append(head, 6881>>8, 6881&0xff), "\x02\x10/announce?auth=k"...)
			if string(b) != string(head) {
				t.Errorf("announced %x, want %x", b, head)
			}
			return action, append(be32(900, 2, 1), c.peers...)
		})
		client := newUDP(t)
		a, err := client.announce(context.Background(), u, req)
		if err != nil || fmt.Sprint(a.Peers) != c.want || a.Interval != 15*time.Minute || a.Leechers != 2 || a.Seeders != 1 || a.Downloaded != -1 {
			t.Fatalf("%+v, %v", a, err)
		}
		if n, err := client.scrape(context.Background(), u, req.Infohash); err != nil || n != (Counts{5, 10, 50}) {
			t.Errorf("scrape %+v, %v", n, err)
		}
		if n := f.connects.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
		f.id.Store(78) // the tracker forgets
		if _, err := client.announce(context.Background(), u, req); err != nil || f.connects.Load() != 2 {
			t.Errorf("after the tracker forgot: %v, %d connections", err, f.connects.Load())
		}
	}
}

func TestUDPHostileAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		action uint32
		body   []byte
		kind   error
		says   string
	}{
		{"too short", actionAnnounce, []byte("aaaa"), ErrAnswer, "4 bytes"},
		{"another action", actionScrape, be32(1, 2, 3), ErrAnswer, "action 2"},
		{"refused", actionError, []byte("go\x1b away"), nil, "the tracker says: go? away"},
	} {
		_, u := serveUDP(t, "udp4", "127.0.0.1:0", func(uint32, []byte) (uint32, []byte) { return c.action, c.body })
		_, err := newUDP(t).announce(context.Background(), u, Request{})
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, u := serveUDP(t, "udp4", "127.0.0.1:0", func(uint32, []byte) (uint32, []byte) {
		return actionAnnounce, append(be32(0xffffffff, 0xfffffff0, 0xfffffff0), make([]byte, 6*2)...)
	})
	a, err := newUDP(t).announce(context.Background(), u, Request{})
	if err != nil || a.Interval != 0 || a.Seeders != -1 || a.Leechers != -1 || len(a.Peers) != 0 {
		t.Errorf("negative numbers: %+v, %v", a, err)
	}
	if peers, err := compact([]byte(strings.Repeat("\x01\x02\x03\x04\x05\x06", MaxPeers+1)), 4, MaxPeers); err != nil || len(peers) != MaxPeers {
		t.Errorf("%d peers, %v", len(peers), err)
	}
}

// TestUDPStranger: an answer from another address is none, though it has the transaction's id.
func TestUDPStranger(t *testing.T) {
	s := &udpSocket{waiting: make(map[uint32]*udpWait)}
	from := netip.MustParseAddrPort("1.2.3.4:5")
	id, w, err := s.expect(from)
	if err != nil {
		t.Fatal(err)
	}
	s.deliver(netip.MustParseAddrPort("1.2.3.4:6"), be32(actionAnnounce, id))
	s.deliver(from, be32(actionAnnounce, id+1))
	if len(w.answer) != 0 {
		t.Fatal("a stranger answered")
	}
	s.deliver(from, be32(actionAnnounce, id))
	if len(w.answer) != 1 || len(s.waiting) != 0 {
		t.Error("the tracker's answer was lost")
	}
}

// silence is a socket that nobody answers.
type silence struct {
	net.PacketConn
	sent chan time.Time
	done chan struct{}
	once sync.Once
}

func (s *silence) WriteTo([]byte, net.Addr) (int, error) { s.sent <- time.Now(); return 0, nil }
func (s *silence) ReadFrom([]byte) (int, net.Addr, error) {
	<-s.done
	return 0, nil, net.ErrClosed
}
func (s *silence) Close() error { s.once.Do(func() { close(s.done) }); return nil }

func TestUDPSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc := &silence{sent: make(chan time.Time, 10), done: make(chan struct{})}
		c := newUDPClient(withDefaults(Config{ListenPacket: func(string, string) (net.PacketConn, error) { return pc, nil }}))
		c.resolve = func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
		}
		began := time.Now()
		_, err := c.announce(context.Background(), mustParse(t, "udp://t:1"), Request{})
		if took := time.Since(began); !errors.Is(err, ErrTimeout) || took != 35*time.Second || len(pc.sent) != udpTries {
			t.Errorf("%v after %v and %d packets", err, took, len(pc.sent))
		}
		pc.Close()
	})
}
