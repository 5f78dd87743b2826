package catchup

import (
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/session"
)

const (
	// askFor is how long one reconciliation may be the only one in which this
	// node asks for transactions. Asked in two at once, both would bring them.
	askFor = 5 * time.Second
	// leaveFor is how many times as long a session then leaves that to others:
	// one that brings nothing has a third of the time at most. And no session
	// waits longer than askFor for others, see step.
	leaveFor = 2
	// MaxHarvest is how many bytes of transactions wait for the end of that
	// reconciliation, a frame more or less. There is one a node.
	MaxHarvest = 4 << 20
)

// asking is the one reconciliation in which this node asks for transactions,
// until what the peer said it gives is here.
type asking struct {
	mu     sync.Mutex
	holder *session.Session // nil for none
	sid    uint64
	began  time.Time
	over   bool  // the conversation is
	due    int64 // announced and not here yet; below zero what came before
	// Given is what came. The conversation finds the largest keys first, so most
	// of it has to wait for parents that come later: it is kept until then.
	given [][]byte
	size  int                            // bytes of given
	next  map[*session.Session]time.Time // not before
}

func newAsking() *asking { return &asking{next: make(map[*session.Session]time.Time)} }

// take reports whether the reconciliation may ask.
func (a *asking) take(s *session.Session, sid uint64, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.taken(now) || len(a.given) > 0 || now.Before(a.next[s]) {
		return false // what was given is its session's to harvest, within checkEvery
	}
	a.holder, a.sid, a.began, a.over, a.due = s, sid, now, false, 0
	a.given, a.size = nil, 0
	a.next[s] = now.Add((1 + leaveFor) * askFor)
	return true
}

func (a *asking) taken(now time.Time) bool { return a.holder != nil && now.Sub(a.began) < askFor }

// busy reports whether somebody asks.
func (a *asking) busy(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.taken(now)
}

// announced notes that the peer gives n transactions.
func (a *asking) announced(s *session.Session, sid, n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holder == s && a.sid == sid {
		a.due += int64(n)
	}
}

// came takes what is here, unless its time is over.
func (a *asking) came(s *session.Session, txs [][]byte, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holder != s || !a.taken(now) {
		return false
	}
	a.due -= int64(len(txs))
	a.given = append(a.given, txs...)
	for _, raw := range txs {
		a.size += len(raw)
	}
	return true
}

// ended notes the end of the conversation.
func (a *asking) ended(s *session.Session, sid uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holder == s && a.sid == sid {
		a.over = true
	}
}

// harvest hands out what a session has brought once that is all, or too much to
// keep, or its time is over; and makes way for another.
func (a *asking) harvest(s *session.Session, now time.Time) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	done := a.over && a.due == 0 || !a.taken(now)
	if a.holder != s || !done && a.size < MaxHarvest {
		return nil
	}
	txs := a.given
	a.given, a.size = nil, 0
	if done {
		a.next[s] = now.Add(leaveFor * min(askFor, now.Sub(a.began)))
		a.holder = nil
	}
	return txs
}

func (a *asking) forget(s *session.Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.next, s)
	if a.holder == s {
		a.holder, a.given = nil, nil
	}
}
