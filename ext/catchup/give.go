package catchup

import (
	"context"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// MaxQuota bounds what a peer may give at a time, in transactions: what the
// wants of one turn may bring, of our conversation and of its own.
const MaxQuota = 2 * sync.MaxSendTurn

// give sends a peer what it wants, while the conversation goes on. One turn's
// transactions may wait behind another's; who asks for more then waits.
func (c *Catchup) give(ctx context.Context, s *session.Session, keys []trie.Key) error {
	if len(keys) == 0 {
		return nil
	}
	select {
	case c.partner(s).gives <- idsOf(keys):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// giveAll runs for the length of a session.
func (c *Catchup) giveAll(ctx context.Context, s *session.Session) {
	gives := c.partner(s).gives
	for {
		select {
		case <-ctx.Done():
			return
		case ids := <-gives:
			if err := c.send(ctx, s, ids); err != nil && ctx.Err() == nil {
				c.log.Warn("cannot give what a peer wants", "peer", s.RemoteAddr(), "err", err)
			}
		}
	}
}

func (c *Catchup) send(ctx context.Context, s *session.Session, ids []tx.ID) error {
	for len(ids) > 0 {
		txs, err := c.gossip.Pack(ids)
		if err != nil {
			return fmt.Errorf("read what to give: %w", err)
		}
		if err := s.Send(ctx, &wire.Give{Txs: txs}); err != nil {
			return err
		}
		ids = ids[len(txs):]
	}
	return nil
}

// wants notes how many transactions the peer may give from now on.
func (c *Catchup) wants(s *session.Session, n int) {
	p := c.partner(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	p.quota = min(p.quota+n, MaxQuota)
}

// draw takes from what the peer may give, and reports whether it may.
func (c *Catchup) draw(s *session.Session, n int) bool {
	p := c.partner(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > p.quota {
		return false
	}
	p.quota -= n
	return true
}

// given takes in what the peer gives. It is a family of its own: while it
// waits for the ledger, the conversation goes on.
func (c *Catchup) given(ctx context.Context, s *session.Session, m wire.Message) error {
	g, ok := m.(*wire.Give)
	if !ok {
		return fmt.Errorf("%w: %s", session.FaultUnexpected, m.Type())
	}
	if !c.draw(s, len(g.Txs)) {
		return fmt.Errorf("%w: %d transactions are given", session.FaultUnsolicited, len(g.Txs))
	}
	if !c.asking.came(s, g.Txs, time.Now()) {
		return c.gossip.Take(ctx, s, g.Txs)
	}
	return c.reap(ctx, s)
}

// reap gives the ledger what a reconciliation has brought, if it is time.
func (c *Catchup) reap(ctx context.Context, s *session.Session) error {
	txs := c.asking.harvest(s, time.Now())
	if len(txs) == 0 {
		return nil
	}
	return c.gossip.Take(ctx, s, txs)
}
