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
	wanted := make(map[tx.Key]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	var coins []Coin
	w := l.mu.watched
	for _, op := range w.unspent {
		if len(keys) > 0 && !wanted[w.coins[op].key] {
			continue
		}
		if c, ok := l.coin(w, op); ok {
			coins = append(coins, c)
		}
	}
	return coins
}

// coin classifies one watched output; false means that it is gone.
func (l *Ledger) coin(w *watchlist, op tx.Outpoint) (Coin, bool) {
	own := w.coins[op]
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
	c.Spendable = c.Spender == nil && l.spendable(w, c)
	return c, true
}

// spendable is the wallet's rule of finality.md, section 4, for an output that
// nothing undecided spends.
func (l *Ledger) spendable(w *watchlist, c Coin) bool {
	switch {
	case c.Status == dag.Confirmed:
		return true
	case c.Status != dag.Pending:
		return false
	case l.genesis.Params.TotalStake() == 0:
		return l.mu.dag.Leads(c.Outpoint.Tx)
	default:
		return l.ownChange(w, c.Outpoint.Tx)
	}
}

// ownChange reports whether every input of a pending transaction was ours.
func (l *Ledger) ownChange(w *watchlist, id tx.ID) bool {
	for _, in := range l.mu.dag.Inputs(id) {
		if _, own := w.coins[in]; !own {
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

// historyLocked is how many entries are looked up under one lock: a page of a
// thousand must not stop whoever applies transactions.
const historyLocked = 32

// History returns the newest entries first, skipping the first skip of them.
func (l *Ledger) History(skip, limit int) []HistoryEntry {
	var txs []*tx.Tx
	for _, id := range l.historyIDs(skip, limit) {
		txs = append(txs, l.mustLoad(id)) // from the disk, so without the lock
	}
	var out []HistoryEntry
	for part := range slices.Chunk(txs, historyLocked) {
		out = l.historyEntries(out, part)
	}
	return out
}

func (l *Ledger) historyEntries(out []HistoryEntry, txs []*tx.Tx) []HistoryEntry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, t := range txs {
		out = append(out, l.historyEntry(t))
	}
	return out
}

// HistoryLen counts the entries of the history.
func (l *Ledger) HistoryLen() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.mu.watched.history)
}

func (l *Ledger) historyIDs(skip, limit int) []tx.ID {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := l.mu.watched.history
	end := max(0, len(all)-max(0, skip))
	ids := slices.Clone(all[max(0, end-max(0, limit)):end])
	slices.Reverse(ids)
	return ids
}

func (l *Ledger) historyEntry(t *tx.Tx) HistoryEntry {
	e := HistoryEntry{ID: t.ID(), Time: t.Time, Memo: t.Memo, Status: l.mu.dag.Status(t.ID()).Word}
	for _, in := range t.In {
		e.In += l.mu.watched.coins[in].amount
	}
	for i := range t.Out {
		e.Out += l.mu.watched.coins[tx.Outpoint{Tx: t.ID(), Index: uint32(i)}].amount
	}
	return e
}
