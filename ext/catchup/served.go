package catchup

import (
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// MaxServed is how many reconciliations one session may have open towards
	// us: each pins a snapshot of the trie.
	MaxServed = 2
	// ServedFor is how long one may take before it is given up.
	ServedFor = 2 * time.Minute
	// TurnsPerSecond and TurnBurst bound the turns that one session makes us
	// answer, beyond which it waits: four whole reconciliations at once.
	TurnsPerSecond = 128
	TurnBurst      = 4 * sync.MaxTurns
	// MaxServedPerMinute bounds how often a session may start one.
	MaxServedPerMinute = 240
)

// partner is what there is between a peer and us.
type partner struct {
	met    bool                       // was in step once, or told us everything
	open   map[uint64]*reconciliation // those that the peer has started
	since  time.Time
	opened int
	quota  int          // transactions that it may give
	gives  chan []tx.ID // what it wants
}

// reconciliation is one that a peer has started.
type reconciliation struct {
	state *sync.Session
	began time.Time
	pulls bool // we ask for what it shows to be missing
	found findings
}

// partner returns the session's, which lives as long as the session.
func (c *Catchup) partner(s *session.Session) *partner {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.partnerLocked(s)
}

func (c *Catchup) partnerLocked(s *session.Session) *partner {
	p := c.partners[s]
	if p == nil {
		p = &partner{open: make(map[uint64]*reconciliation), since: time.Now(), gives: make(chan []tx.ID, 1)}
		select {
		case <-s.Done(): // it is over: nobody would forget it
		default:
			c.partners[s] = p
		}
	}
	return p
}

// openServed returns the reconciliation a message belongs to, beginning one
// for a new number.
func (c *Catchup) openServed(s *session.Session, sid uint64) (*reconciliation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	peer, now := c.partnerLocked(s), time.Now()
	if r := peer.open[sid]; r != nil {
		return r, nil
	}
	if now.Sub(peer.since) >= time.Minute {
		peer.since, peer.opened = now, 0
	}
	if peer.opened++; peer.opened > MaxServedPerMinute {
		return nil, fmt.Errorf("%w: reconciliations", session.FaultRate)
	}
	peer.makeRoom(now)
	r := c.accept(s, sid, now)
	peer.open[sid] = r
	return r, nil
}

// accept begins a reconciliation for the peer. We ask for what it shows to be
// missing here unless somebody else brings that: a download, whose parents come
// first, or the reconciliation in which we ask already. Should they not, our own
// reconciliation with this peer does.
func (c *Catchup) accept(s *session.Session, sid uint64, now time.Time) *reconciliation {
	r := &reconciliation{began: now}
	asks := false
	if !c.streamsLocked(s) {
		asks = c.asking.take(s, sid, now)
		r.pulls = asks || !c.asking.busy(now)
	}
	r.state = sync.Accept(sync.Config{Trie: c.ledger.Snapshot().T, Want: asks})
	return r
}

// streamsLocked reports whether a download runs, or is about to. The caller
// holds mu.
func (c *Catchup) streamsLocked(s *session.Session) bool {
	return c.stream != nil || s.Peer().Count > c.ledger.Snapshot().Transactions()+behind
}

// makeRoom gives up what has expired and, at the bound, the oldest.
func (p *partner) makeRoom(now time.Time) {
	var oldest uint64
	var began time.Time
	for sid, r := range p.open {
		if now.Sub(r.began) > ServedFor {
			delete(p.open, sid)
		} else if began.IsZero() || r.began.Before(began) {
			oldest, began = sid, r.began
		}
	}
	if len(p.open) >= MaxServed {
		delete(p.open, oldest)
	}
}

func (c *Catchup) closeServed(s *session.Session, sid uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if peer := c.partners[s]; peer != nil {
		delete(peer.open, sid)
	}
}

func (c *Catchup) forget(s *session.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.partners, s)
	c.asking.forget(s)
}
