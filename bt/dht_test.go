package bt

import (
	"errors"
	"testing"

	"github.com/anacrolix/dht/v2/krpc"
)

func TestPeersMeetByDHT(t *testing.T) {
	hub := openEngine(t, Config{DHT: true})
	member := func() *Engine {
		return openEngine(t, Config{DHT: true, Bootstrap: []string{hub.Addr().String()}})
	}
	a, b := member(), member()
	_, atA := join(t, a)
	// The second looks when the first is known.
	until(t, "the first is announced", func() bool {
		return len(hub.peers.GetPeers(meeting)) > 0
	})
	_, atB := join(t, b)
	ca, cb := receive(t, "the session at a", atA), receive(t, "the session at b", atB)
	if ca.ListenAddr() != b.Addr() || cb.ListenAddr() != a.Addr() {
		t.Errorf("met %v and %v, want %v and %v", ca.ListenAddr(), cb.ListenAddr(), b.Addr(), a.Addr())
	}
}

func TestPeerStoreIsBounded(t *testing.T) {
	s := newPeerStore()
	addr := func(i int) krpc.NodeAddr {
		return krpc.NodeAddr{IP: []byte{10, 0, byte(i >> 8), byte(i)}, Port: 1000}
	}
	for i := range 2 * MaxStoredPeers {
		s.AddPeer(meeting, addr(i))
		s.AddPeer(meeting, addr(i))
	}
	if n := len(s.GetPeers(meeting)); n != MaxStoredPeers {
		t.Errorf("%d peers of one infohash, want %d", n, MaxStoredPeers)
	}
	for i := range 2 * MaxStoredHashes {
		s.AddPeer([20]byte{byte(i), byte(i >> 8), 1}, addr(1))
	}
	if n := len(s.peers); n != MaxStoredHashes {
		t.Errorf("%d infohashes, want %d", n, MaxStoredHashes)
	}
}

// TestAnnounceWithoutATorrent: what is served on demand is found by who asks the DHT
// for it, and no torrent is made for that.
func TestAnnounceWithoutATorrent(t *testing.T) {
	hub := openEngine(t, Config{DHT: true})
	a := openEngine(t, Config{DHT: true, Bootstrap: []string{hub.Addr().String()}})
	infohash := [20]byte{'o', 'n', 'c', 'e'}
	until(t, "a node of the DHT is known", func() bool { return a.DHTNodes() > 0 })
	if err := a.Announce(t.Context(), infohash); err != nil {
		t.Fatal(err)
	}
	peers := hub.peers.GetPeers(infohash)
	if len(peers) != 1 || peers[0].Port != int(a.Addr().Port()) {
		t.Errorf("the DHT knows %v, want port %d", peers, a.Addr().Port())
	}
	if n := a.Loaded(); n != 0 {
		t.Errorf("%d torrents were loaded", n)
	}
	alone := openEngine(t, Config{})
	if err := alone.Announce(t.Context(), infohash); !errors.Is(err, ErrNoDHT) {
		t.Errorf("without a DHT: %v", err)
	}
}
