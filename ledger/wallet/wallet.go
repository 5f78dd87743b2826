// Package wallet holds the keys of one owner, and turns coins and a wish into
// a transfer.
//
// All keys follow from 24 words (BIP 39) by BIP 32, at the paths of the
// ledger's specification. The words lie on disk encrypted with a passphrase;
// beside them, in clear, lie the addresses and the voter key, so that balances
// can be watched and new addresses be given out while the wallet is locked.
//
// The package does not know the ledger: whoever calls it says which coins there
// are and which of them may be spent, and what a transfer should reference. It
// has no clock; the time comes in as a value. Building a transfer is a
// function of the request: the same request gives the same transfer.
//
// Secrets are never part of an error, and the types that hold them print as
// "[redacted]" with every verb of fmt. They are overwritten where Go lets us:
// copies that libraries and the runtime made are beyond reach.
package wallet

import "errors"

// The kinds of error of this package, to be compared with errors.Is.
var (
	// ErrMnemonic: the words are not 24 of the list with a right checksum.
	ErrMnemonic = errors.New("not a valid list of 24 words")
	// ErrNoWallet: the directory holds no wallet.
	ErrNoWallet = errors.New("no wallet here")
	// ErrExists: the directory holds a wallet, which is never overwritten.
	ErrExists = errors.New("a wallet exists already")
	// ErrPassphrase: the passphrase is empty or not the wallet's.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrFormat: a file of the wallet is damaged or of an unknown version.
	ErrFormat = errors.New("unreadable wallet file")
	// ErrMismatch: the addresses in clear are not those of the words. Somebody
	// changed one of the files.
	ErrMismatch = errors.New("addresses do not belong to the wallet's words")
	// ErrPoolEmpty: every address made in advance has been given out.
	// Unlocking makes new ones.
	ErrPoolEmpty = errors.New("no address left, unlock the wallet to make new ones")
	// ErrAmount: not an amount of TTX, or one that no ledger can hold.
	ErrAmount = errors.New("invalid amount")
	// ErrRequest: a transfer that cannot be, whatever coins there are.
	ErrRequest = errors.New("impossible transfer")
	// ErrInsufficient: the spendable coins do not cover amount and burn. The
	// error is an *InsufficientError.
	ErrInsufficient = errors.New("insufficient funds")
	// ErrTooManyInputs: the money is there, in more coins than one transfer
	// can spend. The error is a *TooManyInputsError.
	ErrTooManyInputs = errors.New("too many small coins")
	// ErrTooLarge: the transfer would exceed the largest transaction.
	ErrTooLarge = errors.New("transfer too large")
	// ErrNotOurs: a coin is locked with a key that the wallet does not hold.
	ErrNotOurs = errors.New("coin of another wallet")
)
