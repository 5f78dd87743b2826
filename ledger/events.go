package ledger

import (
	"sync"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Item is one accepted transaction, as gossip needs it.
type Item struct {
	ID       tx.ID
	Infohash tx.Infohash
	Kind     tx.Kind
	// Voter is whose witness it is; zero for the other kinds.
	Voter tx.Key
	// Size is its length in bytes.
	Size int
	// Source is what Add was given: gossip does not send a transaction back
	// to where it came from.
	Source string
}

// Event says what one durable batch changed.
type Event struct {
	Accepted []Item
	// Confirmed, Dead, Disputed and Conflicted changed their status to what
	// their names say, parents before children.
	Confirmed, Dead, Disputed, Conflicted []tx.ID
	Forked                                []tx.Key
	// Alarm is set while a third of the stake has forked.
	Alarm bool
}

func (e *Event) merge(d dag.Delta) {
	e.Confirmed = append(e.Confirmed, d.Confirmed...)
	e.Dead = append(e.Dead, d.Dead...)
	e.Disputed = append(e.Disputed, d.Disputed...)
	e.Conflicted = append(e.Conflicted, d.Conflicted...)
	e.Forked = append(e.Forked, d.Forked...)
}

// Subscription receives events in order. A subscriber that falls more than a
// fixed number of events behind is cut off: C is closed, and it starts anew
// from a snapshot.
type Subscription struct {
	C   <-chan Event
	c   chan Event
	hub *hub
}

// Close ends the subscription.
func (s *Subscription) Close() { s.hub.remove(s) }

// Subscribe returns the events from now on.
func (l *Ledger) Subscribe() *Subscription { return l.hub.add() }

type hub struct {
	mu     sync.Mutex
	subs   map[*Subscription]struct{}
	closed bool
}

func (h *hub) add() *Subscription {
	c := make(chan Event, EventQueue)
	s := &Subscription{C: c, c: c, hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return s
	}
	if h.subs == nil {
		h.subs = make(map[*Subscription]struct{})
	}
	h.subs[s] = struct{}{}
	return s
}

func (h *hub) remove(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[s]; ok {
		delete(h.subs, s)
		close(s.c)
	}
}

func (h *hub) publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		select {
		case s.c <- e:
		default:
			delete(h.subs, s)
			close(s.c)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		delete(h.subs, s)
		close(s.c)
	}
}
