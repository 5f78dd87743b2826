package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrClosed is returned once Close has been called.
	ErrClosed = errors.New("the ledger is closed")
	// ErrNotFound means that T does not hold the transaction.
	ErrNotFound = errors.New("no such transaction in the ledger")
	// ErrOtherNetwork means that the store belongs to another genesis.
	ErrOtherNetwork = errors.New("the ledger in this folder belongs to another network")
	// ErrDiverged means that the roots recomputed from the log are not those
	// that were stored with it: the log or the rules changed underneath.
	ErrDiverged = errors.New("the recomputed roots differ from the stored ones")
	// ErrInvalid wraps the reason why a transaction was refused for ever.
	ErrInvalid = errors.New("invalid transaction")
	// ErrStore wraps a write that failed: nothing new is acknowledged until a
	// later write succeeds.
	ErrStore = errors.New("the ledger cannot write to its disk")
)

// Config is what Open needs. Genesis and Store are required.
type Config struct {
	// Genesis names the network and holds its voter table.
	Genesis *tx.Tx
	// Store is owned by the ledger from Open on and closed by Close.
	Store store.Store
	// Watch are the keys whose coins and history are kept at hand.
	Watch []tx.Key
	// Now is the local clock; nil means time.Now.
	Now func() time.Time
	// Workers is how many signatures are verified at once; 0 means one a core.
	Workers int
	// Worker is called first by each goroutine that verifies: to make its thread
	// give way to those that answer. Nil does nothing.
	Worker func()
	// Logger may be nil.
	Logger *slog.Logger
	// newRoots replaces stored roots that do not follow from the log.
	newRoots bool
}

// Ledger is one network's ledger. Its methods may be called from any
// goroutine.
type Ledger struct {
	genesis *tx.Tx
	store   store.Store
	now     func() time.Time
	workers int
	log     *slog.Logger
	// newRoots is Config's.
	newRoots bool

	// mu guards the DAG and what is derived from it: the applier writes, the
	// queries read.
	mu struct {
		sync.RWMutex
		dag     *dag.DAG
		watched *watchlist
	}
	// snapshot is what was last made durable; readers pin it.
	snapshot atomic.Pointer[Snapshot]
	// past are earlier ones.
	past    *past
	parents *txCache
	// fresh is the batch that is in the DAG, or about to be, and not in the
	// store yet.
	fresh atomic.Pointer[map[tx.ID]*tx.Tx]

	intake *intake
	apply  chan []*item
	hub    hub
	wants  wantList
	// refusals is bounded by its capacity.
	refusals chan Refusal
	unsaved  []*item   // applied in memory, not yet on disk; the applier's own
	backlog  [][]*item // verified, waits for the disk; the applier's own
	work     trieState

	stop    context.CancelFunc
	stopped <-chan struct{}
	wg      sync.WaitGroup
}

// Open replays the store and starts the ledger. An empty store is given the
// genesis. A store whose roots do not follow from its log is refused with
// ErrDiverged, one of another network with ErrOtherNetwork.
func Open(cfg Config) (*Ledger, error) {
	if cfg.Genesis == nil || cfg.Genesis.Kind != tx.KindGenesis {
		return nil, fmt.Errorf("open ledger: %w: not a genesis", ErrInvalid)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Ledger{
		genesis:  cfg.Genesis,
		store:    cfg.Store,
		now:      cfg.Now,
		workers:  cfg.Workers,
		log:      cfg.Logger,
		newRoots: cfg.newRoots,
		parents:  newTxCache(parentCache),
		apply:    make(chan []*item, MaxQueuedBatches),
		past:     newPast(),

		refusals: make(chan Refusal, MaxRefusals),
		stop:     cancel,
		stopped:  ctx.Done(),
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.workers <= 0 {
		l.workers = runtime.GOMAXPROCS(0)
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	l.mu.dag = dag.New(cfg.Genesis.Params.Voters)
	l.mu.watched = newWatchlist(cfg.Watch)
	l.intake = newIntake(l)
	if err := l.replay(); err != nil {
		cancel()
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	crew := newCrew(&l.wg, l.workers, cfg.Worker)
	l.intake.crew = crew
	l.wg.Go(func() {
		defer crew.dismiss()
		l.intake.run(ctx)
	})
	l.wg.Go(func() { l.runApplier(ctx) })
	return l, nil
}

// Close stops the ledger and closes its store. What was acknowledged is on
// disk already.
func (l *Ledger) Close() error {
	l.stop()
	l.wg.Wait()
	l.hub.close()
	return l.store.Close()
}

// Genesis returns the network's genesis.
func (l *Ledger) Genesis() *tx.Tx { return l.genesis }

// Snapshot is one durable state of the ledger. It is immutable; holding one
// pins its tries.
type Snapshot struct {
	// T holds the depth keys of all solid transactions with their burn; U the
	// unspent outputs of the confirmed ones with their amounts.
	T, U trie.Trie
	// Depth is the largest depth in T, ConfirmedDepth the largest in L.
	Depth, ConfirmedDepth uint32
	// Confirmed counts L, the genesis included.
	Confirmed uint64
	// State binds both roots, the rules and the network (ledger.md, 3).
	State trie.Hash
	// Alarm is set when a third of the stake has forked: stop paying.
	Alarm bool
}

// Transactions is n, the number of transactions in T.
func (s *Snapshot) Transactions() uint64 { return s.T.Count() }

// Weight is W, the burn of all of T in base units.
func (s *Snapshot) Weight() uint64 { return s.T.Weight() }

// Snapshot returns the last durable state.
func (l *Ledger) Snapshot() *Snapshot { return l.snapshot.Load() }
