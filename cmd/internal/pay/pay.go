// Package pay makes a payment: it asks a node what there is to spend and to
// reference, lets the wallet build the transfer, and hands the signed bytes
// back. Nothing secret leaves the process that calls it.
package pay

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

// Request is one payment.
type Request struct {
	// To receives Amount base units.
	To     tx.Key
	Amount uint64
	Memo   string
	// From are the payer's own addresses, Change the one for what is left.
	From   []tx.Key
	Change tx.Key
	// Now is the time in milliseconds since 1970.
	Now int64
}

// Plan is a transfer that awaits its signature.
type Plan struct {
	*wallet.Transfer
	genesis tx.ID
}

// Prepare asks the node and builds the transfer. Nothing is signed yet.
func Prepare(ctx context.Context, b api.Backend, r Request) (*Plan, error) {
	coins, err := Coins(ctx, b, r.From)
	if err != nil {
		return nil, err
	}
	return PrepareFrom(ctx, b, r, coins)
}

// PrepareFrom is Prepare with the coins given.
func PrepareFrom(ctx context.Context, b api.Backend, r Request, coins []wallet.Coin) (*Plan, error) {
	answer, err := b.Refs(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask what to reference: %w", err)
	}
	genesis, err := parseID(answer.Genesis)
	if err != nil {
		return nil, err
	}
	refs, err := parents(answer.Refs)
	if err != nil {
		return nil, err
	}
	transfer, err := wallet.Build(wallet.Request{
		Coins:       coins,
		Payments:    []wallet.Payment{{Lock: tx.KeyLock(r.To), Amount: r.Amount}},
		Change:      r.Change,
		Refs:        refs,
		Memo:        r.Memo,
		BurnPerByte: answer.BurnPerByte,
		Now:         r.Now,
	})
	if err != nil {
		return nil, err
	}
	return &Plan{transfer, genesis}, nil
}

// Sign signs the transfer and returns its bytes.
func (p *Plan) Sign(keys *wallet.Keys) ([]byte, error) {
	if err := keys.Sign(p.genesis, p.Transfer); err != nil {
		return nil, fmt.Errorf("sign the payment: %w", err)
	}
	return p.Tx.Raw(), nil
}

// SignWith signs a transfer whose coins all belong to one key, and returns its
// bytes.
func (p *Plan) SignWith(key *btcec.PrivateKey) ([]byte, error) {
	owner := tx.PublicKey(key)
	signer := func(k tx.Key) (*btcec.PrivateKey, bool) { return key, k == owner }
	if err := p.Tx.SignInputs(p.genesis, p.Spent, signer); err != nil {
		return nil, fmt.Errorf("sign the payment: %w", err)
	}
	if err := p.Tx.Seal(); err != nil {
		return nil, fmt.Errorf("sign the payment: %w", err)
	}
	return p.Tx.Raw(), nil
}

// Coins asks the node for the coins of addresses, as the wallet wants them.
func Coins(ctx context.Context, b api.Backend, from []tx.Key) ([]wallet.Coin, error) {
	addresses := make([]string, len(from))
	for i, key := range from {
		addresses[i] = tx.EncodeAddress(key)
	}
	list, err := b.Coins(ctx, addresses)
	if err != nil {
		return nil, fmt.Errorf("ask for coins: %w", err)
	}
	coins := make([]wallet.Coin, len(list))
	for i, c := range list {
		if coins[i], err = coin(c); err != nil {
			return nil, fmt.Errorf("coin %s:%d: %w", c.TxID, c.Index, err)
		}
	}
	return coins, nil
}

func coin(c api.Coin) (wallet.Coin, error) {
	id, err := parseID(c.TxID)
	if err != nil {
		return wallet.Coin{}, err
	}
	infohash, err := parseInfohash(c.Infohash)
	if err != nil {
		return wallet.Coin{}, err
	}
	key, err := tx.DecodeAddress(c.Address)
	if err != nil {
		return wallet.Coin{}, err
	}
	return wallet.Coin{
		Outpoint:  tx.Outpoint{Tx: id, Index: c.Index},
		Amount:    uint64(c.Amount),
		Lock:      tx.KeyLock(key),
		Infohash:  infohash,
		Time:      c.Time,
		Status:    status(c.Status),
		Leaving:   c.SpentBy != "",
		Spendable: c.Spendable,
	}, nil
}

func status(word string) wallet.Status {
	switch word {
	case api.StatusConfirmed:
		return wallet.Confirmed
	case api.StatusPending:
		return wallet.Pending
	default:
		return wallet.Conflicted
	}
}

func parents(list []api.Parent) ([]wallet.Parent, error) {
	out := make([]wallet.Parent, len(list))
	for i, p := range list {
		id, err := parseID(p.TxID)
		if err != nil {
			return nil, err
		}
		infohash, err := parseInfohash(p.Infohash)
		if err != nil {
			return nil, err
		}
		out[i] = wallet.Parent{ID: id, Infohash: infohash, Time: p.Time}
	}
	return out, nil
}

func parseID(text string) (id tx.ID, err error) {
	err = parseHex(id[:], text)
	return id, err
}

func parseInfohash(text string) (h tx.Infohash, err error) {
	err = parseHex(h[:], text)
	return h, err
}

// parseHex fills dst from exactly as many hexadecimal digits.
func parseHex(dst []byte, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(dst) {
		return fmt.Errorf("the node answered %.80q where %d hexadecimal digits belong", text, 2*len(dst))
	}
	copy(dst, b)
	return nil
}
