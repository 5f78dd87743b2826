package screen

import (
	"context"
	"fmt"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

type overview struct {
	cfg Config
	*watcher
}

func newOverview(cfg Config) *overview {
	return &overview{cfg, newWatcher(cfg.Client)}
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
	compare(&v, peers)
	return v, nil
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
