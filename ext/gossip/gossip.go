// Package gossip moves transactions between ledgers that are nearly in step: it
// announces what was just accepted (inv), answers get, asks for what peers
// announce, and shows double spends (rival). What it drops on the way,
// reconciliation repairs; so nothing here waits for a slow peer.
package gossip

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Bounds.
const (
	// Fanout is how many peers hear of a new transaction at once; the others
	// learn of it by reconciliation.
	Fanout = 8
	// MaxPull is how many announced ids wait to be asked for, a session: what
	// comes beyond is left to reconciliation. 32 bytes each.
	MaxPull = 8192
	// MaxRanges is how many ranges wait to be asked for, a session.
	MaxRanges = 256
	// MaxKnown is how many ids are remembered, a session, as known to the
	// peer, so that they are not announced back.
	MaxKnown = 4096
	// MaxClaims is how many ids are being asked for at once, over all sessions.
	MaxClaims = 1 << 15
	// claimFor is how long one session has to deliver an id before another is
	// asked.
	claimFor = 2 * time.Second
	// stateEvery is the least time between two state messages.
	stateEvery = 200 * time.Millisecond
	// stateAfter is how long after news the first one is sent: news come in
	// flocks, and one message is enough for those of one moment.
	stateAfter = 5 * time.Millisecond
	// MaxAnnouncedRivals is how many spends of one outpoint are announced
	// while nobody supports them (finality.md, 6).
	MaxAnnouncedRivals = 2
)

// Gossip is the message family of live transactions.
type Gossip struct {
	// Random chooses whom to tell; nil means crypto/rand. It is set before Run.
	Random io.Reader
	// Blame hears of a peer that brought an invalid transaction whose verdict
	// came late; nil if nobody cares. It is set before Run.
	Blame func(netip.AddrPort, session.Fault)

	ledger  *ledger.Ledger
	log     *slog.Logger
	mu      sync.Mutex
	pullers map[*session.Session]*puller
	sources map[string]*puller  // the same, by SourceOf
	claims  map[tx.ID]time.Time // until when an id is somebody's to bring
}

// New returns the family over a ledger. log may be nil.
func New(l *ledger.Ledger, log *slog.Logger) *Gossip {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Gossip{
		ledger:  l,
		log:     log,
		pullers: make(map[*session.Session]*puller),
		sources: make(map[string]*puller),
		claims:  make(map[tx.ID]time.Time),
	}
}

// Families returns what a session service plugs in: gossip proper, which may
// wait for its peer, and serving, which never does.
func (g *Gossip) Families() []session.Family {
	return []session.Family{
		{
			Messages: []wire.Message{&wire.Inv{}, &wire.Rival{}},
			Handler:  session.HandlerFunc(g.handle),
			Start:    g.pull,
			Limits: []session.Limit{
				{Message: &wire.Rival{}, PerSecond: RivalsPerSecond, Burst: RivalBurst},
			},
		},
		{
			Messages: []wire.Message{&wire.Get{}, &wire.Tx{}, &wire.NotFound{}},
			Handler:  session.HandlerFunc(g.serve),
			Limits: []session.Limit{
				{Message: &wire.Get{}, PerSecond: GetsPerSecond, Burst: GetBurst, Waits: true},
			},
		},
		g.newsFamily(),
	}
}

func (g *Gossip) handle(ctx context.Context, s *session.Session, m wire.Message) error {
	switch m := m.(type) {
	case *wire.Inv:
		return g.learn(s, m)
	case *wire.Rival:
		return g.offer(ctx, s, m.Txs, nil)
	}
	return nil
}

func (g *Gossip) learn(s *session.Session, m *wire.Inv) error {
	ids := make([]tx.ID, len(m.Items))
	for i, it := range m.Items {
		ids[i] = it.ID
	}
	p := g.puller(s)
	p.knows.add(ids...)
	unknown := g.ledger.Unknown(ids)
	if !p.announced.spend(len(unknown), time.Now()) {
		return fmt.Errorf("%w: %d unknown ids announced", session.FaultRate, len(unknown))
	}
	p.want(unknown)
	return nil
}

// Pull asks the session's peer for transactions, in the background.
func (g *Gossip) Pull(s *session.Session, ids []tx.ID) { g.puller(s).want(ids) }

// PullRange asks the session's peer for the keys after one up to another of
// the depth order, in the background.
func (g *Gossip) PullRange(s *session.Session, after, upto trie.Key) {
	g.puller(s).wantRange(span{after, upto})
}

// Take offers the ledger what a peer brought unasked by gossip: it is scored for
// what is invalid, and asked for parents that are missing.
func (g *Gossip) Take(ctx context.Context, s *session.Session, raws [][]byte) error {
	p := g.puller(s)
	for _, raw := range raws {
		id, _ := tx.Identify(raw)
		p.knows.add(id)
	}
	return g.offer(ctx, s, raws, p)
}

// sourcePrefix marks a source as a session.
const sourcePrefix = "peer "

// SourceOf is the name under which the ledger hears of a session's
// transactions.
func SourceOf(s *session.Session) string { return sourcePrefix + s.RemoteAddr().String() }

// blame scores the peer behind a source for what it brought some time ago.
func (g *Gossip) blame(r ledger.Refusal) {
	text, ok := strings.CutPrefix(r.Source, sourcePrefix)
	addr, err := netip.ParseAddrPort(text)
	if !ok || err != nil || g.Blame == nil {
		return
	}
	g.log.Warn("what a peer sent turned out invalid", "peer", addr, "txid", r.ID, "err", r.Err)
	g.Blame(addr, session.FaultInvalid)
}

// Run announces what the ledger accepts, and what it holds then, to the
// sessions until the context ends.
func (g *Gossip) Run(ctx context.Context, sessions func() []*session.Session) {
	sub := g.ledger.Subscribe()
	defer func() { sub.Close() }()
	choice := g.choice()
	said, due := time.Time{}, true
	pending := time.NewTimer(stateEvery)
	defer pending.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-sub.C:
			if !ok { // cut off for being slow, or the ledger is closed
				if ctx.Err() != nil {
					return
				}
				sub = g.ledger.Subscribe()
				if _, open := <-sub.C; !open {
					return
				}
				continue
			}
			g.relay(event, sessions(), choice)
			if !due { // what is put off again and again is never said
				due = true
				pending.Reset(max(stateAfter, stateEvery-time.Since(said)))
			}
		case late := <-g.ledger.Refusals():
			g.blame(late)
		case <-pending.C:
			said, due = time.Now(), false
			g.tellState(sessions())
		}
	}
}

// choice is the source of what is left to chance. The peers that hear of a
// transaction first must not be guessable, so its seed is not either.
func (g *Gossip) choice() *rand.Rand {
	random := g.Random
	if random == nil {
		random = crand.Reader
	}
	var seed [32]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		g.log.Warn("no random numbers: the same peers hear first every time", "err", err)
	}
	return rand.New(rand.NewChaCha8(seed))
}

// tellState sends everyone what the ledger holds now.
func (g *Gossip) tellState(sessions []*session.Session) {
	state := State(g.ledger.Snapshot())
	for _, s := range sessions {
		s.TrySend(&state)
	}
}

// State is what a snapshot says on the wire.
func State(s *ledger.Snapshot) wire.State {
	return wire.State{
		Count: s.Transactions(), Weight: s.Weight(),
		Depth: s.Depth, Confirmed: s.ConfirmedDepth,
		TRoot: s.T.Root(), URoot: s.U.Root(),
	}
}

// relay announces accepted transactions to a few sessions that do not have
// them, those that began here to all, and shows what double-spends.
func (g *Gossip) relay(event ledger.Event, sessions []*session.Session, choice *rand.Rand) {
	choice.Shuffle(len(sessions), func(i, j int) { sessions[i], sessions[j] = sessions[j], sessions[i] })
	items := g.worthSaying(event.Accepted)
	few := min(Fanout, len(sessions))
	for _, s := range sessions[:few] {
		g.announce(s, items)
	}
	if began := slices.DeleteFunc(slices.Clone(items), func(it ledger.Item) bool { return !own(it) }); len(began) > 0 {
		for _, s := range sessions[few:] {
			g.announce(s, began)
		}
	}
	g.refund(event.Accepted)
	for _, pair := range g.evidence(event) {
		for _, s := range sessions[:few] {
			if g.puller(s).rivals.spend(1, time.Now()) {
				s.TrySend(&wire.Rival{Txs: pair})
			}
		}
	}
}

// refund gives back to sessions what entered T after all.
func (g *Gossip) refund(items []ledger.Item) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, it := range items {
		if p := g.sources[it.Source]; p != nil {
			p.useless.refund(it.Size)
		}
	}
}

func (g *Gossip) announce(s *session.Session, items []ledger.Item) {
	p, source := g.puller(s), SourceOf(s)
	var news []wire.Item
	for _, it := range items {
		if it.Source == source || p.knows.has(it.ID) || g.tell(s, p, it) {
			continue
		}
		news = append(news, wire.Item{ID: it.ID, Infohash: it.Infohash})
		if len(news) == wire.MaxInv {
			s.TrySend(&wire.Inv{Items: news})
			news = nil
		}
	}
	if len(news) > 0 {
		s.TrySend(&wire.Inv{Items: news})
	}
}
