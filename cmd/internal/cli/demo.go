package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var opts demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the main job on this machine, from start to end",
		Long: `Make a private network and run complete nodes on loopback. They meet only
through BitTorrent and pay each other; one spends a coin twice; a late node starts
with nothing but one transaction's .torrent file and catches up. Exit code 0 only
if every node ends with the same state and the same winner.`,
		Example: "  ttx demo\n  ttx demo --nodes 5 --payments 1000 --keep lab --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), opts) },
	}
	flags := cmd.Flags()
	flags.IntVar(&opts.Nodes, "nodes", 3, "nodes, all of them voters")
	flags.IntVar(&opts.Payments, "payments", 200, "payments that they make together")
	flags.StringVar(&opts.Keep, "keep", "", "leave folders, network.torrent and late.torrent in this new folder (passphrase: demo)")
	return cmd
}

func (a *app) demo(ctx context.Context, opts demo.Options) error {
	opts.Version = version()
	opts.Progress = a.say
	if a.verbose {
		opts.Logger = a.logger()
	}
	result, err := demo.Run(ctx, opts)
	if len(result.Reports) == 0 { // it did not get to its end
		return err
	}
	if a.json {
		return errors.Join(json.NewEncoder(a.out).Encode(result), err)
	}
	a.showDemo(result)
	return err
}

func (a *app) showDemo(r demo.Result) {
	t := table(a.out)
	fmt.Fprintln(t, "NODE\tTRANSACTIONS\tCONFIRMED\tWEIGHT\tT_ROOT\tU_ROOT\tTIME\tDOUBLE SPEND")
	for _, n := range r.Reports {
		s := n.Status
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%.16s\t%.16s\t%.1f s\ta %s, b %s\n", n.Name, s.Transactions, s.Confirmed,
			api.Amount(s.Weight), s.TRoot, s.URoot, n.Since.Seconds(), n.A, n.B)
	}
	t.Flush()
	verdict := "the nodes do NOT agree"
	if r.Equal && r.DoubleSpend.Agreed {
		verdict = "one state on every node, one winner of the double spend"
	}
	fmt.Fprintf(a.out, "%s (%.1f s)\n", verdict, r.Seconds)
}
