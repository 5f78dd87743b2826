package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

const (
	// faucetAmount is what the faucet gives unless told otherwise, in TTX.
	faucetAmount = "1000"
	// maxFaucetSteps bounds the walk from a genesis output to its last change.
	maxFaucetSteps = 10_000
)

func (a *app) walletFaucetCommand() *cobra.Command {
	var amount string
	var after followUp
	cmd := &cobra.Command{
		Use:   "faucet",
		Short: "Take worthless coins on the devnet",
		Long: "Take coins from the built-in devnet's faucet. Its key is public and its coins are worthless; what is not\n" +
			"taken goes back to it. Somebody may take the same coin at the same moment: then try again.\n\n" +
			"JSON: {txid, status}.\n\n" + exitCodeHelp,
		Example: "  ttx wallet faucet\n  ttx wallet faucet --amount 50 --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			units, err := wallet.ParseAmount(amount)
			if err != nil {
				return err
			}
			return a.faucet(cmd.Context(), units, after)
		},
	}
	cmd.Flags().StringVar(&amount, "amount", faucetAmount, "how much to take, in TTX")
	after.declare(cmd)
	return cmd
}

func (a *app) faucet(ctx context.Context, units uint64, after followUp) error {
	if err := after.check(); err != nil {
		return err
	}
	w, err := a.wallet()
	if err != nil {
		return err
	}
	return a.online(ctx, func(client *api.Client) error {
		if err := canConfirm(ctx, client, after.wait); err != nil {
			return err
		}
		if err := pay.Register(ctx, client, w.Keys()); err != nil {
			return err
		}
		raw, err := drawFaucet(ctx, client, w, units)
		if err != nil {
			return err
		}
		return a.submit(ctx, client, raw, after)
	})
}

// drawFaucet makes the transfer from a random coin of the faucet.
func drawFaucet(ctx context.Context, b api.Backend, w *wallet.Watch, units uint64) ([]byte, error) {
	genesis, err := devnetOf(ctx, b)
	if err != nil {
		return nil, err
	}
	key := network.FaucetKey()
	coin, err := faucetCoin(ctx, b, genesis.ID(), tx.PublicKey(key))
	if err != nil {
		return nil, err
	}
	to, err := last(w)
	if err != nil {
		return nil, err
	}
	plan, err := pay.PrepareFrom(ctx, b, pay.Request{
		To: to, Amount: units, Memo: "faucet", Change: tx.PublicKey(key), Now: time.Now().UnixMilli(),
	}, []wallet.Coin{coin})
	if err != nil {
		return nil, err
	}
	signer := func(tx.Key) (*btcec.PrivateKey, bool) { return key, true }
	if err := plan.Tx.SignInputs(genesis.ID(), plan.Spent, signer); err != nil {
		return nil, fmt.Errorf("sign the faucet's payment: %w", err)
	}
	return plan.Tx.Raw(), nil
}

// devnetOf returns the devnet's genesis if that is the node's network.
func devnetOf(ctx context.Context, b api.Backend) (*tx.Tx, error) {
	devnet, err := network.Devnet()
	if err != nil {
		return nil, err
	}
	n, err := b.Network(ctx)
	if err != nil {
		return nil, err
	}
	if n.TxID != devnet.ID().String() {
		return nil, &hinted{fmt.Errorf("network %s has no faucet; only the devnet has", n.Name),
			"ask somebody who owns coins, or run a node in a folder that joined no network"}
	}
	return devnet, nil
}

// errFaucetDry asks for another try.
var errFaucetDry = errors.New("this coin of the faucet is in dispute; try again")

// faucetCoin picks one of the genesis outputs at random and follows its change
// to the end of the chain.
func faucetCoin(ctx context.Context, b api.Backend, genesis tx.ID, key tx.Key) (wallet.Coin, error) {
	id, index := genesis.String(), rand.IntN(network.FaucetOutputs)
	address := tx.EncodeAddress(key)
	for range maxFaucetSteps {
		info, err := b.Tx(ctx, id)
		if err != nil {
			return wallet.Coin{}, err
		}
		if index < 0 {
			index = changeOf(info, address)
		}
		if index < 0 || index >= len(info.Outputs) {
			return wallet.Coin{}, errFaucetDry
		}
		switch spenders := info.Outputs[index].SpentBy; len(spenders) {
		case 0:
			return freeCoin(info, index, key)
		case 1:
			id, index = spenders[0], -1
		default:
			return wallet.Coin{}, errFaucetDry
		}
	}
	return wallet.Coin{}, errFaucetDry
}

// changeOf finds the output that went back to the faucet; -1 for none.
func changeOf(info api.TxInfo, address string) int {
	for i, out := range info.Outputs {
		if out.Address == address {
			return i
		}
	}
	return -1
}

func freeCoin(info api.TxInfo, index int, key tx.Key) (wallet.Coin, error) {
	id, err := tx.ParseID(info.TxID)
	if err != nil {
		return wallet.Coin{}, err
	}
	infohash, err := parseInfohash(info.Infohash)
	return wallet.Coin{
		Outpoint:  tx.Outpoint{Tx: id, Index: uint32(index)},
		Amount:    uint64(info.Outputs[index].Amount),
		Lock:      tx.KeyLock(key),
		Infohash:  infohash,
		Time:      info.Time,
		Status:    wallet.Pending,
		Spendable: true,
	}, err
}
