package cli

import "github.com/spf13/cobra"

func (a *app) networkCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "network",
		Short: "Make, join and show networks",
		Long: "Make, join and show networks. A network is its genesis transaction; a folder belongs to one network.\n\n" +
			exitCodeHelp,
		Example: "  ttx network new home --voter KEY=1 --out home.torrent\n  ttx network join home.torrent",
	}, a.networkNewCommand(), a.networkJoinCommand(), a.networkShowCommand(), a.networkResetCommand())
}
