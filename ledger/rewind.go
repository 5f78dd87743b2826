package ledger

import (
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// rewindRecords is how far back from the end of the log claimed states are looked
// for at a start: 0.1 ms for each transaction at a million (a few keys out of the
// tries, and their ways to the root hashed again; BenchmarkRewindStep), so at most half
// a second.
const rewindRecords = 4096

// rewind takes note, while the end of a log is replayed, of what each transaction
// changed, so that afterwards the tries can be taken back one transaction at a time:
// to each state that a witness in this part of the log claims. Without a claim
// there it costs nothing.
type rewind struct {
	from    uint64 // the first position
	steps   []step
	claimed map[roots]struct{}
}

// step is what one transaction did to a state.
type step struct {
	// confirmed are the positions of those it confirmed, parents first.
	confirmed []uint64
	// before, the largest depths and the size of L before it.
	depth, confirmedDepth uint32
	size                  uint64
	// final is set when the step cannot be taken back: L shrank.
	final bool
}

func newRewind(length uint64) *rewind {
	return &rewind{from: length - min(length, rewindRecords), claimed: make(map[roots]struct{})}
}

// note takes down what the transaction at pos, the next one, changed.
func (w *rewind) note(d *dag.DAG, pos uint64, t *tx.Tx, delta dag.Delta) {
	if pos < w.from {
		return
	}
	var s step
	if len(w.steps) == 0 {
		s = first(d, pos, delta.Confirmed)
	} else {
		s = w.steps[len(w.steps)-1].next(d, pos-1)
	}
	for _, id := range delta.Confirmed {
		at, _ := d.Position(id)
		s.confirmed = append(s.confirmed, at)
	}
	s.final = len(delta.Disputed) > 0 || d.Alarm()
	w.steps = append(w.steps, s)
	if t.Claim != nil {
		w.claimed[roots{t.Claim.TRoot, t.Claim.URoot}] = struct{}{}
	}
}

// first begins the step of the transaction at pos, which confirmed some, with a look
// at all before it.
func first(d *dag.DAG, pos uint64, confirmed []tx.ID) (s step) {
	for at := range pos {
		s.depth = max(s.depth, d.DepthAt(at))
	}
	for at, id := range d.LedgerPositions() {
		if !slices.Contains(confirmed, id) {
			s.size++
			s.confirmedDepth = max(s.confirmedDepth, d.DepthAt(at))
		}
	}
	return s
}

// next begins the step after s, which was that of the transaction at pos.
func (s step) next(d *dag.DAG, pos uint64) step {
	s.depth = max(s.depth, d.DepthAt(pos))
	for _, at := range s.confirmed {
		s.confirmedDepth = max(s.confirmedDepth, d.DepthAt(at))
	}
	return step{depth: s.depth, confirmedDepth: s.confirmedDepth, size: s.size + uint64(len(s.confirmed))}
}

// claims looks for the states that the end of the log claims, latest first.
func (r *replayer) claims() {
	w, l := r.rewind, r.l
	if len(w.claimed) == 0 {
		return
	}
	t, u := l.work.t.Edit(), l.work.u.Edit()
	tRoots := make(map[trie.Hash]struct{})
	for c := range w.claimed {
		tRoots[c.t] = struct{}{}
	}
	var found []*pastState
	changes := l.work.changes
	for i, s := range slices.Backward(w.steps) {
		pos := w.from + uint64(i)
		if s.final || pos == 0 || l.work.changes-changes > MaxPinnedChanges || len(found) == MaxPinned {
			break
		}
		changes -= r.undo(t, u, pos, s)
		state := trieState{t: t.Commit(), depth: s.depth, confirmedDepth: s.confirmedDepth, confirmed: s.size}
		if _, claimed := tRoots[state.t.Root()]; !claimed {
			continue
		}
		state.u = u.Commit()
		if _, claimed := w.claimed[roots{state.t.Root(), state.u.Root()}]; claimed {
			found = append(found, &pastState{Snapshot: state.snapshot(l), changes: changes})
		}
	}
	for _, s := range slices.Backward(found) {
		l.past.restore(s.Snapshot, s.changes)
	}
}

// undo takes the transaction at pos, with what it confirmed, out of both tries. It
// returns how many keys that changed.
func (r *replayer) undo(t, u *trie.Editor, pos uint64, s step) (changes int64) {
	d := r.l.mu.dag
	t.Delete(trie.DepthKey(d.DepthAt(pos), d.At(pos)))
	changes++
	for _, at := range slices.Backward(s.confirmed) {
		for index := uint32(0); ; index++ {
			if _, ok := r.output(at, index); !ok {
				break
			}
			u.Delete(tx.Outpoint{Tx: d.At(at), Index: index}.Bytes())
			changes++
		}
		for parent, index := range d.SpentBy(at) {
			amount, _ := r.output(parent, index)
			u.Insert(tx.Outpoint{Tx: d.At(parent), Index: index}.Bytes(), r.amounts[amount])
			changes++
		}
	}
	return changes
}
