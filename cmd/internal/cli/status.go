package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the state of the ledger",
		Long: "Show the state of the ledger, from the running node or from the folder.\n\n" +
			"JSON: network, transactions, confirmed, depth, confirmed_depth, weight (base units burnt),\n" +
			"t_root, u_root, state, peers, waiting, voters, alarm, problems (what to put right, and how), online.\n\n" + exitCodeHelp,
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
		if err != nil {
			return err
		}
		return a.print(s, func(t *table) { statusText(t, s) })
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
