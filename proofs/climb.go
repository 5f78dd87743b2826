package proofs

import (
	"slices"

	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// maxClimb is how many transactions above the subject are looked at for
	// witnesses. Voters stand on it within a second or so: at 1,000
	// transactions a second so many are eight.
	maxClimb = 8192

	// maxRivalClimb is the same above a rival, of which there may be several.
	maxRivalClimb = 1024

	// maxRivalsAdded is how many rivals of one input are put into a proof.
	maxRivalsAdded = 4
)

// hear adds, for each voter, the first witness found that stands on a
// transaction, and what leads there. It goes up in breadth, so paths are the
// shortest, and looks at no more than most transactions.
func (b *builder) hear(on *tx.Tx, most int) error {
	left := len(b.src.Genesis().Params.Voters)
	heard := make(map[tx.Key]bool, left)
	next := map[tx.ID]*tx.Tx{on.ID(): nil} // a step down towards it
	queue := []*tx.Tx{on}
	for ; len(queue) > 0 && left > 0; queue = queue[1:] {
		below := queue[0]
		children := b.src.Children(below.ID())
		for _, id := range slices.Backward(children) {
			if _, seen := next[id]; seen || len(next) > most {
				continue
			}
			t, err := b.get(id)
			if err != nil {
				return err
			}
			next[id] = below
			queue = append(queue, t)
			if t.Kind != tx.KindWitness || heard[t.Voter] {
				continue
			}
			heard[t.Voter] = true
			left--
			if err := b.addPath(t, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// addPath adds a witness and what leads from it down.
func (b *builder) addPath(w *tx.Tx, next map[tx.ID]*tx.Tx) error {
	b.heard = append(b.heard, w)
	for t := w; t != nil; t = next[t.ID()] {
		if err := b.add(t); err != nil {
			return err
		}
	}
	return nil
}

// addRivals adds what spends an output that the subject spends too, what each
// of them spends from, so that it can be checked, and the witnesses for it.
func (b *builder) addRivals() error {
	for _, in := range b.subject.In {
		spenders := b.src.Spenders(in)
		for _, id := range spenders[:min(len(spenders), maxRivalsAdded+1)] {
			if id == b.subject.ID() {
				continue
			}
			if err := b.addRival(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) addRival(id tx.ID) error {
	rival, err := b.get(id)
	if err != nil {
		return err
	}
	for _, parent := range backing(rival) {
		t, err := b.get(parent)
		if err != nil {
			return err
		}
		if err := b.add(t); err != nil {
			return err
		}
	}
	if err := b.add(rival); err != nil {
		return err
	}
	return b.hear(rival, maxRivalClimb)
}
