package screen

import (
	"context"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// peers adapts the nodes of the network.
type peers struct{ c api.Backend }

func newPeers(cfg Config) tui.PeerSource {
	if !cfg.Node.Ledger {
		return nil
	}
	return &peers{cfg.Client}
}

// Nodes implements tui.PeerSource.
func (s *peers) Nodes(ctx context.Context) (tui.Nodes, error) {
	now, err := s.c.Status(ctx)
	if err != nil {
		return tui.Nodes{}, fmt.Errorf("ask for the state of the ledger: %w", err)
	}
	list, err := s.c.Peers(ctx)
	if err != nil {
		return tui.Nodes{}, fmt.Errorf("ask for the peers: %w", err)
	}
	out := tui.Nodes{Network: now.Network, Ours: tui.Node{
		Transactions: now.Transactions, Weight: now.Weight, Depth: now.Depth, Confirmed: now.ConfirmedDepth, Root: now.TRoot,
	}}
	for i := range list {
		out.List = append(out.List, nodeOf(&list[i]))
	}
	return out, nil
}

func nodeOf(p *api.Peer) tui.Node {
	return tui.Node{
		Address: p.Address, Client: p.Client, Outgoing: p.Outgoing, Transactions: p.Transactions, Weight: p.Weight, Depth: p.Depth,
		Confirmed: p.ConfirmedDepth, Root: p.TRoot, InStep: p.InSync, OtherRules: p.OtherRules, Rules: p.Rules,
		Received: p.Received, Sent: p.Sent, Score: p.Score, Since: time.UnixMilli(p.Since),
	}
}

// Weight implements tui.PeerSource: weight is what was burned.
func (s *peers) Weight(w uint64) string { return api.Amount(w).String() }
