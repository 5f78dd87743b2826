package wallet

import (
	"math/bits"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Status says how settled the transaction is that made a coin (finality.md,
// section 4). Coins of rejected and orphaned transactions are no coins.
type Status uint8

// The statuses of a coin. The zero value is none, and counts nowhere.
const (
	// Confirmed: its transaction is in the ledger of record.
	Confirmed Status = iota + 1
	// Pending: its transaction is undecided, without a live rival.
	Pending
	// Conflicted: its transaction, or an undecided one it spends, has a live
	// rival. Such a coin is shown, leading or not, and never spent.
	Conflicted
)

// Coin is an output under one of the wallet's keys. The ledger fills it in.
type Coin struct {
	Outpoint tx.Outpoint
	// Amount is in base units.
	Amount uint64
	Lock   tx.Lock
	// Infohash and Time are those of the transaction that made it.
	Infohash tx.Infohash
	Time     int64
	Status   Status
	// Leaving: an undecided transaction spends it.
	Leaving bool
	// Spendable is the ledger's verdict by finality.md, section 4: unspent in
	// the ledger of record, or own change of a pending transaction, or, where
	// nobody votes, taken in the view.
	Spendable bool
}

// spendable reports whether a transfer may take the coin. What the ledger must
// never say is checked again, since it costs nothing: a coin spent beside a
// rival can be lost. Only plain keys are spent here: other locks are opened by
// those who know their purpose.
func (c Coin) spendable() bool {
	return c.Spendable && !c.Leaving && c.Amount > 0 && c.Lock.Kind() == tx.LockKey &&
		(c.Status == Confirmed || c.Status == Pending)
}

// Balances are sums of coins in base units. Every coin counts in at most one of
// the first four.
type Balances struct {
	// Confirmed: in the ledger of record, and nothing spends it.
	Confirmed uint64
	// Leaving: in the ledger of record, spent by an undecided transaction.
	// What comes back of it as change is Pending.
	Leaving uint64
	// Pending: made by an undecided transaction that has no rival, and not
	// spent by another one.
	Pending uint64
	// Conflicted: made by a transaction that has a rival, and not spent by
	// another undecided one. Rivals that pay the same owner both count.
	Conflicted uint64
	// Spendable: what a transfer may take now, a part of Confirmed and Pending.
	Spendable uint64
}

// OfRecord returns the balance of record: what the confirmed transactions alone
// leave, whatever becomes of the undecided ones.
func (b Balances) OfRecord() uint64 { return add(b.Confirmed, b.Leaving) }

// Balance classifies coins (finality.md, section 4). A coin that is spent
// before it was confirmed counts nowhere: its value stands in the outputs of
// its spender. Sums saturate, which only rivals could cause.
func Balance(coins []Coin) Balances {
	var b Balances
	for _, c := range coins {
		if sum := b.class(c); sum != nil {
			*sum = add(*sum, c.Amount)
		}
		if c.spendable() {
			b.Spendable = add(b.Spendable, c.Amount)
		}
	}
	return b
}

// class returns the sum that a coin belongs to, nil for none.
func (b *Balances) class(c Coin) *uint64 {
	switch {
	case c.Status == Confirmed && c.Leaving:
		return &b.Leaving
	case c.Leaving:
		return nil
	case c.Status == Confirmed:
		return &b.Confirmed
	case c.Status == Pending:
		return &b.Pending
	case c.Status == Conflicted:
		return &b.Conflicted
	}
	return nil
}

// add is a sum that saturates.
func add(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return ^uint64(0)
	}
	return sum
}
