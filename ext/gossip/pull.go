package gossip

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// puller asks one peer for what it announced, in batches, one request at a
// time.
type puller struct {
	knows idSet
	wake  chan struct{}

	// What its peer may still cost us, and we may still tell it.
	useless, announced, misses, rivals, news *budget

	mu     sync.Mutex
	queue  []tx.ID
	queued map[tx.ID]struct{}
	ranges []span
}

// span is a part of the depth order, from exclusive, to inclusive.
type span struct{ from, to trie.Key }

// puller returns the session's, which lives as long as the session.
func (g *Gossip) puller(s *session.Session) *puller {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pullers[s]
	if p == nil {
		p = newPuller(time.Now())
		select {
		case <-s.Done(): // it is over: nobody would forget it
		default:
			g.pullers[s], g.sources[SourceOf(s)] = p, p
		}
	}
	return p
}

func newPuller(now time.Time) *puller {
	return &puller{
		wake: make(chan struct{}, 1), queued: make(map[tx.ID]struct{}),
		useless:   newBudget(MaxUseless, UselessPerSecond, now),
		announced: newBudget(AnnouncedBurst, AnnouncedPerSecond, now),
		misses:    newBudget(MissesBurst, MissesPerSecond, now),
		rivals:    newBudget(RivalBurst/2, RivalsPerSecond/2, now),
		news:      newBudget(NewsBurst/2, NewsPerSecond/2, now),
	}
}

// want queues ids as far as there is room.
func (p *puller) want(ids []tx.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if _, ok := p.queued[id]; ok || len(p.queue) == MaxPull {
			continue
		}
		p.queued[id] = struct{}{}
		p.queue = append(p.queue, id)
	}
	p.signal()
}

// wantRange queues a range as far as there is room.
func (p *puller) wantRange(r span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ranges) < MaxRanges {
		p.ranges = append(p.ranges, r)
	}
	p.signal()
}

// signal wakes the puller when there is work. The caller holds mu.
func (p *puller) signal() {
	if len(p.queue)+len(p.ranges) > 0 {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// takeRange returns the next range to fetch.
func (p *puller) takeRange() (r span, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ranges) == 0 {
		return span{}, false
	}
	r, p.ranges = p.ranges[0], p.ranges[1:]
	return r, true
}

// askAtOnce is how many ids one get asks for: as many transactions of the usual
// size as an answer has room for. The rest would be named again in the next get.
const askAtOnce = 128

// take returns the next ids to ask for.
func (p *puller) take() []tx.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.queue), askAtOnce)
	ids := p.queue[:n:n]
	p.queue = p.queue[n:]
	for _, id := range ids {
		delete(p.queued, id)
	}
	return ids
}

// pull runs for the length of a session.
func (g *Gossip) pull(ctx context.Context, s *session.Session) {
	p := g.puller(s)
	defer g.forget(s)
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		if err := g.drain(ctx, s, p); err != nil {
			g.log.Debug("pull", "peer", s.RemoteAddr(), "err", err)
		}
	}
}

// drain asks for everything that is queued: ranges first, since they are the
// older part of what a reconciliation found.
func (g *Gossip) drain(ctx context.Context, s *session.Session, p *puller) error {
	for {
		if r, ok := p.takeRange(); ok {
			if err := g.askRange(ctx, s, p, r); err != nil {
				return err
			}
			continue
		}
		ids := p.take()
		if len(ids) == 0 {
			return nil
		}
		if err := g.ask(ctx, s, p, ids); err != nil {
			return err
		}
	}
}

// askRange fetches a range frame by frame.
func (g *Gossip) askRange(ctx context.Context, s *session.Session, p *puller, r span) error {
	for {
		answer, err := s.Request(ctx, &wire.Get{From: r.from, To: r.to})
		if err != nil {
			return fmt.Errorf("ask for a range: %w", err)
		}
		got, ok := answer.(*wire.Tx)
		if !ok {
			return nil
		}
		if err := g.offer(ctx, s, got.Txs, p); err != nil || got.Next == nil {
			return err
		}
		if err := g.goesOn(s, got); err != nil {
			return err
		}
		r.from = *got.Next
	}
}

// goesOn checks an answer after which the range goes on: that it held as much as
// such an answer does, and ended where it says, as far as the ledger can tell. So
// a range ends, whatever the peer sends: each answer brings it forward by keys of
// T, or is paid for by what a session may waste.
func (g *Gossip) goesOn(s *session.Session, got *wire.Tx) error {
	if got.Short() {
		s.Fault(session.FaultUseless)
		return fmt.Errorf("%w: a short part of a range", session.FaultUseless)
	}
	id, _ := tx.Identify(got.Txs[len(got.Txs)-1])
	status, err := g.ledger.Status(id)
	if err != nil || !g.ledger.Has(id) {
		return nil // it waits, and its depth is not known
	}
	if key := trie.DepthKey(status.Depth, id); key != trie.Key(*got.Next) {
		s.Fault(session.FaultUseless)
		return fmt.Errorf("%w: a range goes on from another transaction than its last", session.FaultUseless)
	}
	return nil
}

func (g *Gossip) forget(s *session.Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sources, SourceOf(s))
	delete(g.pullers, s)
}

// ask requests ids from the peer until it has sent them, says that it has not,
// or sends nothing new.
func (g *Gossip) ask(ctx context.Context, s *session.Session, p *puller, ids []tx.ID) error {
	ids = g.claim(ids)
	defer func() { g.release(ids) }()
	for len(ids) > 0 {
		get := &wire.Get{IDs: make([][32]byte, len(ids))}
		for i, id := range ids {
			get.IDs[i] = id
		}
		answer, err := s.Request(ctx, get)
		if err != nil {
			return fmt.Errorf("ask for %d transactions: %w", len(ids), err)
		}
		got, ok := answer.(*wire.Tx)
		if !ok { // notfound, of what it said it has
			s.Fault(session.FaultUseless)
			return nil
		}
		left, err := g.accept(ctx, s, p, ids, got.Txs)
		if err != nil {
			return err
		}
		g.release(ids)
		if len(left) == len(ids) {
			s.Fault(session.FaultUseless)
			return nil
		}
		ids = g.claim(left)
	}
	return nil
}

// accept offers an answer to the ledger and returns what of ids is still to
// come.
func (g *Gossip) accept(ctx context.Context, s *session.Session, p *puller, ids []tx.ID, raws [][]byte) ([]tx.ID, error) {
	asked := make(map[tx.ID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	for _, raw := range raws {
		id, _ := tx.Identify(raw)
		if !asked[id] {
			s.Fault(session.FaultUseless)
			return nil, fmt.Errorf("%w: %s was not asked for", session.FaultUseless, id)
		}
		delete(asked, id)
		p.knows.add(id)
	}
	left := make([]tx.ID, 0, len(asked))
	for _, id := range ids {
		if asked[id] {
			left = append(left, id)
		}
	}
	return left, g.offer(ctx, s, raws, p)
}

// errUseless ends a batch; the peer is scored already.
var errUseless = errors.New("too many transactions that do not enter the ledger")

// offer gives a peer's transactions to the ledger, scores the peer for invalid
// ones and asks it for the parents that are missing.
func (g *Gossip) offer(ctx context.Context, s *session.Session, raws [][]byte, p *puller) error {
	outcomes, err := g.ledger.Add(ctx, SourceOf(s), raws...)
	if err != nil {
		return err
	}
	if p == nil {
		p = g.puller(s)
	}
	useless := 0
	for i, o := range outcomes {
		switch o.Verdict {
		case ledger.Invalid:
			s.Fault(session.FaultInvalid)
			g.log.Warn("a peer sent an invalid transaction", "peer", s.RemoteAddr(), "txid", o.ID, "err", o.Err)
		case ledger.Waiting:
			parents := make([]tx.ID, len(o.Missing))
			for i, w := range o.Missing {
				parents[i] = w.ID
			}
			p.want(g.ledger.Unknown(parents))
			useless += len(raws[i])
		case ledger.Evicted, ledger.Held:
			useless += len(raws[i])
		}
	}
	if !p.useless.spend(useless, time.Now()) {
		s.Fault(session.FaultRate)
		return errUseless
	}
	return nil
}

// claim takes those of ids that T lacks and nobody else is bringing.
func (g *Gossip) claim(ids []tx.ID) []tx.ID {
	ids = g.ledger.Unknown(ids)
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	mine := ids[:0]
	for _, id := range ids {
		if g.claims[id].After(now) {
			continue
		}
		if len(g.claims) < MaxClaims {
			g.claims[id] = now.Add(claimFor)
		}
		mine = append(mine, id)
	}
	return mine
}

func (g *Gossip) release(ids []tx.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		delete(g.claims, id)
	}
}

// idSet remembers the last MaxKnown to 2*MaxKnown ids, in two generations.
type idSet struct {
	mu         sync.Mutex
	young, old map[tx.ID]struct{}
}

func (s *idSet) add(ids ...tx.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if s.young == nil || len(s.young) >= MaxKnown {
			s.old, s.young = s.young, make(map[tx.ID]struct{})
		}
		s.young[id] = struct{}{}
	}
}

func (s *idSet) has(id tx.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, young := s.young[id]
	_, old := s.old[id]
	return young || old
}
