package gossip

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/tx"
)

// newsFamily brings single transactions unasked.
func (g *Gossip) newsFamily() session.Family {
	return session.Family{
		Feature:  wire.FeatureNews,
		Messages: []wire.Message{&wire.News{}},
		Handler:  session.HandlerFunc(g.hear),
		Limits:   []session.Limit{{Message: &wire.News{}, PerSecond: NewsPerSecond, Burst: NewsBurst}},
	}
}

// hear takes in a transaction that comes in full. Several peers bring the same.
func (g *Gossip) hear(ctx context.Context, s *session.Session, m wire.Message) error {
	news, ok := m.(*wire.News)
	if !ok {
		return fmt.Errorf("%w: %s", session.FaultUnexpected, m.Type())
	}
	id, _ := tx.Identify(news.Tx)
	if p := g.puller(s); len(g.ledger.Unknown([]tx.ID{id})) == 0 {
		p.knows.add(id)
		return nil
	}
	return g.Take(ctx, s, [][]byte{news.Tx})
}

// tell sends one transaction in full and reports whether it could.
func (g *Gossip) tell(s *session.Session, p *puller, it ledger.Item) bool {
	if s.Peer().Features&wire.FeatureNews == 0 {
		return false
	}
	raw, err := g.ledger.Raw(it.ID)
	if err != nil || len(raw) > wire.MaxNews || !p.news.spend(1, time.Now()) {
		return false
	}
	return s.TrySend(&wire.News{Tx: raw})
}

// own reports whether a transaction began here, or came by torrent: no peer
// brought it, so all are told, not only a few.
func own(it ledger.Item) bool { return !strings.HasPrefix(it.Source, sourcePrefix) }
