package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// metaRoots is the store's record of the roots after its last append:
// count u64 || t_root || u_root.
const metaRoots = "ledger/roots"

// trieState is what the applier builds the next snapshot from. unspent is kept
// apart from trie.Trie's because both change by batches.
type trieState struct {
	t, u           trie.Trie
	depth          uint32
	confirmedDepth uint32
	confirmed      uint64
}

// runApplier applies verified batches until the context ends. Batches that are
// queued by then are dropped: nobody was told of them.
func (l *Ledger) runApplier(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case batch := <-l.apply:
			l.applyBatch(ctx, batch)
		}
	}
}

// applyBatch brings verified transactions, parents first, into the DAG and the
// tries, makes them durable and only then says so.
func (l *Ledger) applyBatch(ctx context.Context, batch []*item) {
	change := l.extend(batch)
	l.unsaved = batch
	if !l.persist(ctx) {
		return
	}
	l.unsaved = nil
	l.snapshot.Store(l.work.snapshot(l))
	change.Accepted = accepted(batch)
	l.hub.publish(change)
	l.intake.finish(batch, Outcome{Verdict: Accepted})
}

// persist writes what was applied. While the disk refuses, whoever waits is
// told so, Add refuses what comes, queries and serving go on, and the write is
// tried again; false means that the ledger was closed first.
func (l *Ledger) persist(ctx context.Context) bool {
	for delay := retryFirst; ; delay = min(2*delay, retryLast) {
		err := l.write()
		if err == nil {
			return true
		}
		l.log.Error("cannot write the ledger; nothing is acknowledged until the disk takes it", "err", err, "retry_in", delay)
		l.intake.finish(l.unsaved, Outcome{Verdict: Failed, Err: fmt.Errorf("%w: %w", ErrStore, err)})
		select {
		case <-ctx.Done():
			return false
		case <-time.After(delay):
		}
	}
}

func accepted(items []*item) []Item {
	out := make([]Item, len(items))
	for i, it := range items {
		out[i] = Item{ID: it.tx.ID(), Infohash: it.tx.Infohash(), Kind: it.tx.Kind, Source: it.source}
	}
	return out
}

// extend applies a batch to memory: DAG, watched keys, both tries.
func (l *Ledger) extend(batch []*item) Event {
	var change Event
	l.mu.Lock()
	defer l.mu.Unlock()
	t, u := l.work.t.Edit(), l.work.u.Edit()
	for _, it := range batch {
		delta, err := l.mu.dag.Add(entry(it.tx))
		if err != nil {
			// The intake verified it against its parents; only a bug gets here.
			panic(fmt.Sprintf("ledger: a verified transaction does not fit the DAG: %v", err))
		}
		depth, _ := l.mu.dag.Depth(it.tx.ID())
		t.Insert(trie.DepthKey(depth, it.tx.ID()), it.burn)
		l.work.depth = max(l.work.depth, depth)
		l.mu.watched.add(it.tx)
		l.parents.put(it.tx)
		u = l.settle(u, delta)
		change.merge(delta)
	}
	l.work.t, l.work.u = t.Commit(), u.Commit()
	change.Alarm = l.mu.dag.Alarm()
	return change
}

// settle moves the outputs of newly confirmed transactions into u and takes
// out what they spend. In a clash (only past a third of forked stake) L may
// shrink; then u is begun anew from L. It returns the editor to go on with.
func (l *Ledger) settle(u *trie.Editor, delta dag.Delta) *trie.Editor {
	if len(delta.Disputed) > 0 {
		u = trie.Trie{}.Edit()
		l.work.confirmed, l.work.confirmedDepth = 0, 0
		delta.Confirmed = l.mu.dag.Ledger()
	}
	for _, id := range delta.Confirmed {
		l.confirm(u, id)
	}
	return u
}

func (l *Ledger) confirm(u *trie.Editor, id tx.ID) {
	t := l.mustLoad(id)
	for _, in := range t.In {
		u.Delete(in.Bytes())
	}
	for i, out := range t.Out {
		u.Insert(tx.Outpoint{Tx: id, Index: uint32(i)}.Bytes(), out.Amount)
	}
	depth, _ := l.mu.dag.Depth(id)
	l.work.confirmed++
	l.work.confirmedDepth = max(l.work.confirmedDepth, depth)
}

// write appends what is unsaved and the roots that follow from it, atomically.
func (l *Ledger) write() error {
	recs := make([]store.Record, len(l.unsaved))
	for i, it := range l.unsaved {
		recs[i] = store.Record{ID: it.tx.ID(), Infohash: it.tx.Infohash(), Raw: it.tx.Raw()}
	}
	return l.store.Append(recs, map[string][]byte{metaRoots: l.work.encodeRoots()})
}

func (w *trieState) encodeRoots() []byte {
	t, u := w.t.Root(), w.u.Root()
	b := binary.BigEndian.AppendUint64(nil, w.t.Count())
	b = append(b, t[:]...)
	return append(b, u[:]...)
}

func (w *trieState) snapshot(l *Ledger) *Snapshot {
	return &Snapshot{
		T: w.t, U: w.u,
		Depth: w.depth, ConfirmedDepth: w.confirmedDepth, Confirmed: w.confirmed,
		State: StateID(l.genesis, w.t.Root(), w.u.Root()),
		Alarm: l.mu.dag.Alarm(),
	}
}

// StateID is the state identifier of ledger.md, section 3:
// H("ttx/state" || genesis txid || p.rules u32 BE || t_root || u_root).
func StateID(genesis *tx.Tx, tRoot, uRoot trie.Hash) trie.Hash {
	id := genesis.ID()
	b := append([]byte("ttx/state"), id[:]...)
	b = binary.BigEndian.AppendUint32(b, genesis.Params.Rules)
	b = append(b, tRoot[:]...)
	return sha256.Sum256(append(b, uRoot[:]...))
}

// replay rebuilds memory from the log and compares the roots at its end with
// the stored ones.
func (l *Ledger) replay() error {
	if l.store.Len() == 0 {
		return l.begin()
	}
	batch := make([]*item, 0, MaxBatch)
	flush := func() { l.extend(batch); batch = batch[:0] }
	err := l.store.Scan(0, func(pos uint64, rec store.Record) error {
		t, err := tx.DecodeKnown(rec.Raw)
		if err != nil {
			return fmt.Errorf("log position %d: %w", pos, err)
		}
		if pos == 0 && t.ID() != l.genesis.ID() {
			return fmt.Errorf("%w (genesis %s, want %s)", ErrOtherNetwork, t.ID(), l.genesis.ID())
		}
		it := &item{tx: t}
		batch = append(batch, it)
		l.parents.put(t)
		if it.burn, err = l.burnOf(t); err != nil {
			return fmt.Errorf("log position %d: %w", pos, err)
		}
		if len(batch) == MaxBatch {
			flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	flush()
	return l.checkRoots()
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
	l.snapshot.Store(l.work.snapshot(l))
	return nil
}

func (l *Ledger) checkRoots() error {
	stored, err := l.store.Meta(metaRoots)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read the stored roots: %w", err)
	}
	if string(stored) != string(l.work.encodeRoots()) {
		return fmt.Errorf("%w after %d transactions", ErrDiverged, l.work.t.Count())
	}
	l.snapshot.Store(l.work.snapshot(l))
	return nil
}

func entry(t *tx.Tx) dag.Entry {
	return dag.Entry{ID: t.ID(), Kind: t.Kind, Time: t.Time, In: t.In, Refs: t.Refs, Voter: t.Voter, Seq: t.Seq}
}
