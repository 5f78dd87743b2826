package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// CheckOptions says how much Check does.
type CheckOptions struct {
	// Full verifies the signatures too: a hundred times the work.
	Full bool
	// Repair stores the roots that follow from the log where others stand.
	Repair bool
}

// CheckReport is what Check found in a sound log.
type CheckReport struct {
	// Records is the length of the log.
	Records uint64
	// Snapshot is the state that follows from it; nil for an empty log.
	Snapshot *Snapshot
	// NewRoots is set when other roots were stored and have been replaced.
	NewRoots bool
}

// Check verifies a ledger's log and closes its store: that each record decodes
// and has the names it is stored under, that parents come first, and that the
// roots stored with it follow from it. The store itself has verified checksums
// and length when it was opened.
//
// Its errors: a store.CorruptError with the position of the first record that
// is not sound; ErrDiverged when only the roots are not; ErrOtherNetwork; the
// context's.
func Check(ctx context.Context, cfg Config, opts CheckOptions) (report CheckReport, err error) {
	report.Records = cfg.Store.Len()
	if err := checkLog(ctx, cfg, opts.Full); err != nil || report.Records == 0 {
		return report, errors.Join(err, cfg.Store.Close())
	}
	l, err := Open(cfg)
	if errors.Is(err, ErrDiverged) && opts.Repair {
		report.NewRoots, cfg.newRoots = true, true
		l, err = Open(cfg)
	}
	if err != nil {
		return report, errors.Join(err, cfg.Store.Close())
	}
	report.Snapshot = l.Snapshot()
	return report, l.Close()
}

// checkChunk is how many records are checked at once, on every core.
const checkChunk = 1024

func checkLog(ctx context.Context, cfg Config, full bool) error {
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	c := &checker{cfg: cfg, full: full, seen: make(map[tx.ID]struct{}, cfg.Store.Len())}
	var recs []store.Record
	err := cfg.Store.Scan(0, func(pos uint64, rec store.Record) error {
		if recs = append(recs, rec); len(recs) < checkChunk {
			return nil
		}
		from := pos + 1 - uint64(len(recs))
		err := c.chunk(ctx, from, recs)
		recs = recs[:0]
		return err
	})
	if err != nil {
		return err
	}
	return c.chunk(ctx, cfg.Store.Len()-uint64(len(recs)), recs)
}

// checker checks records in the order of the log.
type checker struct {
	cfg  Config
	full bool
	seen map[tx.ID]struct{}
}

func (c *checker) chunk(ctx context.Context, from uint64, recs []store.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	txs, errs := make([]*tx.Tx, len(recs)), make([]error, len(recs))
	parallel(c.cfg.Workers, len(recs), func(i int) { txs[i], errs[i] = checkRecord(&recs[i]) })
	for i, t := range txs {
		if errs[i] == nil {
			errs[i] = c.place(from+uint64(i), t)
		}
		if errs[i] != nil {
			return &store.CorruptError{Position: from + uint64(i), Reason: "is not sound", Err: errs[i]}
		}
	}
	if !c.full {
		return nil
	}
	parallel(c.cfg.Workers, len(recs), func(i int) { errs[i] = c.verify(txs[i]) })
	for i, err := range errs {
		if err != nil {
			return &store.CorruptError{Position: from + uint64(i), Reason: "is not valid", Err: err}
		}
	}
	return nil
}

func checkRecord(rec *store.Record) (*tx.Tx, error) {
	t, err := tx.Decode(rec.Raw)
	switch {
	case err != nil:
		return nil, err
	case t.ID() != rec.ID:
		return nil, fmt.Errorf("its bytes are transaction %s, stored as %s", t.ID(), rec.ID)
	case t.Infohash() != rec.Infohash:
		return nil, fmt.Errorf("its torrent is %s, stored as %s", t.Infohash(), rec.Infohash)
	}
	return t, nil
}

// place checks that a record may stand where it stands.
func (c *checker) place(pos uint64, t *tx.Tx) error {
	if pos == 0 && t.ID() != c.cfg.Genesis.ID() {
		return fmt.Errorf("%w (genesis %s, want %s)", ErrOtherNetwork, t.ID(), c.cfg.Genesis.ID())
	}
	if _, twice := c.seen[t.ID()]; twice {
		return fmt.Errorf("transaction %s stands in the log twice", t.ID())
	}
	for _, p := range t.Parents() {
		if _, ok := c.seen[p]; !ok {
			return fmt.Errorf("its parent %s does not stand before it", p)
		}
	}
	c.seen[t.ID()] = struct{}{}
	return nil
}

// verify checks a transaction against its parents, as when it came.
func (c *checker) verify(t *tx.Tx) (err error) {
	if t.Kind == tx.KindGenesis {
		return nil
	}
	var unread error
	err = t.Verify(c.cfg.Genesis, func(id tx.ID) *tx.Tx {
		raw, err := c.cfg.Store.Get(id)
		if err != nil {
			unread = err
			return nil
		}
		parent, err := tx.DecodeKnown(raw)
		if err != nil {
			unread = err
			return nil
		}
		return parent
	})
	return errors.Join(err, unread)
}

// parallel calls fn for 0 to n-1, on so many goroutines at once.
func parallel(workers, n int, fn func(i int)) {
	var g errgroup.Group
	g.SetLimit(workers)
	for lo := 0; lo < n; lo += decodeChunk {
		g.Go(func() error {
			for i := lo; i < min(lo+decodeChunk, n); i++ {
				fn(i)
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // the workers return nil
}
