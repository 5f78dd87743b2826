package cli

import "github.com/spf13/cobra"

func (a *app) txCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "tx",
		Short:   "Look at transactions",
		Long:    "Look at transactions.\n\n" + exitCodeHelp,
		Example: "  ttx tx list\n  ttx tx show 1f0c...",
	}, a.txShowCommand(), a.txListCommand())
}
