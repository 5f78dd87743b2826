package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/pay"
)

type walletJSON struct {
	// Addresses are those given out, the newest last.
	Addresses []string `json:"addresses"`
	VoterKey  string   `json:"voter_key"`
	Dir       string   `json:"dir"`
}

func (a *app) walletShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the wallet's addresses and voter key",
		Long: "Show the addresses that were given out, the newest last, and the voter key. No passphrase is needed.\n\n" +
			"JSON: {addresses, voter_key, dir}.\n\n" + exitCodeHelp,
		Example: "  ttx wallet show",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			w, err := a.wallet()
			if err != nil {
				return err
			}
			dir, err := a.folder()
			if err != nil {
				return err
			}
			out := walletJSON{Addresses: pay.Addresses(w.Issued()), VoterKey: w.VoterKey().String(), Dir: string(dir)}
			return a.print(out, func(t *table) {
				for _, address := range out.Addresses {
					t.row("address", address)
				}
				t.row("voter key", out.VoterKey)
				t.row("folder", out.Dir)
			})
		},
	}
}
