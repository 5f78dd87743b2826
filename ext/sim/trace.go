package sim

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Accepted is what a Change says of a transaction that has entered T; else it
// says which status it came to.
const Accepted dag.Word = "accepted"

// Change is something that a node learned.
type Change struct {
	At   time.Duration // since the network began
	Node int
	ID   tx.ID
	Word dag.Word
}

// Trace is what happened at all nodes.
type Trace struct {
	began time.Time

	mu      sync.Mutex
	changes []Change
	last    time.Duration
}

// follow records a node's events until the ledger is closed.
func (t *Trace) follow(node int, sub *ledger.Subscription) {
	for event := range sub.C {
		t.record(node, event)
	}
}

func (t *Trace) record(node int, e ledger.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := time.Since(t.began)
	add := func(word dag.Word, ids []tx.ID) {
		for _, id := range ids {
			t.changes = append(t.changes, Change{at, node, id, word})
		}
	}
	for _, it := range e.Accepted {
		t.changes = append(t.changes, Change{at, node, it.ID, Accepted})
	}
	add(dag.Confirmed, e.Confirmed)
	add(dag.Rejected, e.Dead)
	add(dag.Disputed, e.Disputed)
	t.last = at
}

// Last is when anything was learned last.
func (t *Trace) Last() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// Changes returns everything that was learned, by time and node.
func (t *Trace) Changes() []Change {
	t.mu.Lock()
	all := slices.Clone(t.changes)
	t.mu.Unlock()
	slices.SortStableFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Node, b.Node))
	})
	return all
}

// When returns the times at which nodes came to a word on a transaction, in
// order.
func (t *Trace) When(id tx.ID, word dag.Word) []time.Duration {
	var at []time.Duration
	for _, c := range t.Changes() {
		if c.ID == id && c.Word == word {
			at = append(at, c.At)
		}
	}
	return at
}

// Clashes returns what was confirmed at one node and dead at one, ever: nothing,
// while less than a third of the stake has forked.
func (t *Trace) Clashes() []tx.ID {
	confirmed, clash := make(map[tx.ID]bool), []tx.ID{}
	all := t.Changes()
	for _, c := range all {
		confirmed[c.ID] = confirmed[c.ID] || c.Word == dag.Confirmed
	}
	for _, c := range all {
		if c.Word == dag.Disputed || c.Word == dag.Rejected && confirmed[c.ID] {
			clash = append(clash, c.ID)
		}
	}
	return clash
}

// Hash is over all changes: which node learned what at which nanosecond. The
// order in which one node learned several things in one instant counts.
func (t *Trace) Hash() [32]byte {
	h := sha256.New()
	for _, c := range t.Changes() {
		b := binary.BigEndian.AppendUint64(nil, uint64(c.At))
		b = binary.BigEndian.AppendUint32(b, uint32(c.Node))
		b = append(append(b, c.ID[:]...), c.Word...)
		h.Write(append(b, 0))
	}
	return [32]byte(h.Sum(nil))
}
