package fetch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// swarm is a swarm of torrents in memory.
type swarm struct {
	mu      sync.Mutex
	data    map[tx.Infohash][]byte
	asked   map[tx.Infohash][]time.Time
	running int
	most    int
	hold    chan struct{} // if set, each answer takes one element
}

func newSwarm(txs ...*tx.Tx) *swarm {
	s := &swarm{data: make(map[tx.Infohash][]byte), asked: make(map[tx.Infohash][]time.Time)}
	for _, t := range txs {
		s.data[t.Infohash()] = t.Raw()
	}
	return s
}

var errNobody = errors.New("nobody seeds it")

func (s *swarm) FetchSmall(ctx context.Context, h [20]byte, _ []netip.AddrPort, maxSize int) (info, data []byte, err error) {
	s.enter(h)
	defer s.leave()
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	if len(s.data[h]) == 0 || len(s.data[h]) > maxSize {
		return nil, nil, errNobody
	}
	return nil, slices.Clone(s.data[h]), nil
}

func (s *swarm) enter(h tx.Infohash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[h] = append(s.asked[h], time.Now())
	s.running++
	s.most = max(s.most, s.running)
}

func (s *swarm) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

// attempts returns how many were made in all.
func (s *swarm) attempts() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.asked {
		n += len(times)
	}
	return n
}

// load returns how many fetches run now, and how many ran at most at once.
func (s *swarm) load() (running, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.most
}

// times returns when a torrent was asked for.
func (s *swarm) times(h tx.Infohash) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked[h])
}

// shelf is a ledger that wants what it is told to.
type shelf struct {
	mu      sync.Mutex
	wants   []ledger.Want
	has     map[tx.ID]bool
	added   int
	changed chan struct{}
}

func newShelf(wants ...ledger.Want) *shelf {
	return &shelf{wants: wants, has: make(map[tx.ID]bool), changed: make(chan struct{})}
}

func (s *shelf) Wants() ([]ledger.Want, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.wants), s.changed
}

func (s *shelf) Has(id tx.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.has[id]
}

func (s *shelf) Add(_ context.Context, _ string, raws ...[]byte) ([]ledger.Outcome, error) {
	id, _ := tx.Identify(raws[0])
	s.mu.Lock()
	s.added++
	s.mu.Unlock()
	s.deliver(id)
	return []ledger.Outcome{{ID: id, Verdict: ledger.Accepted}}, nil
}

// deliver gives the ledger a transaction.
func (s *shelf) deliver(id tx.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.has[id] = true
	s.wants = slices.DeleteFunc(s.wants, func(w ledger.Want) bool { return w.ID == id })
	close(s.changed)
	s.changed = make(chan struct{})
}

// start runs a fetcher until the test ends, or stop was called.
func start(t *testing.T, l Ledger, s *swarm) (f *Fetcher, stop func()) {
	t.Helper()
	f = New(Config{Torrents: s, Ledger: l, Peers: func() []netip.AddrPort { return nil }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return f, stop
}

// want asks for a transaction.
func want(t *testing.T, f *Fetcher, id tx.ID, h tx.Infohash) <-chan struct{} {
	t.Helper()
	got, err := f.Want(t.Context(), id, h)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wantNumber is a want for a transaction that does not exist.
func wantNumber(n int) ledger.Want {
	return ledger.Want{
		ID: tx.ID{byte(n), byte(n >> 8)}, Infohash: tx.Infohash{byte(n), byte(n >> 8)},
		Source: Source, Since: time.Now(),
	}
}

// advance lets d pass on the bubble's clock, and everything settle.
func advance(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestALedgerIsWalkedFromOneTransaction(t *testing.T) {
	n := ledgertest.NewNetwork(8, 1)
	all := n.Chains(150, 8, rand.New(rand.NewPCG(1, 2)))
	tip := all[len(all)-1]
	s := newSwarm(all...)
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	reached := ancestors(n.Genesis.ID(), tip, all)
	sub := l.Subscribe()
	defer sub.Close()
	f, _ := start(t, l, s)
	got := want(t, f, tip.ID(), tip.Infohash())
	for !l.Has(tip.ID()) {
		<-sub.C
	}
	<-got
	if have := l.Snapshot().Transactions(); have != uint64(len(reached)+1) {
		t.Errorf("%d transactions; want %d and the genesis", have, len(reached))
	}
	for _, a := range reached {
		if asks := len(s.times(a.Infohash())); asks != 1 || !l.Has(a.ID()) {
			t.Errorf("%s: fetched %d times", a.ID(), asks)
		}
	}
	if _, most := s.load(); s.attempts() != len(reached) || most > MaxParallel {
		t.Errorf("%d torrents fetched, %d at once; want %d, at most %d at once", s.attempts(), most, len(reached), MaxParallel)
	}
}

// TestAHistoryLongerThanWhatMayWaitIsWalkedAgain: the ledger lets the top of a
// long chain go while the walk is on its way down; it is walked again until the
// root is in.
func TestAHistoryLongerThanWhatMayWaitIsWalkedAgain(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	all := n.Chains(ledger.MaxWaitingPerSource+200, 1, rand.New(rand.NewPCG(1, 2)))
	tip := all[len(all)-1]
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	sub := l.Subscribe()
	defer sub.Close()
	f, _ := start(t, l, newSwarm(all...))
	want(t, f, tip.ID(), tip.Infohash())
	for !l.Has(tip.ID()) {
		<-sub.C
	}
	if have := l.Snapshot().Transactions(); have != uint64(len(all)+1) {
		t.Errorf("%d transactions; want %d and the genesis", have, len(all))
	}
}

// ancestors returns tip and what of all it stands on, but the genesis.
func ancestors(genesis tx.ID, tip *tx.Tx, all []*tx.Tx) []*tx.Tx {
	byID := make(map[tx.ID]*tx.Tx)
	for _, a := range all {
		byID[a.ID()] = a
	}
	seen, out := map[tx.ID]bool{genesis: true, tip.ID(): true}, []*tx.Tx{tip}
	for i := 0; i < len(out); i++ {
		for _, p := range out[i].Parents() {
			if !seen[p] {
				seen[p] = true
				out = append(out, byID[p])
			}
		}
	}
	return out
}

func TestForgedBytesAreRefused(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	asked := n.Spend("asked", []tx.Outpoint{n.GenesisCoin(0)})
	other := n.Spend("other", []tx.Outpoint{n.GenesisCoin(1)})
	for name, bytes := range map[string][]byte{
		"another transaction": other.Raw(),
		"no transaction":      []byte("d1:ai1ee"),
		"cut short":           asked.Raw()[:len(asked.Raw())-1],
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newSwarm(), newShelf()
			s.data[asked.Infohash()] = bytes
			f := New(Config{Torrents: s, Ledger: l, Peers: func() []netip.AddrPort { return nil }})
			if err := f.fetch(t.Context(), asked.ID(), asked.Infohash()); !errors.Is(err, ErrForged) {
				t.Errorf("error %v; want ErrForged", err)
			}
			if l.added != 0 {
				t.Error("the ledger was given forged bytes")
			}
		})
	}
}

func TestAtMostMaxParallelAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wants []ledger.Want
		for i := range 5 * MaxParallel {
			wants = append(wants, wantNumber(i))
		}
		s := newSwarm()
		s.hold = make(chan struct{})
		_, stop := start(t, newShelf(wants...), s)
		synctest.Wait()
		for ended := range 4 * MaxParallel {
			if running, _ := s.load(); running != MaxParallel || s.attempts() != MaxParallel+ended {
				t.Fatalf("%d at once, %d begun, after %d have ended", running, s.attempts(), ended)
			}
			s.hold <- struct{}{}
			synctest.Wait()
		}
		stop()
		if running, most := s.load(); running != 0 || most != MaxParallel {
			t.Errorf("%d still run, %d ran at once", running, most)
		}
	})
}

func TestAnAttemptThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := wantNumber(1)
		s := newSwarm()
		s.hold = make(chan struct{})
		start(t, newShelf(w), s)
		advance(attemptTimeout)
		if running, _ := s.load(); running != 0 {
			t.Error("it still runs")
		}
		advance(firstRetry)
		if n := s.attempts(); n != 2 {
			t.Errorf("%d attempts; want 2", n)
		}
	})
}

func TestBackOffDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := wantNumber(1)
		s := newSwarm()
		start(t, newShelf(w), s)
		advance(time.Hour)
		times := s.times(w.Infohash)
		pause := firstRetry
		for i := 1; i < len(times); i++ {
			if got := times[i].Sub(times[i-1]); got != pause {
				t.Errorf("pause %d is %v; want %v", i, got, pause)
			}
			pause = min(2*pause, lastRetry)
		}
		if pause != lastRetry {
			t.Errorf("%d attempts in an hour: the pause never came to its bound", len(times))
		}
	})
}

func TestWantsChannelCloses(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	it := n.Spend("it", []tx.Outpoint{n.GenesisCoin(0)})
	cases := map[string]func(t *testing.T, f *Fetcher, s *swarm, l *shelf){
		"by torrent": func(_ *testing.T, _ *Fetcher, s *swarm, _ *shelf) { s.hold <- struct{}{} },
		"by a session": func(_ *testing.T, _ *Fetcher, s *swarm, l *shelf) {
			l.deliver(it.ID())
			s.hold <- struct{}{}
		},
	}
	for name, deliver := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, l := newSwarm(it), newShelf()
				s.hold = make(chan struct{})
				f, _ := start(t, l, s)
				got := want(t, f, it.ID(), it.Infohash())
				synctest.Wait()
				if closed(got) {
					t.Fatal("closed before it came")
				}
				deliver(t, f, s, l)
				synctest.Wait()
				if !closed(got) || len(f.attempts) != 0 {
					t.Errorf("closed: %v; %d still tracked", closed(got), len(f.attempts))
				}
			})
		})
	}
}

// Asking twice for one transaction, or for what the ledger misses already, is
// one search with two that wait for it.
func TestWantedTwice(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	it := n.Spend("it", []tx.Outpoint{n.GenesisCoin(0)})
	synctest.Test(t, func(t *testing.T) {
		s := newSwarm(it)
		s.hold = make(chan struct{})
		l := newShelf(ledger.Want{ID: it.ID(), Infohash: it.Infohash(), Source: "peer", Since: time.Now()})
		f, _ := start(t, l, s)
		first := want(t, f, it.ID(), it.Infohash())
		synctest.Wait()
		second := want(t, f, it.ID(), it.Infohash())
		synctest.Wait()
		if running, _ := s.load(); running != 1 {
			t.Errorf("%d attempts at one transaction", running)
		}
		close(s.hold)
		synctest.Wait()
		if !closed(first) || !closed(second) || l.added != 1 {
			t.Errorf("closed: %v and %v; added %d times", closed(first), closed(second), l.added)
		}
	})
}

func TestASessionHasTheGraceToDeliver(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	it := n.Spend("it", []tx.Outpoint{n.GenesisCoin(0)})
	for _, delivered := range []bool{true, false} {
		t.Run(fmt.Sprintf("delivered %v", delivered), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSwarm(it)
				l := newShelf(ledger.Want{ID: it.ID(), Infohash: it.Infohash(), Source: "peer", Since: time.Now()})
				start(t, l, s)
				advance(grace - 1)
				if s.attempts() != 0 {
					t.Error("a torrent was asked within the grace")
				}
				if delivered {
					l.deliver(it.ID())
				}
				advance(time.Hour)
				if asked := s.attempts() > 0; asked == delivered {
					t.Errorf("torrents asked: %v", asked)
				}
				if !l.Has(it.ID()) {
					t.Error("it never came")
				}
			})
		})
	}
}

func TestAtMostMaxTrackedAreLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wants []ledger.Want
		for i := range MaxTracked + 100 {
			wants = append(wants, wantNumber(i))
		}
		s := newSwarm()
		s.hold = make(chan struct{})
		f, stop := start(t, newShelf(wants...), s)
		synctest.Wait()
		stop()
		if len(f.attempts) != MaxTracked {
			t.Errorf("%d tracked; want %d", len(f.attempts), MaxTracked)
		}
	})
}

func TestWantEndsWithItsContext(t *testing.T) {
	f := New(Config{Torrents: newSwarm(), Ledger: newShelf()}) // nobody runs it
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := f.Want(ctx, tx.ID{}, tx.Infohash{}); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}
