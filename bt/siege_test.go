package bt

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/anacrolix/torrent"
)

// visitAs handshakes with e from an address of its own and under any peer id.
func visitAs(t *testing.T, e *Engine, infohash [20]byte, from string, id [20]byte) *stranger {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(testContext(t), "tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &stranger{t, conn}
	s.write([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x04"), infohash[:], id[:])
	return s
}

// TestStolenPeerID: whoever claims the peer id of one that is connected does not
// end its connection, whichever of the two dialled.
func TestStolenPeerID(t *testing.T) {
	for range 4 { // ids are random, and decide which direction is preferred
		victim, honest := openEngine(t, Config{}), openEngine(t, Config{})
		atVictim, conns := join(t, victim)
		atHonest, theirs := join(t, honest)
		if victim.client.PeerID()[8]%2 == 0 {
			atVictim.Dial(honest.Addr())
		} else {
			atHonest.Dial(victim.Addr())
		}
		conn, other := receive(t, "the honest session", conns), receive(t, "its other end", theirs)
		for i := range 4 {
			thief := visitAs(t, victim, meeting, fmt.Sprintf("127.0.0.%d", 2+i), honest.client.PeerID())
			if _, err := io.ReadFull(thief.conn, make([]byte, 68)); err != nil {
				t.Fatal(err)
			}
			thief.hello(1)
			receive(t, "the thief's own session", conns)
		}
		if err := other.Send([]byte("still here")); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, "a message of the honest one", conn.Recv()); string(got) != "still here" {
			t.Errorf("got %q", got)
		}
	}
}

// TestAThousandConnections at once, to a node that has a friend.
func TestAThousandConnections(t *testing.T) {
	const thousand, atOnce = 1000, 100
	victim, honest := openEngine(t, Config{}), openEngine(t, Config{})
	sw, conns := join(t, victim)
	atHonest, theirs := join(t, honest)
	atHonest.Dial(victim.Addr())
	conn, other := receive(t, "the honest session", conns), receive(t, "its other end", theirs)
	var wg sync.WaitGroup
	for part := range atOnce {
		wg.Go(func() {
			for i := range thousand / atOnce {
				n := part*(thousand/atOnce) + i
				s := visitAs(t, victim, meeting, fmt.Sprintf("127.0.%d.%d", 1+n/250, 1+n%250), [20]byte{byte(n), byte(n >> 8), 1})
				_, _ = io.ReadFull(s.conn, make([]byte, 68))
			}
		})
	}
	wg.Wait()
	if n := len(victim.linksOf(sw.s)); n != DefaultSwarmPeers {
		t.Errorf("%d connections; want the bound %d", n, DefaultSwarmPeers)
	}
	until(t, "the others are closed", func() bool {
		victim.mu.Lock()
		defer victim.mu.Unlock()
		return len(victim.mu.links) == DefaultSwarmPeers
	})
	if err := other.Send([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, "a message of the honest one", conn.Recv()); string(got) != "still here" {
		t.Errorf("got %q", got)
	}
}

// TestInfohashAfterInfohash: one network can make us load its share of torrents
// and no more, and another is served as before.
func TestInfohashAfterInfohash(t *testing.T) {
	list := tinies(3 * DefaultMaxPerSource)
	victim := openEngine(t, Config{OnDemand: newShelf(list...)})
	for i, x := range list[1:] {
		s := visitAs(t, victim, x.infohash, "127.0.0.2", [20]byte{byte(i), byte(i >> 8), 2})
		_, _ = io.ReadFull(s.conn, make([]byte, 68)) // hung up on once there are enough
		if n := victim.Loaded(); n > DefaultMaxPerSource {
			t.Fatalf("%d torrents are loaded for one network; at most %d may be", n, DefaultMaxPerSource)
		}
	}
	if n := victim.Loaded(); n != DefaultMaxPerSource {
		t.Errorf("%d torrents are loaded; want the bound %d", n, DefaultMaxPerSource)
	}
	x := list[0]
	s := visitAs(t, victim, x.infohash, "127.0.1.1", [20]byte{3}) // another /24
	if _, err := io.ReadFull(s.conn, make([]byte, 68)); err != nil {
		t.Fatalf("another network is not served: %v", err)
	}
	s.hello(1)
	s.extended(3, "d8:msg_typei0e5:piecei0ee")
	if got := s.nextMetadata(); !bytes.HasSuffix([]byte(got), x.info) {
		t.Errorf("got %q", got)
	}
}

// TestInfohashesOfManyNetworks: all networks together can make us load a fixed
// number of torrents.
func TestInfohashesOfManyNetworks(t *testing.T) {
	list := tinies(DefaultMaxLoaded + 50)
	victim := openEngine(t, Config{OnDemand: newShelf(list...)})
	for i, x := range list {
		s := visitAs(t, victim, x.infohash, fmt.Sprintf("127.0.%d.1", 1+i%200), [20]byte{byte(i), byte(i >> 8), 2})
		_, _ = io.ReadFull(s.conn, make([]byte, 68))
		if n := victim.Loaded(); n > DefaultMaxLoaded {
			t.Fatalf("%d torrents are loaded; at most %d may be", n, DefaultMaxLoaded)
		}
	}
	if n := victim.Loaded(); n != DefaultMaxLoaded {
		t.Errorf("%d torrents are loaded; want the bound %d", n, DefaultMaxLoaded)
	}
}

// TestPeerThatDoesNotRead: whatever is sent to it, little waits in memory, and it
// goes on when the peer does.
func TestPeerThatDoesNotRead(t *testing.T) {
	e := openEngine(t, Config{})
	_, conns := join(t, e)
	s := visit(t, e, meeting)
	s.hello(1)
	conn := receive(t, "the session", conns)
	const total = 40 << 20 // more than any socket buffers
	payload := make([]byte, 60_000)
	sent := make(chan error, 1)
	progress := make(chan int64, total/len(payload)+1)
	go func() {
		for range total / len(payload) {
			if err := conn.Send(payload); err != nil {
				sent <- err
				return
			}
			progress <- conn.Pending()
		}
		sent <- nil
	}()
	full := false
	until(t, "the queue is full", func() bool {
		full = conn.Pending()+int64(len(payload)) > MaxPendingBytes
		return full || len(sent) > 0
	})
	if !full {
		t.Fatalf("%d MiB were sent to who does not read", total>>20)
	}
	go func() { _, _ = io.Copy(io.Discard, s.conn) }()
	if err := receive(t, "the rest is sent", sent); err != nil {
		t.Error(err)
	}
	until(t, "nothing waits", func() bool { return conn.Pending() == 0 })
	for len(progress) > 0 {
		if n := <-progress; n > MaxPendingBytes+int64(len(payload)) {
			t.Fatalf("%d bytes waited; at most %d may", n, MaxPendingBytes)
		}
	}
}

func TestConnectionsOfOnePlaceAreBounded(t *testing.T) {
	links := make(map[*torrent.PeerConn]*link)
	from := func(a string) netip.AddrPort { return netip.MustParseAddrPort(a) }
	for i := range MaxPerAddress {
		if crowded(links, from("203.0.113.1:1").Addr()) || crowded(links, from("[2001:db8::1]:1").Addr()) {
			t.Fatalf("crowded by %d", i)
		}
		links[new(torrent.PeerConn)] = &link{remote: from("203.0.113.1:1")}
		links[new(torrent.PeerConn)] = &link{remote: from(fmt.Sprintf("[2001:db8::%d]:1", i+1))}
		links[new(torrent.PeerConn)] = &link{remote: from("192.168.1.1:1")}
	}
	for addr, want := range map[string]bool{
		"203.0.113.1:7": true, "[2001:db8::ffff]:7": true, "203.0.113.2:7": false, "[2001:db8:0:1::1]:7": false,
		"192.168.1.1:7": false, "127.0.0.1:7": false,
	} {
		if got := crowded(links, from(addr).Addr()); got != want {
			t.Errorf("%s is crowded: %v", addr, got)
		}
	}
}
