package tx

import "errors"

// ErrorKind names why a transaction, an address, a network file or a magnet
// link was refused. Kinds are compared with errors.Is; the text of an error is
// for people and may change.
type ErrorKind string

// Error returns the kind as words.
func (k ErrorKind) Error() string { return string(k) }

// Kinds of ill-formed transactions, from Decode and Seal: functions of the
// bytes alone.
const (
	ErrTooLarge     = ErrorKind("transaction larger than 16 KiB")
	ErrEncoding     = ErrorKind("not canonical bencode")
	ErrUnknownKey   = ErrorKind("unknown key")
	ErrMissingKey   = ErrorKind("required key missing")
	ErrKind         = ErrorKind("not exactly one of `p`, `in` and `k`")
	ErrVersion      = ErrorKind("unknown version")
	ErrLimit        = ErrorKind("count, length or number out of its limits")
	ErrDuplicate    = ErrorKind("repeated element")
	ErrText         = ErrorKind("characters not allowed")
	ErrLock         = ErrorKind("lock breaks the rules of locks")
	ErrKey          = ErrorKind("key is not a point of the curve")
	ErrParentHashes = ErrorKind("`ih` does not match the parents")
)

// Kinds of invalid transactions, from Verify: functions of a transaction and
// its parents.
const (
	// ErrMissingParent is not a verdict: Verify was called too early.
	ErrMissingParent = ErrorKind("parent not at hand")
	// ErrUnsealed is a mistake of the caller: the transaction has no bytes.
	ErrUnsealed = ErrorKind("transaction not sealed")

	ErrForeignGenesis = ErrorKind("genesis of another network")
	ErrNoOutput       = ErrorKind("input spends an output that does not exist")
	ErrTime           = ErrorKind("time before what its parents allow")
	ErrSupply         = ErrorKind("inputs exceed the supply")
	ErrOverspent      = ErrorKind("outputs exceed inputs")
	ErrBurn           = ErrorKind("burn too small")
	ErrWitness        = ErrorKind("witness does not fit its lock")
	ErrPreimage       = ErrorKind("preimage does not open its lock")
	ErrLocked         = ErrorKind("lock not open yet")
	ErrSignature      = ErrorKind("signature does not verify")
	ErrVoter          = ErrorKind("voter not in the table")
	ErrChain          = ErrorKind("witness does not continue its voter's chain")
)

// Kinds of the other refusals.
const (
	// ErrUnsatisfiable: the secrets at hand do not open a lock.
	ErrUnsatisfiable = ErrorKind("no branch of the lock can be satisfied")
	// ErrAddress: the text is not an address of this ledger.
	ErrAddress = ErrorKind("not an address")
	// ErrTorrent: an info dictionary is not a transaction's, or not that of
	// the bytes or the id given.
	ErrTorrent = ErrorKind("not the torrent of the transaction")
	// ErrNoNetwork: a torrent file carries no `ttx` dictionary.
	ErrNoNetwork = ErrorKind("torrent file of no network")
	// ErrFile: a torrent file's `ttx` dictionary is contradictory.
	ErrFile = ErrorKind("bad network file")
	// ErrMagnet: the text is not a usable magnet link.
	ErrMagnet = ErrorKind("bad magnet link")
	// ErrPeer: the text is not host:port.
	ErrPeer = ErrorKind("bad peer address")
	// ErrTracker: the text is not the address of a tracker.
	ErrTracker = ErrorKind("bad tracker address")
)

// Error is every refusal of this package.
type Error struct {
	Kind ErrorKind
	// Detail says where, or what was found. It may be empty.
	Detail string
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error returns the kind and the detail.
func (e *Error) Error() string {
	s := "tx: " + string(e.Kind)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(ErrorKind)
	return ok && kind == e.Kind
}

// Unwrap returns the error underneath, or nil.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of an error of this package, or "" for another one.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func refuse(kind ErrorKind, detail string) *Error {
	return &Error{Kind: kind, Detail: detail}
}
