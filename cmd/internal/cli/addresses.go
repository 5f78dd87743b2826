package cli

import (
	"context"
	"iter"
	"slices"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// chunks cuts keys into what one request may carry.
func chunks(keys []tx.Key) iter.Seq[[]tx.Key] { return slices.Chunk(keys, api.MaxAddresses) }

func addresses(keys []tx.Key) []string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = tx.EncodeAddress(key)
	}
	return list
}

// ownCoins asks for the coins of a wallet, and takes note of which addresses
// were paid: a wallet made from old words goes on where the old one ended.
func ownCoins(ctx context.Context, b api.Backend, w *wallet.Watch) ([]wallet.Coin, error) {
	var coins []wallet.Coin
	for part := range chunks(w.Keys()) {
		more, err := pay.Coins(ctx, b, part)
		if err != nil {
			return nil, err
		}
		coins = append(coins, more...)
	}
	for _, c := range coins {
		if err := w.MarkUsed(c.Lock.Key()); err != nil {
			return nil, err
		}
	}
	return coins, nil
}

// last is the newest address that a wallet gave out; false when it must be
// unlocked first, because only its words are there.
func last(w *wallet.Watch) (tx.Key, error) {
	issued := w.Issued()
	if len(issued) == 0 {
		return tx.Key{}, &hinted{wallet.ErrPoolEmpty, "restore the addresses with: ttx wallet address --new"}
	}
	return issued[len(issued)-1], nil
}
