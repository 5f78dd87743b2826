package bt

import (
	"net/netip"
	"testing"
	"time"
)

// TestSeedsRest: a torrent that has everything leaves seeds alone for long, and dials them again when it lacks
// something.
func TestSeedsRest(t *testing.T) {
	b := newBook(roleDownload)
	seed, other := address(1), address(2)
	b.add([]netip.AddrPort{seed, other})
	now := time.Unix(1e9, 0)
	dialled := func(at time.Time, complete bool) (list []netip.AddrPort) {
		peers, wait := b.due(at, nil, complete)
		for _, p := range peers {
			list = append(list, addrOf(p.Addr))
		}
		if wait <= 0 || wait > b.wait.most {
			t.Errorf("look again after %v", wait)
		}
		return list
	}
	if got := dialled(now, true); len(got) != 2 {
		t.Fatalf("nobody is known to be a seed, and %v is dialled", got)
	}
	b.rest(seed, now)
	b.rest(address(3), now) // one that nobody named
	for at := now.Add(b.wait.most); at.Before(now.Add(seedRest)); at = at.Add(b.wait.most) {
		if got := dialled(at, true); len(got) != 1 || got[0] != other {
			t.Fatalf("%v is dialled after %v", got, at.Sub(now))
		}
	}
	b.again()
	if got := dialled(now.Add(seedRest-1), true); len(got) != 1 || got[0] != other {
		t.Errorf("a new round dials %v", got)
	}
	if got := dialled(now.Add(seedRest-1), false); len(got) != 1 || got[0] != seed {
		t.Errorf("what lacks something dials %v", got)
	}
	if got := dialled(now.Add(seedRest+b.wait.most), true); len(got) != 2 {
		t.Errorf("after a long time %v is dialled", got)
	}
}

// TestTwoSeedsPart: of two complete torrents that meet, each learns that the other has everything, be it from the start
// or when a download is done.
func TestTwoSeedsPart(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	one, two, late := openEngine(t, Config{}), openEngine(t, Config{}), openEngine(t, Config{})
	x, y := add(t, one, Source{File: raw, Dir: there}), add(t, two, Source{File: raw, Dir: there})
	wait(t, x)
	wait(t, y)
	rests := func(t *Torrent, other *Engine) func() bool {
		return func() bool {
			t.book.mu.Lock()
			defer t.book.mu.Unlock()
			p := t.book.pages[other.Addr()]
			return p != nil && !p.rests.IsZero()
		}
	}
	x.Dial(two.Addr())
	until(t, "the one that dialled knows", rests(x, two))
	z := add(t, late, Source{File: raw, Dir: t.TempDir(), Peers: addrs(one)})
	wait(t, z)
	until(t, "the one that downloaded knows", rests(z, one))
}
