package cli

import "github.com/spf13/cobra"

func (a *app) ledgerCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "ledger",
		Short:   "Look after the ledger of the data folder",
		Long:    "Look after the ledger of the data folder.\n\n" + exitCodeHelp,
		Example: "  ttx ledger check",
	}, a.ledgerCheckCommand(), a.ledgerGenerateCommand())
}
