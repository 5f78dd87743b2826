package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
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
	// changes counts the keys that came into a trie or left one.
	changes int64
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
		for len(l.backlog) > 0 && ctx.Err() == nil {
			batch := l.backlog[0]
			l.backlog = l.backlog[1:]
			l.applyBatch(ctx, batch)
		}
	}
}

// applyBatch brings verified transactions, parents first, into the DAG and the
// tries, makes them durable and only then says so.
func (l *Ledger) applyBatch(ctx context.Context, batch []*item) {
	l.keepFresh(batch)
	change := l.extend(batch)
	l.unsaved = batch
	if !l.persist(ctx) {
		return
	}
	l.unsaved = nil
	l.fresh.Store(nil)
	l.advance(batch)
	change.Accepted = accepted(batch)
	l.hub.publish(change)
	l.intake.finish(batch, Outcome{Verdict: Accepted})
}

// advance makes what was made durable the ledger's state, and keeps those that the
// batch's witnesses claim. A voter may claim a state as soon as it is one.
func (l *Ledger) advance(batch []*item) {
	s := l.work.snapshot(l)
	l.past.add(s, l.work.changes)
	for _, it := range batch {
		if c := it.tx.Claim; c != nil {
			l.past.pin(roots{c.TRoot, c.URoot})
		}
	}
	l.snapshot.Store(s)
}

// keepFresh keeps a batch where queries find it from before it is in the DAG
// until it is in the store, however long the disk takes.
func (l *Ledger) keepFresh(batch []*item) {
	fresh := make(map[tx.ID]*tx.Tx, len(batch))
	for _, it := range batch {
		fresh[it.tx.ID()] = it.tx
	}
	l.fresh.Store(&fresh)
}

// persist writes what was applied. While the disk refuses, whoever waits is
// told so, Add refuses what comes, queries and serving go on, and the write is
// tried again; false means that the ledger was closed first.
func (l *Ledger) persist(ctx context.Context) bool {
	err := l.write()
	if err == nil {
		return true
	}
	l.log.Error("cannot write the ledger; nothing new is accepted until the disk takes it", "err", err)
	for delay := retryFirst; err != nil; delay = min(2*delay, retryLast) {
		failed := Outcome{Verdict: Failed, Err: fmt.Errorf("%w: %w", ErrStore, err)}
		l.intake.finish(l.unsaved, failed)
		if !l.postpone(ctx, delay, failed) {
			return false
		}
		err = l.write()
	}
	l.log.Warn("the disk takes the ledger's writes again")
	return true
}

// postpone waits before the next try. What was on its way before offers began
// to be refused is answered meanwhile, and applied once the disk is back; it is
// as much as Offer had let in.
func (l *Ledger) postpone(ctx context.Context, delay time.Duration, failed Outcome) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case batch := <-l.apply:
			l.backlog = append(l.backlog, batch)
			l.intake.finish(batch, failed)
		}
	}
}

// Failure is why nothing new is accepted, an ErrStore, while the disk refuses
// what the ledger writes; else nil.
func (l *Ledger) Failure() error { return l.intake.failure() }

func accepted(items []*item) []Item {
	out := make([]Item, len(items))
	for i, it := range items {
		out[i] = Item{ID: it.tx.ID(), Infohash: it.tx.Infohash(), Kind: it.tx.Kind, Voter: it.tx.Voter, Size: len(it.tx.Raw()), Source: it.source}
	}
	return out
}

// applyChunk is how many transactions are applied before queries get a turn:
// some 2 us each, so that no reader waits longer than for a signature.
const applyChunk = 32

// extend applies a batch to memory: DAG, watched keys, both tries. Queries see
// it chunk by chunk; the tries are the applier's own until the snapshot.
func (l *Ledger) extend(batch []*item) Event {
	var change Event
	t := l.work.t.Edit()
	for chunk := range slices.Chunk(batch, applyChunk) {
		l.enter(chunk, &change)
		for _, it := range chunk {
			depth, _ := l.mu.dag.Depth(it.tx.ID())
			t.Insert(trie.DepthKey(depth, it.tx.ID()), it.burn)
			l.work.depth = max(l.work.depth, depth)
			l.parents.put(it.tx)
		}
	}
	l.work.t = t.Commit()
	l.work.changes += int64(len(batch))
	l.settle(&change)
	change.Alarm = l.mu.dag.Alarm()
	return change
}

// enter brings transactions into the DAG. Only the applier changes what mu
// guards, so that it may read without the lock.
func (l *Ledger) enter(chunk []*item, change *Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, it := range chunk {
		delta, err := l.mu.dag.Add(dag.EntryOf(it.tx))
		if err != nil {
			// The intake verified it against its parents; only a bug gets here.
			panic(fmt.Sprintf("ledger: a verified transaction does not fit the DAG: %v", err))
		}
		l.mu.watched.add(it.tx)
		change.merge(delta)
	}
	l.sweep(l.mu.watched)
}

// settle moves the outputs of newly confirmed transactions into u and takes
// out what they spend. In a clash (only past a third of forked stake) L may
// shrink; then u is begun anew from L.
func (l *Ledger) settle(change *Event) {
	u, ids := l.work.u.Edit(), change.Confirmed
	if len(change.Disputed) > 0 {
		u, ids = trie.Trie{}.Edit(), l.mu.dag.Ledger()
		l.work.confirmed, l.work.confirmedDepth = 0, 0
	}
	for _, id := range ids {
		l.confirm(u, id)
	}
	l.work.u = u.Commit()
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
	l.work.changes += int64(len(t.In) + len(t.Out))
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
