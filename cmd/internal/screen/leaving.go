package screen

import (
	"context"
	"fmt"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// leaving asks a node what it has under way.
type leaving struct{ cfg Config }

// Leaving implements tui.LeavingSource.
func (l leaving) Leaving(ctx context.Context) ([]string, error) {
	sum, err := l.cfg.Client.Torrents().Summary(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the torrents: %w", err)
	}
	lines := torrentsUnderWay(sum.States)
	if !l.cfg.Node.Ledger {
		return lines, nil
	}
	h, err := l.cfg.Client.History(ctx, api.HistoryQuery{Limit: newestPayments})
	if err != nil {
		return nil, fmt.Errorf("ask for the history: %w", err)
	}
	n, err := l.cfg.Client.Network(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the network: %w", err)
	}
	return append(lines, paymentsUnderWay(h.Entries, n.TotalStake > 0)...), nil
}

// newestPayments is how far down the history is looked through: what is undecided
// is at its top.
const newestPayments = 200

func torrentsUnderWay(states map[client.State]int) []string {
	n := 0
	for _, s := range []client.State{client.StateMetadata, client.StateDownloading, client.StateChecking, client.StateMoving} {
		n += states[s]
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"1 torrent is not complete."}
	}
	return []string{tui.Count(n) + " torrents are not complete."}
}

// paymentsUnderWay counts our own payments that are not decided, where anything is.
func paymentsUnderWay(entries []api.Entry, decides bool) []string {
	n := 0
	for _, e := range entries {
		if decides && e.Sent > 0 && (e.Status == api.StatusPending || e.Status == api.StatusConflicted) {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"1 payment of this wallet is not confirmed."}
	}
	return []string{tui.Count(n) + " payments of this wallet are not confirmed."}
}
