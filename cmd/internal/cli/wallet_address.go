package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

func (a *app) walletAddressCommand() *cobra.Command {
	var fresh bool
	cmd := &cobra.Command{
		Use:   "address",
		Short: "Print an address to be paid at",
		Long: "Print the newest address that was given out; with --new a fresh one. The passphrase is needed only when\n" +
			"all addresses made in advance are used up.\n\n" +
			"JSON: {address}.\n\n" + exitCodeHelp,
		Example: "  ttx wallet address\n  ttx wallet address --new --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.wallet()
			if err != nil {
				return err
			}
			key, err := a.address(cmd.Context(), w, fresh)
			if err != nil {
				return err
			}
			return a.printAddress(key)
		},
	}
	cmd.Flags().BoolVar(&fresh, "new", false, "give out a fresh address")
	return cmd
}

func (a *app) address(ctx context.Context, w *wallet.Watch, fresh bool) (tx.Key, error) {
	if !fresh {
		return last(w)
	}
	key, err := w.NewAddress()
	if errors.Is(err, wallet.ErrPoolEmpty) {
		if err := a.refill(w); err != nil {
			return tx.Key{}, err
		}
		key, err = w.NewAddress()
	}
	if err != nil {
		return tx.Key{}, err
	}
	return key, a.register(ctx, w)
}

// refill makes more addresses in advance.
func (a *app) refill(w *wallet.Watch) error {
	keys, err := a.unlock(w)
	if err != nil {
		return err
	}
	keys.Close()
	return nil
}

// unlock decrypts the wallet. The caller closes the keys.
func (a *app) unlock(w *wallet.Watch) (*wallet.Keys, error) {
	passphrase, err := a.passphrase()
	if err != nil {
		return nil, err
	}
	return w.Unlock(passphrase)
}
