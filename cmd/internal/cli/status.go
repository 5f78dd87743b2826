package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the state of the ledger, or of the torrents of a node without one",
		Long: "Show the state of the ledger, from the running node or from the folder. Of a node without a ledger, show its\n" +
			"torrents at a glance.\n\n" +
			"JSON: network, transactions, confirmed, depth, confirmed_depth, weight (base units burnt),\n" +
			"t_root, u_root, state, peers, waiting, voters, alarm, problems (what to put right, and how), online.\n" +
			"Without a ledger: ledger (false), torrents, states, down_rate, up_rate, limits, alt_limited, dht_nodes, problems,\n" +
			"online.\n\n" + exitCodeHelp,
		Example: "  ttx status\n  ttx status --json | jq -r .state",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context())
		},
	}
}

func (a *app) status(ctx context.Context) error {
	return a.read(ctx, func(b api.Backend) error {
		s, err := b.Status(ctx)
		if c, live := b.(*api.Client); live && errors.Is(err, api.Without) {
			return a.torrentStatus(ctx, c.Torrents())
		}
		if err != nil {
			return err
		}
		return a.print(s, func(t *table) { statusText(t, s) })
	})
}

// noLedgerJSON is the state of a node without a ledger.
type noLedgerJSON struct {
	Ledger bool `json:"ledger"` // false
	client.Summary
	Online bool `json:"online"` // true: only a node that runs keeps none
}

func (a *app) torrentStatus(ctx context.Context, t api.Torrents) error {
	s, err := t.Summary(ctx)
	if err != nil {
		return err
	}
	return a.print(noLedgerJSON{Summary: s, Online: true}, func(t *table) {
		t.row("ledger", "none: this node was started with --no-ledger")
		t.row("torrents", s.Torrents)
		for _, state := range states() {
			if n := s.States[client.State(state)]; n > 0 {
				t.row(state, n)
			}
		}
		t.row("rates", fmt.Sprintf("%s down, %s up", tui.Rate(s.DownRate), tui.Rate(s.UpRate)))
		t.row("limits", fmt.Sprintf("%s down, %s up", humanLimit(s.Limits.Down), humanLimit(s.Limits.Up)))
		t.row("DHT nodes", s.DHTNodes)
		for _, problem := range s.Problems {
			t.row("PROBLEM", problem)
		}
	})
}

func statusText(t *table, s api.Status) {
	t.row("network", s.Network)
	t.row("transactions", s.Transactions)
	t.row("confirmed", s.Confirmed)
	t.row("depth", s.Depth)
	t.row("confirmed depth", s.ConfirmedDepth)
	t.row("weight", ttx(api.Amount(s.Weight))+" burnt")
	t.row("t_root", s.TRoot)
	t.row("u_root", s.URoot)
	t.row("state", s.State)
	t.row("waiting", s.Waiting)
	if s.Online {
		t.row("peers", s.Peers)
	} else {
		t.row("peers", "none: no node runs on this folder")
	}
	if s.Voters == 0 {
		t.row("voters", "none: nothing is ever confirmed here")
	} else {
		t.row("voters", s.Voters)
	}
	for _, problem := range s.Problems {
		t.row("PROBLEM", problem)
	}
	if s.Alarm {
		t.row("ALARM", "a third of the stake has forked: stop paying")
	}
}
