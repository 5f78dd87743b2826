package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) txCommand() *cobra.Command {
	return group("tx", "Look at transactions", a.txShowCommand(), a.txListCommand())
}

func (a *app) txShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show one transaction, by txid or infohash",
		Example: "  ttx tx show 5f0c… --json",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return read(cmd, a, func(ctx context.Context, b api.Backend) (api.TxInfo, error) { return b.Tx(ctx, args[0]) }, showTx)
		},
	}
}

func showTx(w io.Writer, x api.TxInfo) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintf(t, "txid\t%s\ninfohash\t%s\nkind\t%s\n", x.TxID, x.Infohash, x.Kind)
	if x.Status != "" {
		fmt.Fprintf(t, "status\t%s%s\n", x.Status, share(x.Share))
	}
	fmt.Fprintf(t, "time\t%s\ndepth\t%d\nsize\t%d bytes\nburn\t%s TTX\n", moment(x.Time), x.Depth, x.Size, x.Burn)
	if x.Memo != "" {
		fmt.Fprintf(t, "memo\t%s\n", clean(x.Memo))
	}
	for _, in := range x.Inputs {
		fmt.Fprintf(t, "in\t%s TTX\t%s:%d\t%s\n", in.Amount, in.TxID, in.Index, in.Address)
	}
	for i, out := range x.Outputs {
		fmt.Fprintf(t, "out %d\t%s TTX\t%s\t%s\n", i, out.Amount, nonEmpty(out.Address, "lock "+out.Lock), strings.Join(out.SpentBy, " "))
	}
	for _, r := range x.Refs {
		fmt.Fprintf(t, "ref\t%s\n", r)
	}
	for _, r := range x.Rivals {
		fmt.Fprintf(t, "rival\t%s\n", r)
	}
	fmt.Fprintf(t, "magnet\t%s\n", x.Magnet)
}

func share(s api.Share) string {
	if s.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d stake)", s.Stake, s.Total)
}

func nonEmpty(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func moment(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// clean makes a stranger's text safe to show: control characters and escape
// sequences never reach the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func (a *app) txListCommand() *cobra.Command {
	var q api.TxQuery
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List transactions, the deepest first",
		Example: "  ttx tx list --status conflicted",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Status != "" && !slices.Contains(api.Statuses(), q.Status) {
				return &usageError{fmt.Errorf("--status %s: want one of %s", q.Status, strings.Join(api.Statuses(), ", "))}
			}
			return read(cmd, a, func(ctx context.Context, b api.Backend) (api.TxPage, error) { return b.Txs(ctx, q) }, showPage)
		},
	}
	cmd.Flags().StringVar(&q.Status, "status", "", "only those with this status")
	cmd.Flags().IntVar(&q.Limit, "limit", api.DefaultPage, "at most so many")
	cmd.Flags().StringVar(&q.After, "after", "", "go on after this cursor (next of the page before)")
	return cmd
}

func showPage(w io.Writer, p api.TxPage) {
	t := table(w)
	defer t.Flush()
	fmt.Fprintln(t, "TXID\tKIND\tSTATUS\tDEPTH\tTIME\tMEMO")
	for _, x := range p.Transactions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", x.TxID, x.Kind, x.Status, x.Depth, moment(x.Time), clean(x.Memo))
	}
	if p.Next != "" {
		fmt.Fprintf(t, "more: --after %s\n", p.Next)
	}
}
