package screen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
	"github.com/torrenttx/ttx/tui"
)

// maxFiltered bounds how many entries of a history a filter looks at, the newest:
// at some 5 µs each the node answers within 50 ms.
const maxFiltered = 5000

// walletSource shows the wallet of the folder. Keys are decrypted here, and only
// while a payment is signed.
type walletSource struct {
	b     *api.Client
	dir   string
	trial *tui.Trial
}

func newWallet(cfg Config) tui.WalletSource {
	if !cfg.Node.Ledger {
		return nil
	}
	return &walletSource{b: cfg.Client, dir: string(cfg.Dir), trial: cfg.Trial}
}

// Wallet implements tui.WalletSource.
func (s *walletSource) Wallet(ctx context.Context) (tui.Wallet, error) {
	w, err := wallet.Open(s.dir)
	if errors.Is(err, wallet.ErrNoWallet) || errors.Is(err, fs.ErrNotExist) {
		return tui.Wallet{None: "This folder has no wallet. Make one with: ttx wallet new"}, nil
	}
	if err != nil {
		return tui.Wallet{}, fmt.Errorf("open the wallet: %w", err)
	}
	sum, err := pay.Balance(ctx, s.b, w.Keys())
	if err != nil {
		return tui.Wallet{}, err
	}
	n, err := s.b.Network(ctx)
	if err != nil {
		return tui.Wallet{}, fmt.Errorf("ask for the network: %w", err)
	}
	out := tui.Wallet{
		Confirmed: sum.Confirmed.String(), Pending: sum.Pending.String(), Conflicted: sum.Conflicted.String(),
		Doubtful: sum.Conflicted > 0, Issued: len(w.Issued()), Confirms: n.TotalStake > 0, Trial: s.trial,
	}
	if key, err := pay.Newest(w); err == nil {
		out.Address = tx.EncodeAddress(key)
	}
	return out, nil
}

// History implements tui.WalletSource.
func (s *walletSource) History(ctx context.Context, q tui.Query) (tui.HistoryPage, error) {
	if q.Filter != "" {
		return s.filtered(ctx, q)
	}
	h, err := s.b.History(ctx, api.HistoryQuery{Skip: q.Offset, Limit: q.Limit})
	if err != nil {
		return tui.HistoryPage{}, fmt.Errorf("ask for the history: %w", err)
	}
	return tui.HistoryPage{Entries: entries(h.Entries), Total: h.Total}, nil
}

// filtered looks through the newest entries.
func (s *walletSource) filtered(ctx context.Context, q tui.Query) (tui.HistoryPage, error) {
	var p tui.HistoryPage
	filter := strings.ToLower(q.Filter)
	for skip := 0; skip < maxFiltered; skip += api.MaxPage {
		h, err := s.b.History(ctx, api.HistoryQuery{Skip: skip, Limit: api.MaxPage})
		if err != nil {
			return p, fmt.Errorf("ask for the history: %w", err)
		}
		for _, e := range entries(h.Entries) {
			if !strings.Contains(strings.ToLower(e.TxID+" "+e.Status+" "+e.Amount+" "+e.Memo), filter) {
				continue
			}
			if p.Total++; p.Total > q.Offset && len(p.Entries) < q.Limit {
				p.Entries = append(p.Entries, e)
			}
		}
		if skip+len(h.Entries) >= h.Total {
			return p, nil
		}
	}
	p.Note = fmt.Sprintf("only the newest %d entries were looked at", maxFiltered)
	return p, nil
}

func entries(list []api.Entry) []tui.HistoryEntry {
	out := make([]tui.HistoryEntry, len(list))
	for i, e := range list {
		out[i] = tui.HistoryEntry{
			TxID: e.TxID, At: time.UnixMilli(e.Time), Amount: change(e), Weight: e.Burn.String(),
			Status: e.Status, Share: tui.Share(e.Share), Memo: e.Memo,
		}
	}
	return out
}

// change is what an entry changed, with a sign.
func change(e api.Entry) string {
	if e.Received >= e.Sent {
		return "+" + (e.Received - e.Sent).String()
	}
	return "-" + (e.Sent - e.Received).String()
}

// Coins implements tui.WalletSource.
func (s *walletSource) Coins(ctx context.Context, q tui.Query) (tui.CoinPage, error) {
	list, err := s.b.Coins(ctx, nil)
	if err != nil {
		return tui.CoinPage{}, fmt.Errorf("ask for the coins: %w", err)
	}
	var p tui.CoinPage
	filter := strings.ToLower(q.Filter)
	for _, c := range orderCoins(list, q) {
		if !strings.Contains(strings.ToLower(c.TxID+" "+c.Status+" "+c.Address+" "+c.Amount.String()), filter) {
			continue
		}
		if p.Total++; p.Total > q.Offset && len(p.Coins) < q.Limit {
			p.Coins = append(p.Coins, tui.WalletCoin{
				TxID: c.TxID, Index: c.Index, Amount: c.Amount.String(), Address: c.Address, Status: c.Status,
				SpentBy: c.SpentBy, Spendable: c.Spendable, At: time.UnixMilli(c.Time),
			})
		}
	}
	return p, nil
}

// orderCoins orders coins that come with the oldest first.
func orderCoins(list []api.Coin, q tui.Query) []api.Coin {
	switch q.Sort {
	case "amount":
		slices.SortStableFunc(list, func(a, b api.Coin) int { return cmp.Compare(a.Amount, b.Amount) })
	case "status":
		slices.SortStableFunc(list, func(a, b api.Coin) int { return strings.Compare(a.Status, b.Status) })
	}
	if q.Desc {
		slices.Reverse(list)
	}
	return list
}

// NewAddress implements tui.WalletSource.
func (s *walletSource) NewAddress(ctx context.Context, passphrase string) (string, error) {
	w, err := wallet.Open(s.dir)
	if err != nil {
		return "", fmt.Errorf("open the wallet: %w", err)
	}
	if passphrase != "" {
		keys, err := w.Unlock(passphrase)
		if err != nil {
			return "", unlockError(err)
		}
		keys.Close()
	}
	key, err := w.NewAddress()
	if errors.Is(err, wallet.ErrPoolEmpty) {
		return "", tui.ErrLocked
	}
	if err != nil {
		return "", fmt.Errorf("give out an address: %w", err)
	}
	return tx.EncodeAddress(key), pay.Register(ctx, s.b, w.Keys())
}

// unlockError tells a wrong passphrase from what else may be wrong.
func unlockError(err error) error {
	if errors.Is(err, wallet.ErrPassphrase) {
		return tui.ErrPassphrase
	}
	return err
}
