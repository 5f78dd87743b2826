package catchup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// reconcile compares tries with the peer until both know the difference, and
// asks for what is missing here. It reports whether there was any.
func (c *Catchup) reconcile(ctx context.Context, s *session.Session) (found bool, err error) {
	sid := s.NewSID()
	asks := c.asking.take(s, sid, time.Now())
	var all findings
	defer func() {
		c.pull(s, &all)
		c.asking.ended(s, sid)
		err = errors.Join(err, c.reap(ctx, s))
	}()
	state, turn := sync.Start(sync.Config{Trie: c.ledger.Snapshot().T, Want: asks})
	next := sync.Step{Reply: turn, HasReply: true}
	for next.HasReply {
		m, err := next.Reply.Message(sid)
		if err != nil {
			return found, fmt.Errorf("encode sync: %w", err)
		}
		c.wants(s, state.Wanted())
		if err := c.give(ctx, s, next.Send); err != nil {
			return found, err
		}
		if state.Done() {
			return found, s.Send(ctx, m)
		}
		answer, err := s.Request(ctx, m)
		if err != nil {
			return found, err
		}
		if next, err = c.receive(s, state, answer); err != nil {
			return found, blame(s, err)
		}
		all.add(next)
		found = found || next.Given > 0 || len(next.Need) > 0 || len(next.Ranges) > 0
	}
	return found || state.Partial(), nil
}

// answer is the other side of reconcile.
func (c *Catchup) answer(ctx context.Context, s *session.Session, m wire.Message) error {
	msg, ok := m.(*wire.Sync)
	if !ok {
		return fmt.Errorf("%w: %s", session.FaultUnexpected, m.Type())
	}
	r, err := c.openServed(s, msg.SID)
	if err != nil {
		return err
	}
	next, err := c.receive(s, r.state, m)
	if err != nil {
		c.closeServed(s, msg.SID)
		return blame(s, err)
	}
	r.found.add(next)
	if err := c.reply(ctx, s, r, msg.SID, next); err != nil || !r.state.Done() {
		return err
	}
	c.closeServed(s, msg.SID)
	if r.pulls {
		c.pull(s, &r.found)
	}
	c.asking.ended(s, msg.SID)
	return c.reap(ctx, s)
}

// reply sends our turn of a conversation that the peer has started, and what
// the peer asked for.
func (c *Catchup) reply(ctx context.Context, s *session.Session, r *reconciliation, sid uint64, next sync.Step) error {
	if !next.HasReply {
		return nil
	}
	reply, err := next.Reply.Message(sid)
	if err != nil {
		return fmt.Errorf("encode sync: %w", err)
	}
	c.wants(s, r.state.Wanted())
	if err := s.Send(ctx, reply); err != nil {
		return err
	}
	return c.give(ctx, s, next.Send)
}

// receive takes one turn of the peer.
func (c *Catchup) receive(s *session.Session, state *sync.Session, m wire.Message) (sync.Step, error) {
	msg, ok := m.(*wire.Sync)
	if !ok {
		return sync.Step{}, session.FaultUnexpected
	}
	turn, err := sync.ReadTurn(msg)
	if err != nil {
		return sync.Step{}, err
	}
	step, err := state.Receive(turn)
	if err == nil {
		c.asking.announced(s, msg.SID, step.Given)
	}
	return step, err
}

// findings are what a conversation showed to be missing here. It finds the
// largest keys first, and they are fetched last, after their parents; so nothing
// is fetched before its end.
type findings struct {
	need   []trie.Key
	ranges []sync.Range
}

// add takes a step's, and of all the smallest, as many as gossip asks for.
func (f *findings) add(step sync.Step) {
	f.need = append(f.need, step.Need...)
	slices.SortFunc(f.need, trie.Key.Compare)
	f.need = f.need[:min(len(f.need), gossip.MaxPull)]
	f.ranges = append(f.ranges, step.Ranges...)
	slices.SortFunc(f.ranges, func(a, b sync.Range) int { return a.After.Compare(b.After) })
	f.ranges = f.ranges[:min(len(f.ranges), gossip.MaxRanges)]
}

// pull asks for what is missing.
func (c *Catchup) pull(s *session.Session, f *findings) {
	for _, r := range f.ranges {
		c.gossip.PullRange(s, r.After, r.Upto)
	}
	c.gossip.Pull(s, idsOf(f.need))
}

func idsOf(keys []trie.Key) []tx.ID {
	ids := make([]tx.ID, len(keys))
	for i, k := range keys {
		ids[i] = k.ID()
	}
	return ids
}

// blame scores a peer for what a reconciliation found wrong with it.
func blame(s *session.Session, err error) error {
	var bad *sync.Error
	var malformed *wire.Error
	if errors.As(err, &bad) || errors.As(err, &malformed) {
		s.Fault(session.FaultSync)
	}
	return err
}
