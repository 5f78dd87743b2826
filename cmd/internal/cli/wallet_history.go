package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
)

func (a *app) walletHistoryCommand() *cobra.Command {
	q := api.HistoryQuery{Limit: api.DefaultPage}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the wallet's transactions, the newest first",
		Long: "List the transactions that paid or spent the wallet's coins, the newest first.\n\n" +
			"JSON: {entries: [{txid, time, status, received, sent, burn, share, memo}], total}, amounts as decimal strings;\n" +
			"change counts as received.\n\n" + exitCodeHelp,
		Example: "  ttx wallet history\n  ttx wallet history --limit 10 --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(checkLimit(q.Limit), checkSkip(q.Skip)); err != nil {
				return err
			}
			w, err := a.wallet()
			if err != nil {
				return err
			}
			return a.read(cmd.Context(), func(b api.Backend) error {
				if err := pay.Register(cmd.Context(), b, w.Keys()); err != nil {
					return err
				}
				h, err := b.History(cmd.Context(), q)
				if err != nil {
					return err
				}
				return a.print(h, func(t *table) { historyText(t, h) })
			})
		},
	}
	cmd.Flags().IntVar(&q.Limit, "limit", q.Limit, "at most this many")
	cmd.Flags().IntVar(&q.Skip, "skip", 0, "leave out the newest ones")
	return cmd
}

func checkSkip(skip int) error {
	if skip < 0 {
		return usage(errors.New("skip cannot be below zero"))
	}
	return nil
}

func historyText(t *table, h api.History) {
	t.row("TIME", "RECEIVED", "SENT", "STATUS", "TXID", "MEMO")
	for _, e := range h.Entries {
		t.row(timeText(e.Time), e.Received, e.Sent, e.Status, e.TxID, e.Memo)
	}
}
