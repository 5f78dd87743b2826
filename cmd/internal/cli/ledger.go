package cli

import "github.com/spf13/cobra"

func (a *app) ledgerCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "ledger",
		Short:   "Look after the ledger of the data folder",
		Long:    "Look after the ledger of the data folder.\n\n" + exitCodeHelp,
		Example: "  ttx ledger generate --dir big --transactions 100000",
	}, a.ledgerGenerateCommand())
}
