package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
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
				sum, err := pay.Balance(cmd.Context(), b, w.Keys())
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
