// Package fetch brings transactions from the torrent swarm: what the ledger
// misses and no session delivered is added as a torrent by its infohash and
// fetched from any seeder, plain clients included. Since every transaction
// carries its parents' infohashes (`ih`), a ledger can be built this way alone,
// starting from one txid and infohash.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Source is the name under which the ledger hears of what came by torrent.
const Source = "torrent"

// Bounds of the work that somebody else's transactions can cause.
const (
	// MaxParallel is how many torrents are fetched at once. The library opens
	// one connection a torrent; 16 keep it at some 70 goroutines and 30 MB.
	MaxParallel = 16
	// MaxTracked is how many missing transactions are looked for; the longest
	// missing come first.
	MaxTracked = 4096
	// attemptTimeout bounds one attempt at one transaction.
	attemptTimeout = 20 * time.Second
	// grace is what a session has to deliver a parent before torrents are
	// tried.
	grace = 500 * time.Millisecond
	// firstRetry and lastRetry bound the pause after a failed attempt; it
	// doubles each time.
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// ErrForged means that a torrent carried other bytes than its txid names: a
// collision in SHA-1 made for the purpose.
var ErrForged = errors.New("the torrent's bytes are not the transaction's")

// Torrents fetches one small torrent; bt.Engine does.
type Torrents interface {
	FetchSmall(ctx context.Context, infohash [20]byte, peers []netip.AddrPort, maxSize int) (info, data []byte, err error)
}

// Ledger is what the fetcher needs of a ledger; *ledger.Ledger has it.
type Ledger interface {
	Wants() ([]ledger.Want, <-chan struct{})
	Has(tx.ID) bool
	Add(ctx context.Context, source string, raws ...[]byte) ([]ledger.Outcome, error)
}

// Config is what New needs.
type Config struct {
	Torrents Torrents
	Ledger   Ledger
	// Peers returns the addresses to ask besides what discovery finds.
	Peers func() []netip.AddrPort
	// Logger may be nil.
	Logger *slog.Logger
}

// Fetcher looks for missing transactions until its Run ends.
type Fetcher struct {
	cfg      Config
	requests chan request
	results  chan result
	attempts map[tx.ID]*attempt
	roots    map[tx.ID]tx.Infohash // asked for by Want, not in T yet
	running  int
}

type request struct {
	id       tx.ID
	infohash tx.Infohash
	got      chan struct{}
}

type result struct {
	id  tx.ID
	err error
}

// attempt is the history of one missing transaction.
type attempt struct {
	infohash tx.Infohash
	failures int
	next     time.Time
	running  bool
	got      []chan struct{} // of Want: kept, and closed, until the ledger was given it
	listed   bool            // among the ledger's wants in this pass
}

// New returns a fetcher that does nothing until Run.
func New(cfg Config) *Fetcher {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Fetcher{
		cfg:      cfg,
		requests: make(chan request),
		results:  make(chan result),
		attempts: make(map[tx.ID]*attempt),
		roots:    make(map[tx.ID]tx.Infohash),
	}
}

// Want asks for a transaction that nothing in the ledger mentions yet. It
// returns once Run has taken note; got is closed when the ledger has been given
// the transaction.
func (f *Fetcher) Want(ctx context.Context, id tx.ID, h tx.Infohash) (got <-chan struct{}, err error) {
	done := make(chan struct{})
	select {
	case f.requests <- request{id, h, done}:
		return done, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("ask for %s: %w", id, context.Cause(ctx))
	}
}

// Run works until the context ends and its attempts have.
func (f *Fetcher) Run(ctx context.Context) {
	defer func() {
		for ; f.running > 0; f.running-- {
			<-f.results
		}
	}()
	for {
		missing, changed := f.cfg.Ledger.Wants()
		f.track(missing)
		timer := time.NewTimer(f.start(ctx, time.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-changed:
		case <-timer.C:
		case r := <-f.requests:
			f.ask(r)
		case r := <-f.results:
			f.finish(r)
		}
		timer.Stop()
	}
}

// ask notes what Want was called for, to be tried at once. It may be among the
// ledger's wants already, or asked for twice.
func (f *Fetcher) ask(r request) {
	a := f.attempts[r.id]
	if a == nil {
		a = new(attempt)
		f.attempts[r.id] = a
	}
	f.roots[r.id] = r.infohash
	a.infohash, a.next = r.infohash, time.Time{}
	a.got = append(a.got, r.got)
}

// track keeps one attempt for each missing transaction, and forgets those that
// are no longer missing.
func (f *Fetcher) track(missing []ledger.Want) {
	for _, w := range missing[:min(len(missing), MaxTracked)] {
		a := f.attempts[w.ID]
		if a == nil {
			a = &attempt{infohash: w.Infohash}
			if w.Source != Source { // its session may still bring it
				a.next = w.Since.Add(grace)
			}
			f.attempts[w.ID] = a
		}
		a.listed = true
	}
	f.walkAgain(len(missing) == 0)
	for id, a := range f.attempts {
		if _, root := f.roots[id]; !a.running && !a.listed && !root {
			f.forget(id)
		}
		a.listed = false
	}
}

// walkAgain fetches a root once more when nothing is missing and it is still
// not in T: its history is longer than what may wait, and the ledger had to let
// the top of it go. Each walk brings in as much as may wait, from the bottom.
func (f *Fetcher) walkAgain(complete bool) {
	for id, h := range f.roots {
		if f.cfg.Ledger.Has(id) {
			delete(f.roots, id)
		} else if complete && f.attempts[id] == nil {
			f.attempts[id] = &attempt{infohash: h, next: time.Now().Add(firstRetry)}
		}
	}
}

// idle is how long Run sleeps when nothing is missing.
const idle = time.Hour

// start begins the attempts that are due, as far as there is room, and returns
// how long until the next is.
func (f *Fetcher) start(ctx context.Context, now time.Time) time.Duration {
	wait := idle
	for id, a := range f.attempts {
		switch {
		case a.running:
		case a.next.After(now):
			wait = min(wait, a.next.Sub(now))
		case f.running < MaxParallel:
			a.running = true
			f.running++
			go f.attempt(ctx, id, a.infohash)
		}
	}
	return wait
}

func (f *Fetcher) finish(r result) {
	f.running--
	a := f.attempts[r.id]
	a.running = false
	if r.err == nil {
		f.forget(r.id)
		return
	}
	a.next = time.Now().Add(min(firstRetry<<min(a.failures, 16), lastRetry))
	a.failures++
	f.cfg.Logger.Debug("transaction not fetched", "txid", r.id, "err", r.err, "failures", a.failures)
}

// forget ends the search for what the ledger has been given.
func (f *Fetcher) forget(id tx.ID) {
	for _, got := range f.attempts[id].got {
		close(got)
	}
	delete(f.attempts, id)
}

func (f *Fetcher) attempt(ctx context.Context, id tx.ID, h tx.Infohash) {
	f.results <- result{id, f.fetch(ctx, id, h)}
}

// fetch gets one transaction and feeds it to the ledger exactly as if it had
// come by message.
func (f *Fetcher) fetch(ctx context.Context, id tx.ID, h tx.Infohash) error {
	if f.cfg.Ledger.Has(id) {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	_, data, err := f.cfg.Torrents.FetchSmall(limited, h, f.cfg.Peers(), tx.MaxSize)
	if err != nil {
		return fmt.Errorf("fetch torrent %s: %w", h, err)
	}
	if got, _ := tx.Identify(data); got != id {
		return fmt.Errorf("%w: %s", ErrForged, id)
	}
	outcomes, err := f.cfg.Ledger.Add(ctx, Source, data)
	if err != nil {
		return err
	}
	return outcomes[0].Err
}
