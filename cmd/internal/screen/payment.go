package screen

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
	"github.com/torrenttx/ttx/tui"
)

// CheckAddress implements tui.WalletSource.
func (s *walletSource) CheckAddress(address string) string {
	if _, err := tx.DecodeAddress(address); err != nil {
		return strings.TrimPrefix(err.Error(), "tx: ")
	}
	return ""
}

// CheckAmount implements tui.WalletSource.
func (s *walletSource) CheckAmount(amount string) string {
	units, err := wallet.ParseAmount(amount)
	switch {
	case err != nil:
		return err.Error()
	case units == 0:
		return "more than nothing"
	}
	return ""
}

// CheckMemo implements tui.WalletSource.
func (s *walletSource) CheckMemo(memo string) string {
	switch {
	case len(memo) > tx.MaxMemo:
		return fmt.Sprintf("%d bytes; a memo has at most %d", len(memo), tx.MaxMemo)
	case !utf8.ValidString(memo):
		return "not a text"
	}
	return ""
}

func request(p tui.Payment) (r pay.Request, err error) {
	if r.To, err = tx.DecodeAddress(p.Address); err != nil {
		return r, fmt.Errorf("not an address: %w", err)
	}
	if r.Amount, err = wallet.ParseAmount(p.Amount); err != nil {
		return r, err
	}
	r.Memo, r.Now = p.Memo, time.Now().UnixMilli()
	return r, nil
}

// Plan implements tui.WalletSource.
func (s *walletSource) Plan(ctx context.Context, p tui.Payment) (tui.Plan, error) {
	r, err := request(p)
	if err != nil {
		return tui.Plan{}, err
	}
	w, err := wallet.Open(s.dir)
	if err != nil {
		return tui.Plan{}, fmt.Errorf("open the wallet: %w", err)
	}
	plan, err := pay.PrepareWallet(ctx, s.b, w, r)
	if err != nil {
		return tui.Plan{}, err
	}
	p.Amount = wallet.FormatAmount(plan.Amount)
	return tui.Plan{
		Payment: p, Burn: wallet.FormatAmount(plan.Burn), Change: wallet.FormatAmount(plan.Change),
		Inputs: plan.Inputs, Bytes: plan.Size,
		Pay: func(ctx context.Context, passphrase string) (tui.Paid, error) {
			raw, err := plan.Unlock(w, passphrase)
			if err != nil {
				return tui.Paid{}, unlockError(err)
			}
			if err := plan.Fresh(ctx, s.b); errors.Is(err, pay.ErrSpent) {
				return tui.Paid{}, tui.ErrCoinsGone
			} else if err != nil {
				return tui.Paid{}, fmt.Errorf("see whether its coins are there: %w", err)
			}
			done, err := s.b.Submit(ctx, raw)
			if err != nil {
				return tui.Paid{}, fmt.Errorf("hand in the payment: %w", err)
			}
			return tui.Paid{TxID: done.TxID, Status: done.Status}, nil
		},
	}, nil
}

// Wait implements tui.WalletSource.
func (s *walletSource) Wait(ctx context.Context, txid string) (string, error) {
	info, err := s.b.Wait(ctx, txid, api.StatusConfirmed)
	if errors.Is(err, api.NoVoters) {
		return api.StatusPending, nil
	}
	return info.Status, err
}
