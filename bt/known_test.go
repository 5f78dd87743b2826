package bt

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/anacrolix/torrent"
)

func address(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 6881)
}

// TestKnownPeersAreBounded: the last that were met stay, and the book of a torrent cannot be made larger by more.
func TestKnownPeersAreBounded(t *testing.T) {
	b := newBook(roleDownload)
	begin := time.Unix(1e9, 0)
	for i := range 2 * MaxKnownPeers {
		b.meet(address(i), begin.Add(time.Duration(i)*time.Second))
	}
	b.meet(netip.AddrPort{}, begin)
	if n := b.count(); n != MaxKnownPeers {
		t.Errorf("%d are known, of at most %d", n, MaxKnownPeers)
	}
	b.add([]netip.AddrPort{address(0), address(2*MaxKnownPeers - 1)})
	if n := b.count(); n != MaxKnownPeers+1 {
		t.Errorf("%d are known; want %d: one of them was met", n, MaxKnownPeers+1)
	}
	known := b.known(map[netip.AddrPort]bool{address(1): true})
	want := []netip.AddrPort{address(1)}
	for i := range MaxKnownPeers - 1 {
		want = append(want, address(2*MaxKnownPeers-1-i))
	}
	if !slices.Equal(known, want) {
		t.Errorf("known are %v", known)
	}
}

// TestKnownPeersThatFail are forgotten when strangers named them, and stay last when the user did.
func TestKnownPeersThatFail(t *testing.T) {
	b := newBook(roleDownload)
	given, found, good := address(1), address(2), address(3)
	b.add([]netip.AddrPort{given})
	b.found([]netip.AddrPort{found, good}, torrent.PeerSourceTracker)
	now := time.Unix(1e9, 0)
	for range maxFoundFails {
		b.due(now, map[netip.AddrPort]bool{good: true}, false)
		now = now.Add(b.wait.most)
	}
	if known := b.known(nil); !slices.Equal(known, []netip.AddrPort{good, given}) {
		t.Errorf("known are %v", known)
	}
	b.again()
	b.due(now, nil, false)
	for a, p := range b.pages {
		if (p.source == torrent.PeerSourceDirect) != (a == given) {
			t.Errorf("a new round makes the source of %s %q", a, p.source)
		}
	}
}

// TestKnownPeersOfASwarm: whoever dialled us, and said where it listens, is known, and dialled in a later run.
func TestKnownPeersOfASwarm(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	wait(t, x)
	if known := x.KnownPeers(); !slices.Equal(known, addrs(seeder)) {
		t.Errorf("the leecher knows %v; want %v", known, addrs(seeder))
	}
	if n := x.Progress().Known; n != 1 {
		t.Errorf("%d are known; want 1", n)
	}
	until(t, "the seeder knows where the leecher listens", func() bool { return slices.Equal(up.KnownPeers(), addrs(leecher)) })
	known := up.KnownPeers()
	x.Drop()
	up.Drop()

	wait(t, add(t, seeder, Source{File: raw, Dir: there, KnownPeers: known}))
	y := add(t, leecher, Source{File: raw, Dir: t.TempDir()})
	wait(t, y) // nothing else brings them together
}
