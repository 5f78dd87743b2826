package cli

import "github.com/spf13/cobra"

type voterKeyJSON struct {
	VoterKey string `json:"voter_key"`
}

func (a *app) walletVoterKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "voter-key",
		Short: "Print the key by which this wallet votes",
		Long: "Print the public key by which this wallet stands in a voter table, in hexadecimal.\n\n" +
			"JSON: {voter_key}.\n\n" + exitCodeHelp,
		Example: "  ttx network new home --voter $(ttx wallet voter-key)=1",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			w, err := a.wallet()
			if err != nil {
				return err
			}
			out := voterKeyJSON{w.VoterKey().String()}
			return a.print(out, func(t *table) { t.row(out.VoterKey) })
		},
	}
}
