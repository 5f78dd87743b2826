package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/demo"
)

const (
	demoNodes    = 3
	demoPayments = 200
)

func (a *app) demoCommand() *cobra.Command {
	opts := demo.Options{Version: version()}
	var show interactiveFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a private network on this machine and double-spend on it",
		Long: "Make a private network on the spot and run complete nodes on loopback ports. They meet through BitTorrent,\n" +
			"pay each other, one of them double-spends, and a late node starts with nothing but one transaction's .torrent.\n" +
			"It succeeds only if every node ends with the same state and the same winner.\n\n" +
			"On a terminal it opens the interactive client on the first node, and the network goes on underneath until you\n" +
			"leave; the passphrase of its wallets is \"" + demo.Passphrase + "\". With --plain, --json or elsewhere it prints what it found.\n\n" +
			"JSON, on one line: {nodes, transactions, confirmed, state: [hex], equal, double_spend: {a, b, winner, agreed},\n" +
			"late_node: {from, seconds}, seconds}.\n\n" + exitCodeHelp,
		Example: "  ttx demo\n  ttx demo --nodes 5 --payments 1000 --keep /tmp/demo --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !show.plain && !a.json && a.onTerminal() {
				return a.liveDemo(cmd.Context(), opts, show)
			}
			opts.Progress = a.say
			opts.Logger = a.logger()
			return a.demo(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.Nodes, "nodes", demoNodes, fmt.Sprintf("how many nodes, %d to %d", demo.MinNodes, demo.MaxNodes))
	cmd.Flags().IntVar(&opts.Payments, "payments", demoPayments, "how many payments they make together")
	cmd.Flags().StringVar(&opts.Keep, "keep", "", "leave the nodes' folders, the network file and late.torrent here")
	cmd.Flags().BoolVar(&show.plain, "plain", false, "print the result, on a terminal too")
	show.declareLook(cmd.Flags())
	return cmd
}

// demo prints the result even when the nodes disagree.
func (a *app) demo(ctx context.Context, opts demo.Options) error {
	result, err := demo.Run(ctx, opts)
	if err != nil && !errors.Is(err, demo.ErrDisagree) {
		return err
	}
	return errors.Join(a.print(result, func(t *table) { demoText(t, result) }), err)
}

func demoText(t *table, r demo.Result) {
	t.row("NODE", "TRANSACTIONS", "CONFIRMED", "WEIGHT", "T_ROOT", "U_ROOT", "TIME")
	for _, n := range r.Reports {
		t.row(n.Name, n.Status.Transactions, n.Status.Confirmed, n.Status.Weight,
			n.Status.TRoot, n.Status.URoot, n.Since.Round(time.Millisecond))
	}
	t.row()
	t.row("double spend", "A "+r.DoubleSpend.A, "B "+r.DoubleSpend.B)
	for _, n := range r.Reports {
		t.row(n.Name, "A "+n.A, "B "+n.B)
	}
	t.row()
	if r.Equal {
		t.row("one state", r.State[0])
	} else {
		t.row("the states differ")
	}
	t.row("late node", fmt.Sprintf("came in by %s and caught up in %.1f s", r.LateNode.From, r.LateNode.Seconds))
	t.row("in all", fmt.Sprintf("%.1f s", r.Seconds))
}
