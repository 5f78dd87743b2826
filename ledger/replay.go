package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// replayChunk is how many records are decoded in a go.
	replayChunk = 256
	// replayAhead is how many chunks the reading of the log may be ahead of
	// the DAG: some 3 MB.
	replayAhead = 16
)

// replay rebuilds memory from the log and compares the roots at its end with
// the stored ones.
//
// Nothing is looked up in the store again: what a transaction burns, and what
// is unspent, follows from the amounts of the log, which are kept until the
// end. The work goes through four stages side by side: reading, decoding,
// entering the DAG, entering t. The tries are hashed once, of what is in them
// at the end.
func (l *Ledger) replay() error {
	if l.store.Len() == 0 {
		return l.begin()
	}
	r := &replayer{
		l: l, t: trie.Trie{}.Edit(),
		jobs:    make(chan *replayed, replayAhead),
		order:   make(chan *replayed, replayAhead),
		entered: make(chan *replayed, replayAhead),
		rewind:  newRewind(l.store.Len()),
	}
	if err := r.run(); err != nil {
		return err
	}
	l.sweep(l.mu.watched)
	if err := l.checkRoots(); err != nil {
		return err
	}
	r.claims()
	l.advance(nil)
	return nil
}

// replayer is the state of one replay. Positions are those of the log, which
// are those of the DAG.
type replayer struct {
	l       *Ledger
	jobs    chan *replayed // to be decoded, in any order
	order   chan *replayed // to be entered into the DAG
	entered chan *replayed
	t       *trie.Editor
	amounts []uint64 // of all outputs, in the order of the log
	first   []uint32 // by position, where its outputs begin in amounts
	rewind  *rewind
}

// replayed is a chunk on its way. decoded is closed once txs or err is set.
type replayed struct {
	from    uint64
	recs    []store.Record
	txs     []*tx.Tx
	err     error
	decoded chan struct{}
	// depths are those of txs, parents the positions of what they spend from.
	depths, parents []uint32
}

func (r *replayer) run() error {
	g, ctx := errgroup.WithContext(context.Background())
	g.Go(func() error { return r.read(ctx) })
	for range r.l.workers {
		g.Go(r.decode)
	}
	g.Go(func() error { return r.enter(ctx) })
	g.Go(r.account)
	if err := g.Wait(); err != nil {
		return err
	}
	return r.finish()
}

// read cuts the log into chunks.
func (r *replayer) read(ctx context.Context) error {
	defer close(r.jobs)
	defer close(r.order)
	recs := make([]store.Record, 0, replayChunk)
	flush := func(end uint64) error {
		c := &replayed{from: end - uint64(len(recs)), recs: recs, decoded: make(chan struct{})}
		recs = make([]store.Record, 0, replayChunk)
		return errors.Join(pass(ctx, r.jobs, c), pass(ctx, r.order, c))
	}
	err := r.l.store.Scan(0, func(pos uint64, rec store.Record) error {
		if recs = append(recs, rec); len(recs) == replayChunk {
			return flush(pos + 1)
		}
		return nil
	})
	if err == nil && len(recs) > 0 {
		err = flush(r.l.store.Len())
	}
	return err
}

func pass(ctx context.Context, to chan<- *replayed, c *replayed) error {
	select {
	case to <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decode decodes chunks until there are no more.
func (r *replayer) decode() error {
	for c := range r.jobs {
		c.decode()
	}
	return nil
}

func (c *replayed) decode() {
	defer close(c.decoded)
	c.txs = make([]*tx.Tx, len(c.recs))
	for i, rec := range c.recs {
		if c.txs[i], c.err = tx.DecodeKnown(rec.Raw); c.err != nil {
			c.err = atPosition(c.from+uint64(i), c.err)
			return
		}
	}
	c.recs = nil
}

func atPosition(pos uint64, err error) error { return fmt.Errorf("log position %d: %w", pos, err) }

// enter brings chunks into the DAG, in the order of the log.
func (r *replayer) enter(ctx context.Context) error {
	defer close(r.entered)
	for c := range r.order {
		<-c.decoded
		if c.err != nil {
			return c.err
		}
		for i, t := range c.txs {
			if err := r.enterOne(c, c.from+uint64(i), t); err != nil {
				return atPosition(c.from+uint64(i), err)
			}
		}
		if err := pass(ctx, r.entered, c); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayer) enterOne(c *replayed, pos uint64, t *tx.Tx) error {
	l := r.l
	if pos == 0 && t.ID() != l.genesis.ID() {
		return fmt.Errorf("%w (genesis %s, want %s)", ErrOtherNetwork, t.ID(), l.genesis.ID())
	}
	delta, err := l.mu.dag.Add(dag.EntryOf(t))
	if err != nil {
		return err
	}
	r.rewind.note(l.mu.dag, pos, t, delta)
	c.depths = append(c.depths, l.mu.dag.DepthAt(pos))
	for parent := range l.mu.dag.SpentBy(pos) {
		c.parents = append(c.parents, uint32(parent))
	}
	return nil
}

// account enters what is in the DAG into t, with what it burns, and into the
// list of watched coins.
func (r *replayer) account() error {
	for c := range r.entered {
		parents := c.parents
		for i, t := range c.txs {
			burn, err := r.burn(t, parents[:len(t.In)])
			if err != nil {
				return atPosition(c.from+uint64(i), err)
			}
			parents = parents[len(t.In):]
			r.t.Insert(trie.DepthKey(c.depths[i], t.ID()), burn)
			r.l.work.depth = max(r.l.work.depth, c.depths[i])
			r.l.mu.watched.add(t)
		}
	}
	return nil
}

// burn is what t burns, given where the transactions stand that it spends
// from. It takes note of t's outputs.
func (r *replayer) burn(t *tx.Tx, parents []uint32) (uint64, error) {
	r.first = append(r.first, uint32(len(r.amounts)))
	var in, out uint64
	for k, o := range t.In {
		at, ok := r.output(uint64(parents[k]), o.Index)
		if !ok {
			return 0, fmt.Errorf("%w: %s has no output %d", ErrDiverged, o.Tx, o.Index)
		}
		in += r.amounts[at]
	}
	for _, o := range t.Out {
		out += o.Amount
		r.amounts = append(r.amounts, o.Amount)
	}
	if t.Kind == tx.KindGenesis {
		return 0, nil
	}
	return in - out, nil
}

// output returns where an output's amount stands.
func (r *replayer) output(pos uint64, index uint32) (at uint32, ok bool) {
	end := uint32(len(r.amounts))
	if pos+1 < uint64(len(r.first)) {
		end = r.first[pos+1]
	}
	return r.first[pos] + index, index < end-r.first[pos]
}

// finish hashes both tries, each on a core.
func (r *replayer) finish() error {
	var g errgroup.Group
	g.Go(func() error {
		r.l.work.t = r.t.Commit()
		return nil
	})
	g.Go(func() error {
		r.unspent()
		return nil
	})
	return g.Wait()
}

// unspent builds u: the outputs of L but for those that L spends.
func (r *replayer) unspent() {
	l, spent := r.l, make([]bool, len(r.amounts))
	for pos := range l.mu.dag.LedgerPositions() {
		for p, index := range l.mu.dag.SpentBy(pos) {
			at, _ := r.output(p, index)
			spent[at] = true
		}
	}
	u := trie.Trie{}.Edit()
	for pos, id := range l.mu.dag.LedgerPositions() {
		l.work.confirmed++
		l.work.confirmedDepth = max(l.work.confirmedDepth, l.mu.dag.DepthAt(pos))
		for index := uint32(0); ; index++ {
			at, ok := r.output(pos, index)
			if !ok {
				break
			}
			if !spent[at] {
				u.Insert(tx.Outpoint{Tx: id, Index: index}.Bytes(), r.amounts[at])
			}
		}
	}
	l.work.u = u.Commit()
}

// begin gives an empty store its genesis.
func (l *Ledger) begin() error {
	genesis := &item{tx: l.genesis}
	l.extend([]*item{genesis})
	l.unsaved = []*item{genesis}
	if err := l.write(); err != nil {
		return fmt.Errorf("write the genesis: %w", err)
	}
	l.unsaved = nil
	l.advance(nil)
	return nil
}

func (l *Ledger) checkRoots() error {
	stored, err := l.store.Meta(metaRoots)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read the stored roots: %w", err)
	}
	if roots := l.work.encodeRoots(); string(stored) != string(roots) {
		if !l.newRoots {
			return fmt.Errorf("%w after %d transactions", ErrDiverged, l.work.t.Count())
		}
		if err := l.store.SetMeta(map[string][]byte{metaRoots: roots}); err != nil {
			return fmt.Errorf("%w: the roots: %w", ErrStore, err)
		}
	}
	return nil
}
