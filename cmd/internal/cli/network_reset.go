package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/wallet"
)

func (a *app) networkResetCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Forget the ledger and the peers; keep the wallet and the network",
		Long: "Forget the ledger and the peers of the folder. The wallet stays, and so does the network file: the\n" +
			"next run of the node fetches everything anew, and another network can be joined instead.\n\n" +
			"A voter loses the record of what it signed: it must not vote again with that key on this network.\n\n" + exitCodeHelp,
		Example: "  ttx network reset --yes",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			return a.locked(func(dir config.Folder) error { return a.reset(dir, yes) })
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) reset(dir config.Folder, yes bool) error {
	if err := a.warnVoter(dir); err != nil {
		return err
	}
	if err := a.confirm(fmt.Sprintf("Forget the ledger in %s?", dir), yes); err != nil {
		return err
	}
	if err := dir.Reset(); err != nil {
		return err
	}
	a.say("the ledger is forgotten")
	return nil
}

// warnVoter tells a voter what it is about to lose (finality.md, 6.1).
func (a *app) warnVoter(dir config.Folder) error {
	w, err := wallet.Open(string(dir))
	if errors.Is(err, wallet.ErrNoWallet) {
		return nil
	}
	if err != nil {
		return err
	}
	file, err := dir.Network()
	if err != nil {
		return err
	}
	for _, v := range file.Genesis.Params.Voters {
		if v.Key == w.VoterKey() {
			a.say("warning: this wallet is a voter of %s; after a reset it must not vote there again with this key", clean(file.Genesis.Params.Name))
		}
	}
	return nil
}
