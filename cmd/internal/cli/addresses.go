package cli

import (
	"errors"

	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// last is the newest address that a wallet gave out; an error with a hint when it
// must be unlocked first, because only its words are there.
func last(w *wallet.Watch) (tx.Key, error) {
	key, err := pay.Newest(w)
	return key, poolHint(err)
}

// poolHint says what to do about a wallet without addresses.
func poolHint(err error) error {
	if errors.Is(err, wallet.ErrPoolEmpty) {
		return &hinted{err, "restore the addresses with: ttx wallet address --new"}
	}
	return err
}
