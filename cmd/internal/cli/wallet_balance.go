package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
)

func (a *app) walletBalanceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "balance",
		Short: "Show what the wallet owns",
		Long: "Show what the wallet owns, in TTX: confirmed is of record, pending is on its way, conflicted hangs on a\n" +
			"double spend and cannot be spent. On a network without voters nothing is ever confirmed.\n\n" +
			"JSON: {confirmed, pending, conflicted} as decimal strings.\n\n" + exitCodeHelp,
		Example: "  ttx wallet balance\n  ttx wallet balance --json | jq -r .confirmed",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.wallet()
			if err != nil {
				return err
			}
			return a.read(cmd.Context(), func(b api.Backend) error {
				sum, err := balance(cmd.Context(), b, w.Keys())
				if err != nil {
					return err
				}
				return a.print(sum, func(t *table) {
					t.row("confirmed", ttx(sum.Confirmed))
					t.row("pending", ttx(sum.Pending))
					t.row("conflicted", ttx(sum.Conflicted))
				})
			})
		},
	}
}

// balance sums what keys own, which the node may not know of yet.
func balance(ctx context.Context, b api.Backend, keys []tx.Key) (api.Balance, error) {
	var sum api.Balance
	if err := watch(ctx, b, keys); err != nil {
		return sum, err
	}
	for part := range chunks(keys) {
		more, err := b.Balance(ctx, addresses(part))
		if err != nil {
			return sum, err
		}
		sum.Confirmed += more.Confirmed
		sum.Pending += more.Pending
		sum.Conflicted += more.Conflicted
	}
	return sum, nil
}
