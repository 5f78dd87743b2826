// Package catchup brings two ledgers into step: a node that is far behind
// streams ranges of the depth order from several peers at once, and nodes that
// are nearly in step reconcile their tries. Both end with equal roots.
package catchup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	gosync "sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// checkEvery is how often a session looks whether the two roots differ.
	checkEvery = 250 * time.Millisecond
	// patience is for how long roots may differ before the side with the
	// larger state starts a reconciliation; gossip usually settles it before.
	patience = 500 * time.Millisecond
	// otherPatience is the same for the other side, in case the first does not.
	otherPatience = 4 * patience
	// maxPause bounds the pause after reconciliations that changed nothing; it
	// doubles from patience. A peer that lies about its root costs one small
	// exchange in this time.
	maxPause = 30 * time.Second
	// MaxServed is how many reconciliations one session may have open towards
	// us: each pins a snapshot of the trie.
	MaxServed = 2
	// servedFor is how long one may take before it is given up.
	servedFor = 2 * time.Minute
	// maxServedPerMinute bounds how often a session may start one.
	maxServedPerMinute = 240
)

// Catchup is the sync family of one node.
type Catchup struct {
	ledger *ledger.Ledger
	gossip *gossip.Gossip
	log    *slog.Logger
	feeds  chan *download

	mu     gosync.Mutex
	stream *download // the running download, nil when there is none
	served map[*session.Session]*served
	met    map[*session.Session]struct{} // were in step once, or told us everything
}

// served is what one peer has started with us.
type served struct {
	open   map[uint64]*reconciliation
	since  time.Time
	opened int
}

type reconciliation struct {
	state *sync.Session
	began time.Time
}

// New returns the family over a ledger; g fetches what reconciliation finds
// missing. log may be nil.
func New(l *ledger.Ledger, g *gossip.Gossip, log *slog.Logger) *Catchup {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Catchup{
		ledger: l, gossip: g, log: log,
		feeds:  make(chan *download),
		served: make(map[*session.Session]*served),
		met:    make(map[*session.Session]struct{}),
	}
}

// Met reports whether a session's peer was in step with us once, or has told us
// all that we lacked then.
func (c *Catchup) Met(s *session.Session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.met[s]
	return ok
}

func (c *Catchup) meet(s *session.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met[s] = struct{}{}
}

// Family is what a session service plugs in.
func (c *Catchup) Family() session.Family {
	return session.Family{
		Messages: []wire.Message{&wire.Sync{}},
		Handler:  session.HandlerFunc(c.answer),
		Start:    c.follow,
	}
}

// Run feeds downloads to the ledger until the context ends.
func (c *Catchup) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-c.feeds:
			if err := d.feed(ctx, d.blame); err != nil {
				c.log.Warn("download stopped", "err", err)
			}
			c.finish(d)
		}
	}
}

// finish makes room for another download.
func (c *Catchup) finish(d *download) {
	c.mu.Lock()
	c.stream = nil
	c.mu.Unlock()
	d.abandon()
}

// streaming reports whether a download runs.
func (c *Catchup) streaming() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream != nil
}

// follow keeps one session in step for its length.
func (c *Catchup) follow(ctx context.Context, s *session.Session) {
	defer c.forget(s)
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	watch := newWatch(time.Now())
	for {
		c.step(ctx, s, watch)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// step does what is due: a download, a reconciliation, or nothing.
func (c *Catchup) step(ctx context.Context, s *session.Session, w *watch) {
	own, peer := c.ledger.Snapshot(), s.Peer().State
	if trie.Hash(peer.TRoot) == own.T.Root() {
		c.compareRules(s, own, peer, w)
		w.equal()
		c.meet(s)
		return
	}
	far := peer.Count > own.Transactions()+behind
	if far && w.mayStream(time.Now()) {
		if err := c.download(ctx, s); err != nil {
			c.log.Info("download from a peer stopped", "peer", s.RemoteAddr(), "err", err)
		}
		w.streamed(time.Now())
		return
	}
	if far && c.streaming() {
		return // what it would find is on its way
	}
	if !w.due(time.Now(), ahead(own, peer)) {
		return
	}
	found, err := c.reconcile(ctx, s)
	if err != nil {
		c.log.Debug("reconciliation ended", "peer", s.RemoteAddr(), "err", err)
	}
	if err == nil && !found {
		c.meet(s)
	}
	w.reconciled(time.Now(), found)
}

// ahead compares confirmed depth, then weight (ledger.md, 3). When both are
// equal either side may start.
func ahead(own *ledger.Snapshot, peer wire.State) bool {
	if own.ConfirmedDepth != peer.Confirmed {
		return own.ConfirmedDepth > peer.Confirmed
	}
	return own.Weight() >= peer.Weight
}

// compareRules raises the alarm of a rule fork: the same set, other results,
// twice in a row so that a state message on its way is no alarm.
func (c *Catchup) compareRules(s *session.Session, own *ledger.Snapshot, peer wire.State, w *watch) {
	if trie.Hash(peer.URoot) == own.U.Root() {
		w.forkSeen = 0
		return
	}
	if w.forkSeen++; w.forkSeen == 2 {
		c.log.Error("a peer holds the same transactions and another result: one of the two has other rules",
			"peer", s.RemoteAddr(), "ours", own.U.Root(), "theirs", trie.Hash(peer.URoot))
	}
}

// download joins the running download with this session, or begins one.
func (c *Catchup) download(ctx context.Context, s *session.Session) error {
	c.mu.Lock()
	d, fresh := c.stream, false
	if d == nil {
		d, fresh = newDownload(c.ledger, s.Peer().State), true
		c.stream = d
	}
	fetchers, ctx := errgroup.WithContext(ctx)
	stop := d.enter(ctx, s)
	c.mu.Unlock()
	defer d.leave(s, stop)
	if fresh {
		c.log.Info("far behind: streaming", "from_depth", d.next, "to_depth", d.top, "peer", s.RemoteAddr())
		select {
		case c.feeds <- d:
		case <-ctx.Done():
			c.finish(d)
			return context.Cause(ctx)
		}
	}
	for range fetchersPerPeer {
		fetchers.Go(func() error { return d.work(ctx, s) })
	}
	return fetchers.Wait()
}

// reconcile compares tries with the peer until both know the difference, and
// asks for what is missing here. It reports whether there was any.
func (c *Catchup) reconcile(ctx context.Context, s *session.Session) (found bool, err error) {
	sid := s.NewSID()
	state, turn := sync.Start(sync.Config{Trie: c.ledger.Snapshot().T})
	for {
		m, err := turn.Message(sid)
		if err != nil {
			return found, fmt.Errorf("encode sync: %w", err)
		}
		if state.Done() {
			return found, s.Send(ctx, m)
		}
		answer, err := s.Request(ctx, m)
		if err != nil {
			return found, err
		}
		next, err := c.receive(ctx, s, state, answer)
		if err != nil {
			return found, blame(s, err)
		}
		c.pull(s, next)
		found = found || len(next.Need) > 0 || len(next.Ranges) > 0
		if !next.HasReply {
			return found, nil
		}
		turn = next.Reply
	}
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
	next, err := c.receive(ctx, s, r.state, m)
	if err != nil || r.state.Done() {
		c.closeServed(s, msg.SID)
	}
	if err != nil {
		return blame(s, err)
	}
	if !c.streams(s) {
		c.pull(s, next)
	}
	if !next.HasReply {
		return nil
	}
	reply, err := next.Reply.Message(msg.SID)
	if err != nil {
		return fmt.Errorf("encode sync: %w", err)
	}
	return s.Send(ctx, reply)
}

// receive takes one turn of the peer and announces what it asks for.
func (c *Catchup) receive(ctx context.Context, s *session.Session, state *sync.Session, m wire.Message) (sync.Step, error) {
	msg, ok := m.(*wire.Sync)
	if !ok {
		return sync.Step{}, session.FaultUnexpected
	}
	turn, err := sync.ReadTurn(msg)
	if err != nil {
		return sync.Step{}, err
	}
	step, err := state.Receive(turn)
	if err != nil {
		return sync.Step{}, err
	}
	return step, c.gossip.Push(ctx, s, idsOf(step.Send))
}

// streams reports whether a download brings, or is about to bring, what a
// reconciliation that the peer began shows to be missing: parents first. Asking
// for that once more would fill the ledger's pool with what has to wait. When
// streaming fails, our own reconciliation asks.
func (c *Catchup) streams(s *session.Session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream != nil || s.Peer().Count > c.ledger.Snapshot().Transactions()+behind
}

// pull asks for what one turn showed to be missing.
func (c *Catchup) pull(s *session.Session, step sync.Step) {
	c.gossip.Pull(s, idsOf(step.Need))
	for _, r := range step.Ranges {
		c.gossip.PullRange(s, r.After, r.Upto)
	}
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

// openServed returns the reconciliation a message belongs to, beginning one
// for a new number.
func (c *Catchup) openServed(s *session.Session, sid uint64) (*reconciliation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	peer := c.served[s]
	now := time.Now()
	if peer == nil {
		peer = &served{open: make(map[uint64]*reconciliation), since: now}
		c.served[s] = peer
	}
	if r := peer.open[sid]; r != nil {
		return r, nil
	}
	if now.Sub(peer.since) >= time.Minute {
		peer.since, peer.opened = now, 0
	}
	if peer.opened++; peer.opened > maxServedPerMinute {
		return nil, fmt.Errorf("%w: reconciliations", session.FaultRate)
	}
	peer.makeRoom(now)
	r := &reconciliation{state: sync.Accept(sync.Config{Trie: c.ledger.Snapshot().T}), began: now}
	peer.open[sid] = r
	return r, nil
}

// makeRoom gives up what has expired and, at the bound, the oldest.
func (p *served) makeRoom(now time.Time) {
	var oldest uint64
	var began time.Time
	for sid, r := range p.open {
		if now.Sub(r.began) > servedFor {
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
	if peer := c.served[s]; peer != nil {
		delete(peer.open, sid)
	}
}

func (c *Catchup) forget(s *session.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.served, s)
	delete(c.met, s)
}
