package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show the state of the ledger",
		Example: "  ttx status --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return read(cmd, a, func(ctx context.Context, b api.Backend) (api.Status, error) { return b.Status(ctx) }, showStatus)
		},
	}
}

func showStatus(w io.Writer, s api.Status) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintf(t, "network\t%s\n", s.Network)
	fmt.Fprintf(t, "transactions\t%d (%d confirmed, %d wait for parents)\n", s.Transactions, s.Confirmed, s.Waiting)
	fmt.Fprintf(t, "depth\t%d (confirmed %d)\n", s.Depth, s.ConfirmedDepth)
	fmt.Fprintf(t, "weight\t%s TTX burnt\n", api.Amount(s.Weight))
	fmt.Fprintf(t, "t_root\t%s\nu_root\t%s\nstate\t%s\n", s.TRoot, s.URoot, s.State)
	switch {
	case !s.Online:
		fmt.Fprintf(t, "peers\tno node is running\n")
	default:
		fmt.Fprintf(t, "peers\t%d\n", s.Peers)
	}
	if s.Voters == 0 {
		fmt.Fprintf(t, "note\tno voters: nothing is ever confirmed on this network\n")
	}
	if s.Alarm {
		fmt.Fprintf(t, "ALARM\ta third of the stake has forked: stop paying\n")
	}
}

// table aligns columns.
func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

func (a *app) peersCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "peers",
		Short:   "List the nodes that this one has a session with",
		Example: "  ttx peers",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return read(cmd, a, func(ctx context.Context, b api.Backend) ([]api.Peer, error) { return b.Peers(ctx) }, showPeers)
		},
	}
}

func showPeers(w io.Writer, peers []api.Peer) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintln(t, "ADDRESS\tCLIENT\tTRANSACTIONS\tDEPTH\tWEIGHT\tSTATE")
	for _, p := range peers {
		state := "other"
		if p.InSync {
			state = "in step"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\n", p.Address, clean(p.Client), p.Transactions, p.Depth, api.Amount(p.Weight), state)
	}
}
