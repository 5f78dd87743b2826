package ledger

import (
	"math/rand/v2"
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The status words of transactions outside T; those inside are dag's.
const (
	// Unsolid: parents are missing and asked for.
	Unsolid dag.Word = "unsolid"
	// Unavailable: they have been missing for UnavailableAfter.
	Unavailable dag.Word = "unavailable"
)

// Status is what the ledger says of a transaction.
type Status struct {
	dag.Status
	// Depth is zero for what is outside T.
	Depth uint32
}

// Status returns a transaction's status, or ErrNotFound when the ledger never
// heard of it.
func (l *Ledger) Status(id tx.ID) (Status, error) {
	l.mu.RLock()
	depth, ok := l.mu.dag.Depth(id)
	var status dag.Status
	if ok {
		status = l.mu.dag.Status(id)
	}
	l.mu.RUnlock()
	if ok {
		return Status{Status: status, Depth: depth}, nil
	}
	return l.waitingStatus(id)
}

func (l *Ledger) waitingStatus(id tx.ID) (Status, error) {
	l.wants.mu.Lock()
	since, waits := l.wants.set.waiting[id]
	l.wants.mu.Unlock()
	switch {
	case !waits:
		return Status{}, ErrNotFound
	case l.now().Sub(since) >= UnavailableAfter:
		return Status{Status: dag.Status{Word: Unavailable}}, nil
	default:
		return Status{Status: dag.Status{Word: Unsolid}}, nil
	}
}

// Waiting counts the transactions whose parents are missing. What was just accepted
// is counted until the intake says that it waits no more: a transaction is never in
// neither place.
func (l *Ledger) Waiting() int {
	l.wants.mu.Lock()
	defer l.wants.mu.Unlock()
	return len(l.wants.set.waiting)
}

// Has reports whether T holds a transaction.
func (l *Ledger) Has(id tx.ID) bool { return l.known(id) }

// Unknown returns those of ids whose bytes are not here: neither in T, nor
// waiting for parents.
func (l *Ledger) Unknown(ids []tx.ID) []tx.ID {
	out := l.wants.notWaiting(ids)
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.DeleteFunc(out, l.mu.dag.Has)
}

// Read calls fn with the DAG, which fn must neither keep nor change. It is for
// those who follow the rule closely: the voter and the explorer.
func (l *Ledger) Read(fn func(*dag.DAG)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	fn(l.mu.dag)
}

// Descend calls fn for the transactions of T from the top of the depth order
// down, from the key from on, until fn returns false.
func (l *Ledger) Descend(from trie.Key, fn func(depth uint32, id tx.ID) bool) {
	l.Snapshot().T.Descend(from, func(k trie.Key, _ uint64) bool {
		return fn(k.Depth(), k.ID())
	})
}

// Parents is what a new transaction needs of its parents.
type Parents struct {
	Refs []tx.ID
	// Infohashes and Times are parallel to Refs.
	Infohashes []tx.Infohash
	Times      []int64
}

// Tips picks the parents that a new transfer references: the oldest tip that
// nobody references yet, then random recent ones (ledger.md, 2).
func (l *Ledger) Tips(most int) (Parents, error) {
	l.mu.RLock()
	refs := l.mu.dag.RefsForTransfer(rand.IntN, most)
	l.mu.RUnlock()
	return l.ParentsOf(refs)
}

// ParentsOf looks up infohashes and times of transactions of T.
func (l *Ledger) ParentsOf(ids []tx.ID) (Parents, error) {
	p := Parents{Refs: ids}
	for _, id := range ids {
		t, err := l.load(id)
		if err != nil {
			return Parents{}, err
		}
		p.Infohashes = append(p.Infohashes, t.Infohash())
		p.Times = append(p.Times, t.Time)
	}
	return p, nil
}
