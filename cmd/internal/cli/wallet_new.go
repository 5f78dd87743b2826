package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// addressJSON is what the commands print that give out an address.
type addressJSON struct {
	Address string `json:"address"`
}

func (a *app) walletNewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a wallet and print its words once",
		Long: "Make a wallet in the data folder, encrypted with a passphrase. Its 24 words are printed once, to stderr:\n" +
			"write them down, they are the money. The first address goes to stdout.\n\n" +
			"JSON: {address}.\n\n" + exitCodeHelp,
		Example: "  ttx wallet new\n  TTX_PASSPHRASE_FILE=pass.txt ttx wallet new --json 2>words.txt",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			words := wallet.NewMnemonic()
			w, err := a.createWallet(words)
			if err != nil {
				return err
			}
			a.say("Write these 24 words down. Whoever has them has the money:\n\n%s\n", words.Reveal())
			return a.created(cmd.Context(), w)
		},
	}
	return cmd
}

// createWallet writes a wallet; it asks for the passphrase only when there is
// none yet.
func (a *app) createWallet(words wallet.Mnemonic) (*wallet.Watch, error) {
	dir, err := a.folder()
	if err != nil {
		return nil, err
	}
	if _, err := wallet.Open(string(dir)); err == nil {
		return nil, fmt.Errorf("%w: %s", wallet.ErrExists, dir)
	}
	passphrase, err := a.newPassphrase()
	if err != nil {
		return nil, err
	}
	return wallet.Create(string(dir), words, passphrase, wallet.Options{})
}

// created tells a running node of the wallet and prints the first address.
func (a *app) created(ctx context.Context, w *wallet.Watch) error {
	if err := a.register(ctx, w); err != nil {
		return err
	}
	key, err := last(w)
	if err != nil {
		return err
	}
	return a.printAddress(key)
}

func (a *app) printAddress(key tx.Key) error {
	out := addressJSON{tx.EncodeAddress(key)}
	return a.print(out, func(t *table) { t.row(out.Address) })
}
