package tui

import (
	"context"
	"errors"
	"time"
)

// WalletSource is what the view Wallet shows and does. Amounts are decimal text.
type WalletSource interface {
	Wallet(ctx context.Context) (Wallet, error)
	// History returns a window of the history, the newest first whatever the query says.
	History(ctx context.Context, q Query) (HistoryPage, error)
	// Coins returns a window by amount, status or time.
	Coins(ctx context.Context, q Query) (CoinPage, error)
	// CheckAddress, CheckAmount and CheckMemo say what is wrong with what is typed,
	// "" for nothing. They do no I/O.
	CheckAddress(address string) string
	CheckAmount(amount string) string
	CheckMemo(memo string) string
	// Plan builds a payment. Nothing is signed.
	Plan(ctx context.Context, p Payment) (Plan, error)
	// Wait returns the status that a transaction has reached once it is decided, or
	// cannot be decided on this network.
	Wait(ctx context.Context, txid string) (status string, err error)
	// NewAddress gives out a fresh address. ErrLocked: it needs the passphrase, which
	// is empty the first time.
	NewAddress(ctx context.Context, passphrase string) (string, error)
}

// The kinds of error that the view asks the passphrase for.
var (
	ErrLocked     = errors.New("the wallet must be unlocked")
	ErrPassphrase = errors.New("wrong passphrase")
	ErrCoinsGone  = errors.New("another payment took its coins")
)

// Wallet is the wallet at a glance.
type Wallet struct {
	// None is why there is no wallet, and what to do; empty when there is one.
	None string
	// Address is the newest one, Issued how many were given out.
	Address string
	Issued  int
	// Confirmed is of record, Pending on its way, Conflicted hangs on a double spend.
	Confirmed, Pending, Conflicted string
	// Doubtful says that Conflicted is not zero.
	Doubtful bool
	// Confirms is false on a network without voters.
	Confirms bool
	// Trial is for a wallet whose coins are worth nothing; nil for any other.
	Trial *Trial
}

// clean makes the texts of a wallet harmless: the view draws them in many places.
func (w Wallet) clean() Wallet {
	for _, text := range []*string{&w.None, &w.Address, &w.Confirmed, &w.Pending, &w.Conflicted} {
		*text = Clean(*text)
	}
	return w
}

// Trial is what a person needs to try a payment from a wallet that is there for it.
type Trial struct {
	// Passphrase opens the wallet. It is no secret, and is shown.
	Passphrase string
	// Payee is the address of somebody else.
	Payee string
}

// Share is the stake behind a transaction; Total is 0 when nothing is counted.
type Share struct{ Stake, Total uint64 }

// Percent rounds down: two thirds are 66, and 100 is all of it.
func (s Share) Percent() int {
	if s.Total == 0 {
		return 0
	}
	return int(100 * s.Part())
}

// Part is the share as 0 to 1.
func (s Share) Part() float64 {
	if s.Total == 0 {
		return 0
	}
	return float64(s.Stake) / float64(s.Total)
}

// HistoryEntry is one transaction of the wallet.
type HistoryEntry struct {
	TxID string
	At   time.Time
	// Amount is what it changed, with a sign.
	Amount string
	// Weight is what it burned.
	Weight string
	Status string
	Share  Share
	Memo   string
}

// HistoryPage is a window of the history, the newest first.
type HistoryPage struct {
	Entries []HistoryEntry
	Total   int
	// Note says what was left out; empty when nothing was.
	Note string
}

// WalletCoin is one coin of the wallet.
type WalletCoin struct {
	TxID      string
	Index     uint32
	Amount    string
	Address   string
	Status    string
	SpentBy   string
	Spendable bool
	At        time.Time
}

// CoinPage is a window of the coins.
type CoinPage struct {
	Coins []WalletCoin
	Total int
}

// Payment is what a person wants to pay.
type Payment struct{ Address, Amount, Memo string }

// Plan is a payment that awaits its signature.
type Plan struct {
	Payment
	// Burn is its weight, Change what comes back.
	Burn, Change  string
	Inputs, Bytes int
	// Pay decrypts the wallet, signs, and hands it in. ErrPassphrase, ErrCoinsGone:
	// nothing happened.
	Pay func(ctx context.Context, passphrase string) (Paid, error)
}

// Paid is a payment that the node took.
type Paid struct{ TxID, Status string }
