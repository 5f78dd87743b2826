package pay

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// chunks cuts keys into what one request may carry.
func chunks(keys []tx.Key) iter.Seq[[]tx.Key] { return slices.Chunk(keys, api.MaxAddresses) }

// Addresses writes keys as addresses.
func Addresses(keys []tx.Key) []string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = tx.EncodeAddress(key)
	}
	return list
}

// Register tells the node the wallet's keys, in requests of bounded size.
func Register(ctx context.Context, b api.Backend, keys []tx.Key) error {
	for part := range chunks(keys) {
		if err := b.Watch(ctx, Addresses(part)); err != nil {
			return fmt.Errorf("tell the node the wallet's addresses: %w", err)
		}
	}
	return nil
}

// Balance sums what keys own, which the node may not know of yet.
func Balance(ctx context.Context, b api.Backend, keys []tx.Key) (api.Balance, error) {
	var sum api.Balance
	if err := Register(ctx, b, keys); err != nil {
		return sum, err
	}
	for part := range chunks(keys) {
		more, err := b.Balance(ctx, Addresses(part))
		if err != nil {
			return sum, fmt.Errorf("ask for the balance: %w", err)
		}
		sum.Confirmed += more.Confirmed
		sum.Pending += more.Pending
		sum.Conflicted += more.Conflicted
	}
	return sum, nil
}

// Newest is the address that a wallet gave out last, where change goes;
// wallet.ErrPoolEmpty when it must be unlocked first, because only its words are there.
func Newest(w *wallet.Watch) (tx.Key, error) {
	issued := w.Issued()
	if len(issued) == 0 {
		return tx.Key{}, wallet.ErrPoolEmpty
	}
	return issued[len(issued)-1], nil
}

// PrepareWallet is Prepare from all coins of a wallet, with change to its newest
// address: From and Change of the request are filled in.
func PrepareWallet(ctx context.Context, b api.Backend, w *wallet.Watch, r Request) (*Plan, error) {
	if err := Register(ctx, b, w.Keys()); err != nil {
		return nil, err
	}
	coins, err := walletCoins(ctx, b, w)
	if err != nil {
		return nil, err
	}
	if r.Change, err = Newest(w); err != nil {
		return nil, err
	}
	r.From = w.Keys()
	return PrepareFrom(ctx, b, r, coins)
}

// walletCoins asks for the coins of a wallet, and takes note of which addresses
// were paid: a wallet made from old words goes on where the old one ended.
func walletCoins(ctx context.Context, b api.Backend, w *wallet.Watch) ([]wallet.Coin, error) {
	var coins []wallet.Coin
	for part := range chunks(w.Keys()) {
		more, err := Coins(ctx, b, part)
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

// Unlock decrypts a wallet with its passphrase for just as long as it takes to sign.
func (p *Plan) Unlock(w *wallet.Watch, passphrase string) ([]byte, error) {
	keys, err := w.Unlock(passphrase)
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	return p.Sign(keys)
}
