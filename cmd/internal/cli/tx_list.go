package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

func (a *app) txListCommand() *cobra.Command {
	var q api.TxQuery
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List transactions, the deepest first",
		Long: "List transactions, the deepest first, a page at a time.\n\n" +
			"JSON: {transactions: [{txid, infohash, kind, status, share, time, depth, size, burn, memo}], total, next};\n" +
			"pass next to --after for the following page.\n\n" + exitCodeHelp,
		Example: "  ttx tx list\n  ttx tx list --status conflicted --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkQuery(q); err != nil {
				return err
			}
			return a.read(cmd.Context(), func(b api.Backend) error {
				page, err := b.Txs(cmd.Context(), q)
				if err != nil {
					return err
				}
				return a.print(page, func(t *table) { pageText(t, page) })
			})
		},
	}
	cmd.Flags().StringVar(&q.Status, "status", "", "only this status: "+strings.Join(api.Statuses(), ", "))
	cmd.Flags().IntVar(&q.Limit, "limit", api.DefaultPage, fmt.Sprintf("at most this many, up to %d", api.MaxPage))
	cmd.Flags().StringVar(&q.After, "after", "", "start after this cursor")
	return cmd
}

func checkQuery(q api.TxQuery) error {
	if q.Status != "" && !slices.Contains(api.Statuses(), q.Status) {
		return usage(fmt.Errorf("no status %q; one of %s", q.Status, strings.Join(api.Statuses(), ", ")))
	}
	return checkLimit(q.Limit)
}

func checkLimit(limit int) error {
	if limit < 1 || limit > api.MaxPage {
		return usage(fmt.Errorf("limit %d is not between 1 and %d", limit, api.MaxPage))
	}
	return nil
}

func pageText(t *table, page api.TxPage) {
	t.row("DEPTH", "TXID", "KIND", "STATUS", "TIME", "MEMO")
	for _, s := range page.Transactions {
		t.row(s.Depth, s.TxID, s.Kind, statusWord(s), timeText(s.Time), s.Memo)
	}
	if page.Next != "" {
		t.row("more: --after " + page.Next)
	}
}
