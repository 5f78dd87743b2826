// Package catchup brings two ledgers into step: a node that is far behind
// streams ranges of the depth order from several peers at once, and nodes that
// are nearly in step reconcile their tries. Both end with equal roots.
package catchup

import (
	"context"
	"log/slog"
	gosync "sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
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
)

// Catchup is the sync family of one node.
type Catchup struct {
	ledger *ledger.Ledger
	gossip *gossip.Gossip
	log    *slog.Logger
	feeds  chan *download
	asking *asking
	rules  ruleWatch

	mu       gosync.Mutex
	stream   *download // the running download, nil when there is none
	partners map[*session.Session]*partner
}

// New returns the family over a ledger; g fetches what reconciliation finds
// missing. log may be nil.
func New(l *ledger.Ledger, g *gossip.Gossip, log *slog.Logger) *Catchup {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Catchup{
		ledger: l, gossip: g, log: log,
		feeds:    make(chan *download),
		asking:   newAsking(),
		partners: make(map[*session.Session]*partner),
	}
}

// Met reports whether a session's peer was in step with us once, or has told us
// all that we lacked then.
func (c *Catchup) Met(s *session.Session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.partners[s]
	return p != nil && p.met
}

func (c *Catchup) meet(s *session.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.partnerLocked(s).met = true
}

// Families are what a session service plugs in. Taking in what a peer gives is
// a family of its own: two nodes whose conversations wait until there is room to
// give must not wait for each other.
func (c *Catchup) Families() []session.Family {
	return []session.Family{
		{
			Messages: []wire.Message{&wire.Sync{}},
			Handler:  session.HandlerFunc(c.answer),
			Start:    c.follow,
			Limits:   []session.Limit{{Message: &wire.Sync{}, PerSecond: TurnsPerSecond, Burst: TurnBurst, Waits: true}},
		},
		{
			Messages: []wire.Message{&wire.Give{}},
			Handler:  session.HandlerFunc(c.given),
			Start:    c.giveAll,
		},
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
	if err := c.reap(ctx, s); err != nil && ctx.Err() == nil {
		c.log.Warn("cannot take what a peer gave", "peer", s.RemoteAddr(), "err", err)
	}
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
	if !w.due(time.Now(), ahead(own, peer, s.BreaksTies())) || c.asking.busy(time.Now()) && w.waits(time.Now()) {
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
// equal tie decides: two reconciliations at once would find everything twice.
func ahead(own *ledger.Snapshot, peer wire.State, tie bool) bool {
	if own.ConfirmedDepth != peer.Confirmed {
		return own.ConfirmedDepth > peer.Confirmed
	}
	if own.Weight() != peer.Weight {
		return own.Weight() > peer.Weight
	}
	return tie
}

// compareRules looks for a rule fork: the same set, other results. A peer's word
// counts when it stands twice in a row, so that a state message on its way is
// none, and alarms only together with another peer's.
func (c *Catchup) compareRules(s *session.Session, own *ledger.Snapshot, peer wire.State, w *watch) {
	place := placeOf(s.RemoteAddr())
	if trie.Hash(peer.URoot) == own.U.Root() {
		w.forkSeen = 0
		c.rules.retract(place)
		return
	}
	if said := [2]trie.Hash{own.T.Root(), trie.Hash(peer.URoot)}; said != w.forkSaid {
		w.forkSeen, w.forkSaid = 0, said
	}
	if w.forkSeen++; w.forkSeen != 2 {
		return
	}
	log := c.log.With("peer", s.RemoteAddr(), "ours", own.U.Root(), "theirs", trie.Hash(peer.URoot))
	if c.rules.hear(place, own.T.Root(), trie.Hash(peer.URoot)) {
		log.Error("several peers hold the same transactions and another result: they or we have other rules, stop paying and update")
		return
	}
	log.Warn("a peer says that it holds the same transactions and another result; alone it may lie")
}

// RulesDiffer reports whether several peers hold what we hold and agree on
// another result: the alarm of a rule fork.
func (c *Catchup) RulesDiffer() bool { return c.rules.raised(c.ledger.Snapshot().T.Root()) }

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
