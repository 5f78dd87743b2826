package tui

import (
	"context"
	"time"
)

// LedgerSource is what the view Ledger shows. Amounts are decimal text.
type LedgerSource interface {
	// Txs returns a window of all transactions, the deepest first, and how many
	// there are. It costs the same wherever the window is.
	Txs(ctx context.Context, offset, limit int) (TxPage, error)
	// Search looks for a bounded while, and says how far it came.
	Search(ctx context.Context, q TxSearch) (TxFound, error)
	// Tx returns everything about one transaction, by txid or infohash.
	Tx(ctx context.Context, id string) (TxDetails, error)
}

// Tx is a transaction in a list.
type Tx struct {
	TxID string
	// Kind is genesis, transfer or witness.
	Kind   string
	Status string
	Share  Share
	At     time.Time
	Depth  uint32
	// Weight is what it burns.
	Weight string
	Memo   string
}

// TxPage is a window of transactions.
type TxPage struct {
	Txs   []Tx
	Total int
}

// TxSearch asks for transactions.
type TxSearch struct {
	// Text is a txid, an infohash, the beginning of one, an address, a part of a memo.
	Text string
	// Status and Kind narrow; empty for all.
	Status, Kind string
	// After is the Next of the answer before.
	After string
	Limit int
}

// TxFound is what one stretch of a search found.
type TxFound struct {
	Txs []Tx
	// Next is empty when all were looked at.
	Next    string
	Scanned int
	Depth   uint32
}

// TxDetails is one transaction and what stands around it.
type TxDetails struct {
	Tx
	Infohash, Magnet string
	Bytes            int
	// Leads says that it is the side of its conflicts that counts until votes decide.
	Leads             bool
	Inputs            []TxCoin
	Outputs           []TxCoin
	Parents, Children []Neighbour
	// MoreChildren says that only the newest are listed.
	MoreChildren bool
	Rivals       []Neighbour
	Votes        []Vote
	// Voter and Seq are a witness's; Extras the kinds of further data.
	Voter  string
	Seq    uint64
	Extras []string
	// Outside says that it waits outside the ledger: nothing more is known.
	Outside bool
}

// TxCoin is an output that a transaction spends or makes.
type TxCoin struct {
	// TxID and Index name what is spent.
	TxID    string
	Index   uint32
	Amount  string
	Address string
	// SpentBy are those that spend what it makes; more than one is a double spend.
	SpentBy []string
}

// Neighbour is a transaction beside another one.
type Neighbour struct {
	Tx
	// Spends: money went between the two; else one references the other.
	Spends bool
	// Leads is a rival's.
	Leads bool
	// Voter is whose witness it is.
	Voter string
}

// Vote is what one voter says of a transaction and its rivals.
type Vote struct {
	Voter string
	// Part is its part of all stake, 0 to 1.
	Part float64
	// For are the transactions that it supports.
	For    []string
	Forked bool
}
