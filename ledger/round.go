package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

// round places one set of offered transactions: what is ready to verify, in an
// order in which parents come first, and what has to wait.
type round struct {
	in     *intake
	now    time.Time
	ready  []*item
	parked []*item
}

// place decides where an item goes. Placing one may free others that waited.
func (r *round) place(it *item) {
	todo := []*item{it}
	for len(todo) > 0 {
		it, todo = todo[0], todo[1:]
		if r.settled(it) || r.ahead(it) || r.unsolid(it) {
			continue
		}
		r.in.mu.Lock()
		r.in.pending[it.tx.ID()] = it
		r.in.mu.Unlock()
		r.ready = append(r.ready, it)
		todo = append(todo, r.in.pool.release(it.tx.ID())...)
	}
}

// settled answers for what needs no verification: in T, on its way, refused.
func (r *round) settled(it *item) bool {
	id := it.tx.ID()
	if r.joinPending(it) {
		return true
	}
	if r.in.l.known(id) {
		answer(it, Outcome{ID: id, Verdict: Known})
		return true
	}
	if err := r.in.pool.refused(id); err != nil {
		answer(it, Outcome{ID: id, Verdict: Invalid, Err: err})
		return true
	}
	return false
}

// joinPending lets a repeat wait for the first one's verdict, so that nobody
// hears Known before it is on disk.
func (r *round) joinPending(it *item) bool {
	r.in.mu.Lock()
	defer r.in.mu.Unlock()
	first := r.in.pending[it.tx.ID()]
	if first == nil {
		return false
	}
	if first != it {
		first.waiters = append(first.waiters, it.waiters...)
	}
	return true
}

// ahead holds back what is dated too far ahead, unless a third of the stake
// has referenced it already (finality.md, 8). Such witnesses are dated ahead
// too; they enter with what they vouch for.
func (r *round) ahead(it *item) bool {
	due := time.UnixMilli(it.tx.Time).Add(-MaxAhead)
	if it.vouched || !due.After(r.now) || r.vouchedFor(it.tx.ID()) {
		return false
	}
	if err := r.in.l.forgedVote(it.tx); err != nil {
		it.err = err
		r.in.drop(it)
		return true
	}
	r.in.pool.hold(it, due)
	answer(it, Outcome{ID: it.tx.ID(), Verdict: Held})
	if it.tx.Kind == tx.KindWitness {
		r.admit(it.tx.Refs)
	}
	return true
}

// admit takes up what is held back of ids, and the witnesses that vouch for it,
// as soon as a third of the stake does.
func (r *round) admit(ids []tx.ID) {
	for _, id := range ids {
		if !r.vouchedFor(id) {
			continue
		}
		for _, it := range r.in.pool.takeHeld(id) {
			it.vouched = true
			r.place(it)
		}
	}
}

// forgedVote says why a witness cannot be its voter's: anybody can write a
// voter's key, and what is held back counts. It is looked at once, before it is
// held, so that no later arrival can make us verify it again.
func (l *Ledger) forgedVote(t *tx.Tx) error {
	if t.Kind != tx.KindWitness {
		return nil
	}
	if !slices.ContainsFunc(l.genesis.Params.Voters, func(v tx.Voter) bool { return v.Key == t.Voter }) {
		return fmt.Errorf("%w: %w", ErrInvalid, tx.ErrVoter)
	}
	if !t.Sig.Verify(t.VoteHash(l.genesis.ID()), t.Voter) {
		return fmt.Errorf("%w: %w", ErrInvalid, tx.ErrSignature)
	}
	return nil
}

// vouchedFor reports whether witnesses of a third of the stake, waiting here for
// their time, reference a transaction.
func (r *round) vouchedFor(id tx.ID) bool {
	l := r.in.l
	seen := make(map[tx.Key]bool)
	for _, w := range r.in.pool.heldWitnesses(id) {
		seen[w.tx.Voter] = true
	}
	var stake uint64
	for _, v := range l.genesis.Params.Voters {
		if seen[v.Key] {
			stake += v.Stake
		}
	}
	return stake > 0 && 3*stake >= l.genesis.Params.TotalStake()
}

// unsolid parks what misses parents.
func (r *round) unsolid(it *item) bool {
	var missing []Want
	for i, p := range it.tx.Parents() {
		if r.in.pool.refused(p) != nil {
			it.err = errParentRefused
			r.in.drop(it)
			return true
		}
		if !r.here(p) {
			missing = append(missing, Want{ID: p, Infohash: it.tx.ParentHashes[i], Source: it.source, Since: r.now})
		}
	}
	if len(missing) == 0 {
		return false
	}
	r.parked = append(r.parked, r.in.pool.park(it, missing))
	return true
}

func (r *round) here(id tx.ID) bool {
	r.in.mu.Lock()
	_, pending := r.in.pending[id]
	r.in.mu.Unlock()
	return pending || r.in.l.known(id)
}

// report tells who offered something that still waits what it waits for. Only
// now: later items of the same round may have brought the parents. What is
// wanted comes first, so that nobody who has his answer still finds it wanted.
func (r *round) report() {
	if r.in.pool.changed {
		r.in.l.wants.publish(r.in.pool.wants())
	}
	for _, it := range r.parked {
		switch missing := r.in.pool.missing(it.tx.ID()); {
		case len(missing) > 0:
			answer(it, Outcome{ID: it.tx.ID(), Verdict: Waiting, Missing: missing})
		case it.evicted:
			answer(it, Outcome{ID: it.tx.ID(), Verdict: Evicted})
		}
	}
}

func answer(it *item, o Outcome) {
	for _, w := range it.waiters {
		w.complete(o)
	}
	it.waiters = nil
}
