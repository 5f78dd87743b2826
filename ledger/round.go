package ledger

import (
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
// has referenced it already (finality.md, 8).
func (r *round) ahead(it *item) bool {
	due := time.UnixMilli(it.tx.Time).Add(-MaxAhead)
	if !due.After(r.now) || r.vouched(it.tx.ID()) {
		return false
	}
	r.in.pool.hold(it, due)
	answer(it, Outcome{ID: it.tx.ID(), Verdict: Held})
	return true
}

// vouched reports whether waiting witnesses of a third of the stake reference
// the transaction.
func (r *round) vouched(id tx.ID) bool {
	params := r.in.l.genesis.Params
	seen := make(map[tx.Key]bool)
	for _, child := range r.in.pool.children(id) {
		if child.tx.Kind == tx.KindWitness {
			seen[child.tx.Voter] = true
		}
	}
	var stake uint64
	for _, v := range params.Voters {
		if seen[v.Key] {
			stake += v.Stake
		}
	}
	return stake > 0 && 3*stake >= params.TotalStake()
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
