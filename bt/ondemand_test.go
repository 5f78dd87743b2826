package bt

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"
)

const maxTiny = 16 << 10

// fetch gets x from the engines and checks it.
func fetch(t *testing.T, by *Engine, x tiny, from ...*Engine) {
	t.Helper()
	info, data, err := by.FetchSmall(testContext(t), x.infohash, addrs(from...), maxTiny)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(info, x.info) || !bytes.Equal(data, x.data) {
		t.Errorf("fetched %d + %d bytes, want %d + %d, or they differ", len(info), len(data), len(x.info), len(x.data))
	}
}

func TestFetchOnDemandWithoutLiveTorrent(t *testing.T) {
	list := tinies(50)
	server, by := openEngine(t, Config{OnDemand: newShelf(list...)}), openEngine(t, Config{})
	if n := server.Loaded(); n != 0 {
		t.Fatalf("%d live before anybody asked", n)
	}
	var wg sync.WaitGroup
	for _, x := range list {
		wg.Go(func() { fetch(t, by, x, server) })
	}
	wg.Wait()
	by.mu.Lock()
	defer by.mu.Unlock()
	if n := len(by.mu.slots); n != 0 {
		t.Errorf("%d torrents live after they were fetched", n)
	}
}

func TestFetchOfSeveralPieces(t *testing.T) {
	x := newTiny("three pieces", bytes.Repeat([]byte("0123456789"), 4000))
	server, by := openEngine(t, Config{OnDemand: newShelf(x)}), openEngine(t, Config{})
	_, data, err := by.FetchSmall(testContext(t), x.infohash, addrs(server), len(x.data))
	if err != nil || !bytes.Equal(data, x.data) {
		t.Errorf("fetched %d bytes, %v", len(data), err)
	}
	_, _, err = by.FetchSmall(testContext(t), x.infohash, addrs(server), len(x.data)-1)
	if !errors.Is(err, ErrNotSmall) {
		t.Errorf("fetching one byte too many: %v", err)
	}
}

func TestFetchFromOwnSource(t *testing.T) {
	x := tinies(1)[0]
	fetch(t, openEngine(t, Config{OnDemand: newShelf(x)}), x)
}

func TestUnknownInfohashCostsNothing(t *testing.T) {
	known := tinies(1)[0]
	source := newShelf(known)
	source.asked = make(chan [20]byte, 100)
	server, by := openEngine(t, Config{OnDemand: source}), openEngine(t, Config{})
	unknown := newTiny("unknown", []byte("unknown"))
	ctx, cancel := context.WithCancel(testContext(t))
	failed := make(chan error, 1)
	go func() {
		_, _, err := by.FetchSmall(ctx, unknown.infohash, addrs(server), maxTiny)
		failed <- err
	}()
	if got := receive(t, "the question", source.asked); got != unknown.infohash {
		t.Errorf("asked for %x", got)
	}
	receive(t, "a second question", source.asked) // the first connection is over
	if n := server.Loaded(); n != 0 {
		t.Errorf("%d torrents live for an unknown infohash", n)
	}
	cancel()
	if err := receive(t, "the end of the fetch", failed); !errors.Is(err, context.Canceled) {
		t.Errorf("the fetch ended with %v", err)
	}
	source.asked = nil
	fetch(t, by, known, server) // and its address is not punished
}

func TestIdleTorrentsAreDropped(t *testing.T) {
	list := tinies(5)
	server := openEngine(t, Config{OnDemand: newShelf(list...), Idle: 50 * time.Millisecond})
	by := openEngine(t, Config{})
	for _, x := range list {
		fetch(t, by, x, server)
	}
	until(t, "nothing is loaded", func() bool { return server.Loaded() == 0 })
	fetch(t, by, list[0], server) // and is loaded again
}

func TestLoadedTorrentsAreCapped(t *testing.T) {
	const most = 3
	list := tinies(12)
	server := openEngine(t, Config{OnDemand: newShelf(list...), MaxLoaded: most, MaxPerSource: most, Idle: time.Hour})
	for i, x := range list {
		server.load(x.infohash, sourceOf(netip.MustParseAddrPort("192.0.2.1:1")))
		if n := server.Loaded(); n != min(i+1, most) {
			t.Fatalf("%d loaded after %d questions, want at most %d", n, i+1, most)
		}
	}
	// All of it is served nonetheless, as what is unused gives way.
	by := openEngine(t, Config{})
	for _, x := range list {
		fetch(t, by, x, server)
	}
	if n := server.Loaded(); n > most {
		t.Errorf("%d loaded, want at most %d", n, most)
	}
}

func TestOneSourceCannotTakeAll(t *testing.T) {
	list := tinies(6)
	server := openEngine(t, Config{OnDemand: newShelf(list...), MaxLoaded: 4, MaxPerSource: 2, Idle: time.Hour})
	greedy, other := netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")
	for _, x := range list[:4] {
		server.load(x.infohash, greedy)
	}
	if n := server.Loaded(); n != 2 {
		t.Errorf("%d loaded for one source, want 2", n)
	}
	for _, x := range list[4:] {
		server.load(x.infohash, other)
	}
	if n := server.Loaded(); n != 4 {
		t.Errorf("%d loaded for two sources, want 4", n)
	}
}

func TestSourceOf(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.77:5":      "192.0.2.0/24",
		"[2001:db8:1:2::]:": "2001:db8:1::/48",
	} {
		a, err := netip.ParseAddrPort(addr)
		if err != nil {
			a = netip.MustParseAddrPort(addr + "9")
		}
		if got := sourceOf(a).String(); got != want {
			t.Errorf("source of %v is %v, want %v", a, got, want)
		}
	}
	if got := sourceOf(netip.AddrPort{}); got.IsValid() {
		t.Errorf("source of no address is %v", got)
	}
}

func TestHotKeysAreBounded(t *testing.T) {
	e := openEngine(t, Config{})
	for i := range 2 * MaxHotKeys {
		e.Heat([20]byte{byte(i), byte(i >> 8), 1})
		e.Heat([20]byte{byte(i), byte(i >> 8), 1})
	}
	if n := len(e.keys()); n != MaxHotKeys {
		t.Errorf("%d keys, want %d", n, MaxHotKeys)
	}
	if len(e.hot.has) != MaxHotKeys {
		t.Errorf("%d in the index, want %d", len(e.hot.has), MaxHotKeys)
	}
	join(t, e)
	if n := len(e.keys()); n != MaxHotKeys+1 {
		t.Error("the rendezvous is not among the keys")
	}
}

func TestPeerMetOnTinyTorrent(t *testing.T) {
	x := tinies(1)[0]
	type met struct {
		infohash [20]byte
		addr     netip.AddrPort
	}
	atServer, atFetcher := make(chan met, 8), make(chan met, 8)
	tell := func(c chan met) func([20]byte, netip.AddrPort) {
		return func(h [20]byte, a netip.AddrPort) { c <- met{h, a} }
	}
	server := openEngine(t, Config{OnDemand: newShelf(x), OnPeer: tell(atServer)})
	by := openEngine(t, Config{OnPeer: tell(atFetcher)})
	fetch(t, by, x, server)
	if got, want := receive(t, "the fetcher at the server", atServer), (met{x.infohash, by.Addr()}); got != want {
		t.Errorf("the server met %v, want %v", got, want)
	}
	if got, want := receive(t, "the server at the fetcher", atFetcher), (met{x.infohash, server.Addr()}); got != want {
		t.Errorf("the fetcher met %v, want %v", got, want)
	}
}

func TestFetchWaitsForAPeer(t *testing.T) {
	x := tinies(1)[0]
	// The port is free again when the first engine is closed; the fetch dials it meanwhile.
	first := openEngine(t, Config{})
	at := first.Addr()
	if err := first.Close(testContext(t)); err != nil {
		t.Fatal(err)
	}
	by := openEngine(t, Config{})
	got := make(chan error, 1)
	go func() {
		_, _, err := by.FetchSmall(testContext(t), x.infohash, []netip.AddrPort{at}, maxTiny)
		got <- err
	}()
	until(t, "the peer was dialled in vain", func() bool {
		by.mu.Lock()
		s := by.mu.slots[x.infohash]
		by.mu.Unlock()
		return s != nil && fails(s.book, at) > 0
	})
	openEngine(t, Config{Listen: at.String(), OnDemand: newShelf(x)})
	if err := receive(t, "the fetch", got); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsFetch(t *testing.T) {
	e := openEngine(t, Config{})
	got := make(chan error, 1)
	go func() {
		_, _, err := e.FetchSmall(context.Background(), [20]byte{1}, nil, maxTiny)
		got <- err
	}()
	until(t, "the fetch has begun", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.mu.slots) == 1
	})
	if err := e.Close(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, "the end of the fetch", got); !errors.Is(err, ErrClosed) {
		t.Errorf("the fetch ended with %v", err)
	}
	if _, err := e.Join(meeting, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("joining after the end: %v", err)
	}
}
