package proofs

import "errors"

// ErrorKind names why a proof was refused. Kinds are compared with errors.Is.
type ErrorKind string

// Error returns the kind's text.
func (k ErrorKind) Error() string { return string(k) }

// Kinds of files that are no proof, from Decode and Encode.
const (
	// ErrNotProof: a file, perhaps a torrent of another client, that says
	// nothing of a network or names no transaction.
	ErrNotProof = ErrorKind("not a proof")
	// ErrMalformed: it means to be a proof, and its bytes do not follow the
	// format.
	ErrMalformed = ErrorKind("malformed proof")
	// ErrTooLarge: a bound of the format is exceeded.
	ErrTooLarge = ErrorKind("proof too large")
)

// Kinds of refused proofs, from Verify: what they carry is not true.
const (
	// ErrNetwork: a sound file, of another network than Options asked for.
	ErrNetwork = ErrorKind("proof of another network")
	// ErrForged: a signature, or what else opens a lock, is not genuine.
	ErrForged = ErrorKind("forged proof")
	// ErrInvalid: a transaction breaks a rule that needs no more than what the
	// file holds; the error underneath is that of ledger/tx.
	ErrInvalid = ErrorKind("proof of an invalid transaction")
	// ErrStatement: a path does not lead to the root that the voter signed, or
	// says of a transaction what the file shows to be wrong.
	ErrStatement = ErrorKind("statement that does not hold")
)

// Error is every refusal of this package.
type Error struct {
	Kind ErrorKind
	// Detail says where, or what was found.
	Detail string
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error returns the kind and the detail.
func (e *Error) Error() string {
	s := string(e.Kind)
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

func refuse(kind ErrorKind, detail string) *Error { return &Error{Kind: kind, Detail: detail} }

func refuseBy(kind ErrorKind, detail string, cause error) *Error {
	return &Error{Kind: kind, Detail: detail, Cause: cause}
}
