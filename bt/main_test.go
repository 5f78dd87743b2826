package bt

import (
	"context"
	"crypto/sha1"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
	"go.uber.org/goleak"
)

// patience ends a test that hangs; no test waits for it to pass.
const patience = 60 * time.Second

// The library leaves these behind a closed client, by name of what they wait in. Ours are not among them.
func libraryLeftovers() []goleak.Option {
	return []goleak.Option{
		// Waits 15 minutes at a time.
		goleak.IgnoreAnyFunction("github.com/anacrolix/torrent.(*Client).acceptLimitClearer"),
		// A query under way at the end waits for its answer, and the server for its query.
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2.(*Server).Query"),
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2.(*Server).transactionQuerySender"),
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2.(*Server).serveUntilClosed"),
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2/traversal.(*Operation).run"),
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2/traversal.(*Operation).startQuery.func1.2"),
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2.(*Server).BootstrapContext"),
		// One for the process.
		goleak.IgnoreAnyFunction("github.com/anacrolix/dht/v2.dnsResolverRefresher"),
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, libraryLeftovers()...) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// openEngine opens an engine on loopback that is closed when the test ends.
func openEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	if cfg.Listen == "" && cfg.Proxy == "" && cfg.Tor == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	e, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// tiny is a torrent of one small file.
type tiny struct {
	infohash   [20]byte
	info, data []byte
}

func newTiny(name string, data []byte) tiny {
	const piece = 16 << 10
	info := metainfo.Info{Name: name, Length: int64(len(data)), PieceLength: piece}
	for at := 0; at < len(data); at += piece {
		h := sha1.Sum(data[at:min(at+piece, len(data))])
		info.Pieces = append(info.Pieces, h[:]...)
	}
	raw := bencode.MustMarshal(&info)
	return tiny{sha1.Sum(raw), raw, data}
}

func tinies(n int) []tiny {
	list := make([]tiny, n)
	for i := range list {
		list[i] = newTiny(fmt.Sprintf("tx%d", i), []byte(fmt.Sprintf("content of transaction %d, %0300d", i, i)))
	}
	return list
}

// shelf is a source of torrents that counts its questions.
type shelf struct {
	byHash map[[20]byte]tiny
	asked  chan [20]byte // when not nil, gets every question
}

func newShelf(list ...tiny) *shelf {
	s := &shelf{byHash: make(map[[20]byte]tiny)}
	for _, x := range list {
		s.byHash[x.infohash] = x
	}
	return s
}

func (s *shelf) Lookup(h [20]byte) (info, data []byte, ok bool) {
	if s.asked != nil {
		s.asked <- h
	}
	x, ok := s.byHash[h]
	return x.info, x.data, ok
}

func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
	panic("unreachable")
}

func addrs(engines ...*Engine) []netip.AddrPort {
	var list []netip.AddrPort
	for _, e := range engines {
		list = append(list, e.Addr())
	}
	return list
}

// until waits for a condition that has no event to wait for, by looking again and again.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
