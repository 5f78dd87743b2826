package ledger

import (
	"slices"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Coin is an output under a watched key that nothing settled has spent.
type Coin struct {
	Outpoint tx.Outpoint
	Key      tx.Key
	Amount   uint64
	// Status is the status of the transaction that made it.
	Status dag.Word
	// Spender is the undecided transaction that spends it; nil when none does.
	Spender *tx.ID
	// Spendable says that a wallet may spend it now (finality.md, 4).
	Spendable bool
}

// Coins returns the watched outputs, in order of arrival, that no confirmed
// transaction has spent and whose own transaction is not lost. keys narrows
// them; none means all.
func (l *Ledger) Coins(keys ...tx.Key) []Coin {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var coins []Coin
	for _, op := range l.mu.watched.order {
		own := l.mu.watched.coins[op]
		if len(keys) > 0 && !slices.Contains(keys, own.key) {
			continue
		}
		if c, ok := l.coin(op, own); ok {
			coins = append(coins, c)
		}
	}
	return coins
}

// coin classifies one watched output; false means that it is gone.
func (l *Ledger) coin(op tx.Outpoint, own ownCoin) (Coin, bool) {
	c := Coin{Outpoint: op, Key: own.key, Amount: own.amount, Status: l.mu.dag.Status(op.Tx).Word}
	if c.Status == dag.Rejected || c.Status == dag.Orphaned {
		return c, false
	}
	for _, spender := range l.mu.dag.Spenders(op) {
		switch l.mu.dag.Status(spender).Word {
		case dag.Confirmed, dag.Disputed:
			return c, false
		case dag.Rejected, dag.Orphaned:
		default:
			if c.Spender == nil || l.mu.dag.Leads(spender) {
				c.Spender = &spender
			}
		}
	}
	c.Spendable = c.Spender == nil && l.spendable(c)
	return c, true
}

// spendable is the wallet's rule of finality.md, section 4, for an output that
// nothing undecided spends.
func (l *Ledger) spendable(c Coin) bool {
	switch {
	case c.Status == dag.Confirmed:
		return true
	case c.Status != dag.Pending:
		return false
	case l.genesis.Params.TotalStake() == 0:
		return l.mu.dag.Leads(c.Outpoint.Tx)
	default:
		return l.ownChange(c.Outpoint.Tx)
	}
}

// ownChange reports whether every input of a pending transaction was ours.
func (l *Ledger) ownChange(id tx.ID) bool {
	for _, in := range l.mustLoad(id).In {
		if _, own := l.mu.watched.coins[in]; !own {
			return false
		}
	}
	return true
}

// Balance sums the watched coins, in base units. Confirmed is of record and
// nobody is spending it; Pending is on its way in, change included; Conflicted
// hangs on a double spend, and is never spendable: where both sides pay us, both
// count. What an undecided transaction spends counts nowhere: its value stands in
// the outputs of its spender.
type Balance struct {
	Confirmed, Pending, Conflicted uint64
}

// Balance sums the coins of keys; none means all watched ones.
func (l *Ledger) Balance(keys ...tx.Key) Balance {
	var b Balance
	for _, c := range l.Coins(keys...) {
		switch {
		case c.Spender != nil:
		case c.Status == dag.Conflicted || c.Status == dag.Disputed:
			b.Conflicted += c.Amount
		case c.Status == dag.Confirmed:
			b.Confirmed += c.Amount
		default:
			b.Pending += c.Amount
		}
	}
	return b
}

// HistoryEntry is one transaction that paid or spent watched coins.
type HistoryEntry struct {
	ID   tx.ID
	Time int64
	Memo string
	// In is what it took from watched keys, Out what it paid to them.
	In, Out uint64
	Status  dag.Word
}

// History returns the newest entries first, skipping the first skip of them.
func (l *Ledger) History(skip, limit int) []HistoryEntry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	ids := l.mu.watched.history
	var out []HistoryEntry
	for i := len(ids) - 1 - skip; i >= 0 && len(out) < limit; i-- {
		out = append(out, l.historyEntry(ids[i]))
	}
	return out
}

func (l *Ledger) historyEntry(id tx.ID) HistoryEntry {
	t := l.mustLoad(id)
	e := HistoryEntry{ID: id, Time: t.Time, Memo: t.Memo, Status: l.mu.dag.Status(id).Word}
	for _, in := range t.In {
		e.In += l.mu.watched.coins[in].amount
	}
	for i := range t.Out {
		e.Out += l.mu.watched.coins[tx.Outpoint{Tx: id, Index: uint32(i)}].amount
	}
	return e
}
