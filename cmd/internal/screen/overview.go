package screen

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

type overview struct {
	cfg Config
	*watcher
	steps steps
}

func newOverview(cfg Config) *overview {
	return &overview{cfg: cfg, watcher: newWatcher(cfg.Client)}
}

// Overview implements tui.OverviewSource.
func (o *overview) Overview(ctx context.Context) (tui.Overview, error) {
	v := tui.Overview{
		Version: o.cfg.Node.Version, Listen: o.cfg.Node.Listen, Network: o.cfg.Node.Network, Ledger: o.cfg.Node.Ledger,
	}
	sum, err := o.cfg.Client.Torrents().Summary(ctx)
	if err != nil {
		return v, fmt.Errorf("ask for the torrents: %w", err)
	}
	v.Torrents, v.Down, v.Up, v.Problems = sum.Torrents, sum.DownRate, sum.UpRate, sum.Problems
	if !v.Ledger {
		return v, nil
	}
	s, err := o.cfg.Client.Status(ctx)
	if err != nil {
		return v, fmt.Errorf("ask for the state of the ledger: %w", err)
	}
	peers, err := o.cfg.Client.Peers(ctx)
	if err != nil {
		return v, fmt.Errorf("ask for the peers: %w", err)
	}
	v.Network, v.Transactions, v.Waiting, v.Voters, v.Alarm = s.Network, s.Transactions, s.Waiting, s.Voters, s.Alarm
	v.Problems = append(s.Problems, v.Problems...)
	compare(&v, o.steps.lately(peers, time.Now()))
	return v, nil
}

// lateness is how long the news of a transaction may be on its way to a peer, and
// its answer back, before the peer is no longer said to be in step. Without it the
// header of a network that pays once a second changes twice a second.
const lateness = 3 * time.Second

// steps remembers when each peer held exactly what we hold.
type steps struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// lately is the peers as they stood within lateness: one that was in step still is,
// unless it decides by other rules.
func (s *steps) lately(peers []api.Peer, now time.Time) []api.Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := make(map[string]time.Time, len(peers))
	peers = slices.Clone(peers)
	for i := range peers {
		p := &peers[i]
		at, was := s.last[p.Address]
		if p.InSync {
			at, was = now, true
		}
		if was {
			last[p.Address] = at
			p.InSync = now.Sub(at) < lateness
		}
	}
	s.last = last
	return peers
}

// compare counts how the peers stand to us. What they say of themselves is a
// claim; only that their roots are ours is known.
func compare(v *tui.Overview, peers []api.Peer) {
	v.Peers = len(peers)
	for _, p := range peers {
		switch {
		case p.OtherRules:
			v.OtherRules++
		case p.InSync:
			v.InStep++
		case p.Transactions > v.Transactions:
			v.Ahead++
			v.Target = max(v.Target, p.Transactions)
		default:
			v.Behind++
		}
	}
}
