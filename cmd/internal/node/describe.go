package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

func (b *backend) Tx(_ context.Context, text string) (api.TxInfo, error) {
	id, err := b.parseID(text)
	if err != nil {
		return api.TxInfo{}, err
	}
	if !b.ledger.Has(id) {
		return b.outside(id)
	}
	t, err := b.ledger.Tx(id)
	if err != nil {
		return api.TxInfo{}, err
	}
	summary, err := b.summary(id)
	if err != nil {
		return api.TxInfo{}, err
	}
	info := api.TxInfo{
		TxSummary: summary,
		Inputs:    []api.TxInput{}, Outputs: []api.TxOutput{}, Refs: []string{}, Rivals: []string{},
		Magnet: t.Magnet(b.peers()...).String(),
	}
	if t.Kind == tx.KindWitness {
		info.Voter, info.Seq = hex.EncodeToString(t.Voter[:]), t.Seq
	}
	for _, x := range t.Extras {
		info.Extras = append(info.Extras, x.Kind)
	}
	for _, ref := range t.Refs {
		info.Refs = append(info.Refs, ref.String())
	}
	if info.Inputs, err = b.inputs(t); err != nil {
		return api.TxInfo{}, err
	}
	b.links(t, &info)
	return info, nil
}

// outside describes what waits outside T: all that is known is that it waits.
func (b *backend) outside(id tx.ID) (api.TxInfo, error) {
	status, err := b.ledger.Status(id)
	if err != nil {
		return api.TxInfo{}, unknown(id.String())
	}
	return api.TxInfo{TxSummary: api.TxSummary{TxID: id.String(), Status: string(status.Word)}}, nil
}

// summary describes a transaction of T in a line.
func (b *backend) summary(id tx.ID) (api.TxSummary, error) {
	t, err := b.ledger.Tx(id)
	if err != nil {
		return api.TxSummary{}, err
	}
	status, err := b.ledger.Status(id)
	if err != nil {
		return api.TxSummary{}, err
	}
	burn, err := b.ledger.Burn(id)
	if err != nil {
		return api.TxSummary{}, err
	}
	s := api.TxSummary{
		TxID:     id.String(),
		Infohash: t.Infohash().String(),
		Kind:     kindName(t.Kind),
		Time:     t.Time,
		Depth:    status.Depth,
		Size:     len(t.Raw()),
		Burn:     api.Amount(burn),
		Memo:     t.Memo,
	}
	if t.Kind != tx.KindWitness {
		s.Status = string(status.Word)
		s.Share = api.Share{Stake: status.Stake, Total: status.Total}
	}
	return s, nil
}

func kindName(k tx.Kind) string {
	switch k {
	case tx.KindGenesis:
		return api.KindGenesis
	case tx.KindWitness:
		return api.KindWitness
	default:
		return api.KindTransfer
	}
}

func (b *backend) inputs(t *tx.Tx) ([]api.TxInput, error) {
	list := []api.TxInput{}
	for _, in := range t.In {
		parent, err := b.ledger.Tx(in.Tx)
		if err != nil {
			return nil, fmt.Errorf("parent %s: %w", in.Tx, err)
		}
		out := parent.Out[in.Index]
		list = append(list, api.TxInput{TxID: in.Tx.String(), Index: in.Index, Amount: api.Amount(out.Amount), Address: addressOf(out.Lock)})
	}
	return list, nil
}

func addressOf(l tx.Lock) string {
	address, _ := l.Address()
	return address
}

// links fills in what the DAG knows: rivals, and who spends the outputs.
func (b *backend) links(t *tx.Tx, info *api.TxInfo) {
	b.ledger.Read(func(d *dag.DAG) {
		for _, rival := range d.Status(t.ID()).Rivals {
			info.Rivals = append(info.Rivals, rival.String())
		}
		for i, out := range t.Out {
			o := api.TxOutput{Amount: api.Amount(out.Amount), Address: addressOf(out.Lock), Lock: lockName(out.Lock)}
			for _, spender := range d.Spenders(tx.Outpoint{Tx: t.ID(), Index: uint32(i)}) {
				o.SpentBy = append(o.SpentBy, spender.String())
			}
			info.Outputs = append(info.Outputs, o)
		}
	})
}

func lockName(l tx.Lock) string {
	switch l.Kind() {
	case tx.LockHash:
		return "h"
	case tx.LockAfter:
		return "after"
	case tx.LockThreshold:
		return "n"
	default:
		return "k"
	}
}

func (b *backend) Coins(_ context.Context, addresses []string) ([]api.Coin, error) {
	keys, err := keysOf(addresses)
	if err != nil {
		return nil, err
	}
	list := []api.Coin{}
	for _, c := range b.ledger.Coins(keys...) {
		coin, err := b.coin(c)
		if err != nil {
			return nil, err
		}
		list = append(list, coin)
	}
	return list, nil
}

func (b *backend) coin(c ledger.Coin) (api.Coin, error) {
	t, err := b.ledger.Tx(c.Outpoint.Tx)
	if err != nil {
		return api.Coin{}, err
	}
	status, err := b.ledger.Status(c.Outpoint.Tx)
	if err != nil {
		return api.Coin{}, err
	}
	coin := api.Coin{
		TxID: c.Outpoint.Tx.String(), Index: c.Outpoint.Index,
		Amount: api.Amount(c.Amount), Address: tx.EncodeAddress(c.Key),
		Infohash: t.Infohash().String(), Time: t.Time, Depth: status.Depth,
		Status: string(c.Status), Spendable: c.Spendable,
	}
	if c.Spender != nil {
		coin.SpentBy = c.Spender.String()
	}
	return coin, nil
}

func keysOf(addresses []string) ([]tx.Key, error) {
	if len(addresses) > api.MaxAddresses {
		return nil, &api.Error{Message: fmt.Sprintf("more than %d addresses", api.MaxAddresses), Code: api.BadRequest}
	}
	keys := make([]tx.Key, len(addresses))
	for i, a := range addresses {
		key, err := tx.DecodeAddress(a)
		if err != nil {
			return nil, &api.Error{Message: err.Error(), Code: api.BadRequest}
		}
		keys[i] = key
	}
	return keys, nil
}

func (b *backend) Balance(_ context.Context, addresses []string) (api.Balance, error) {
	keys, err := keysOf(addresses)
	if err != nil {
		return api.Balance{}, err
	}
	sum := b.ledger.Balance(keys...)
	return api.Balance{
		Confirmed:  api.Amount(sum.Confirmed),
		Pending:    api.Amount(sum.Pending),
		Conflicted: api.Amount(sum.Conflicted),
	}, nil
}

func (b *backend) History(_ context.Context, q api.HistoryQuery) (api.History, error) {
	h := api.History{Entries: []api.Entry{}, Total: b.ledger.HistoryLen()}
	for _, e := range b.ledger.History(max(0, q.Skip), pageSize(q.Limit)) {
		burn, err := b.ledger.Burn(e.ID)
		if err != nil {
			return api.History{}, err
		}
		status, err := b.ledger.Status(e.ID)
		if err != nil {
			return api.History{}, err
		}
		h.Entries = append(h.Entries, api.Entry{
			TxID: e.ID.String(), Time: e.Time, Status: string(e.Status), Received: api.Amount(e.Out), Sent: api.Amount(e.In),
			Burn: api.Amount(burn), Share: api.Share{Stake: status.Stake, Total: status.Total}, Memo: e.Memo,
		})
	}
	return h, nil
}

func (b *backend) Watch(_ context.Context, addresses []string) error {
	keys, err := keysOf(addresses)
	if err != nil {
		return err
	}
	return b.ledger.Watch(slices.Clip(keys)...)
}
