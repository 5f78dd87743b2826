package screen

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

type ledgerSource struct{ b *api.Client }

func newLedger(cfg Config) tui.LedgerSource {
	if !cfg.Node.Ledger {
		return nil
	}
	return &ledgerSource{cfg.Client}
}

// Txs implements tui.LedgerSource.
func (s *ledgerSource) Txs(ctx context.Context, offset, limit int) (tui.TxPage, error) {
	page, err := s.b.Txs(ctx, api.TxQuery{Skip: offset, Limit: limit})
	if err != nil {
		return tui.TxPage{}, fmt.Errorf("ask for transactions: %w", err)
	}
	return tui.TxPage{Txs: summaries(page.Transactions), Total: int(page.Total)}, nil
}

// Search implements tui.LedgerSource.
func (s *ledgerSource) Search(ctx context.Context, q tui.TxSearch) (tui.TxFound, error) {
	page, err := s.b.Search(ctx, api.SearchQuery{Text: q.Text, Status: q.Status, Kind: q.Kind, Limit: q.Limit, After: q.After})
	if err != nil {
		return tui.TxFound{}, fmt.Errorf("search: %w", err)
	}
	return tui.TxFound{Txs: summaries(page.Transactions), Next: page.Next, Scanned: page.Scanned, Depth: page.Depth}, nil
}

func summaries(list []api.TxSummary) []tui.Tx {
	out := make([]tui.Tx, len(list))
	for i, t := range list {
		out[i] = summary(t)
	}
	return out
}

func summary(t api.TxSummary) tui.Tx {
	return tui.Tx{
		TxID: t.TxID, Kind: t.Kind, Status: t.Status, Share: tui.Share(t.Share), At: time.UnixMilli(t.Time),
		Depth: t.Depth, Weight: t.Burn.String(), Memo: t.Memo,
	}
}

// Tx implements tui.LedgerSource.
func (s *ledgerSource) Tx(ctx context.Context, id string) (tui.TxDetails, error) {
	info, err := s.b.Tx(ctx, id)
	if err != nil {
		return tui.TxDetails{}, err
	}
	d := tui.TxDetails{
		Tx: summary(info.TxSummary), Infohash: info.Infohash, Magnet: info.Magnet, Bytes: info.Size,
		Voter: info.Voter, Seq: info.Seq, Extras: info.Extras,
	}
	for _, in := range info.Inputs {
		d.Inputs = append(d.Inputs, tui.TxCoin{TxID: in.TxID, Index: in.Index, Amount: in.Amount.String(), Address: in.Address})
	}
	for _, out := range info.Outputs {
		d.Outputs = append(d.Outputs, tui.TxCoin{Amount: out.Amount.String(), Address: out.Address, SpentBy: out.SpentBy})
	}
	around, err := s.b.Around(ctx, info.TxID)
	if errors.Is(err, api.NotFound) {
		d.Outside = true
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("ask what stands around %s: %w", info.TxID, err)
	}
	surround(&d, around)
	return d, nil
}

// surround adds what the DAG knows.
func surround(d *tui.TxDetails, a api.Around) {
	d.Leads, d.MoreChildren = a.Leads, a.MoreChildren
	d.Parents, d.Children, d.Rivals = neighbours(a.Parents), neighbours(a.Children), neighbours(a.Rivals)
	var total uint64
	for _, v := range a.Votes {
		total += v.Stake
	}
	for _, v := range a.Votes {
		d.Votes = append(d.Votes, tui.Vote{
			Voter: v.Voter, Part: tui.Share{Stake: v.Stake, Total: total}.Part(), For: v.For, Forked: v.Forked,
		})
	}
}

func neighbours(list []api.Neighbour) []tui.Neighbour {
	out := make([]tui.Neighbour, len(list))
	for i, n := range list {
		out[i] = tui.Neighbour{Tx: summary(n.TxSummary), Spends: n.Spends, Leads: n.Leads, Voter: n.Voter}
	}
	return out
}
