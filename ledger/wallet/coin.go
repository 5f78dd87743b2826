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

// add is a sum that saturates.
func add(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return ^uint64(0)
	}
	return sum
}
