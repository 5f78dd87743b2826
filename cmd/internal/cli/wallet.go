package cli

import "github.com/spf13/cobra"

func (a *app) walletCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "wallet",
		Short: "Keys, addresses and what they own",
		Long: "Keys, addresses and what they own. The 24 words lie in the data folder encrypted with a passphrase;\n" +
			"addresses and the voter key can be read without it.\n\n" + exitCodeHelp,
		Example: "  ttx wallet new\n  ttx wallet balance",
	}, a.walletNewCommand(), a.walletRestoreCommand(), a.walletShowCommand(), a.walletAddressCommand(),
		a.walletBalanceCommand(), a.walletHealthCommand(), a.walletHistoryCommand(), a.walletVoterKeyCommand(), a.walletFaucetCommand())
}
