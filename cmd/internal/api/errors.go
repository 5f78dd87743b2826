package api

import (
	"context"
	"errors"
	"net/http"
)

// Code is a kind of failure. It is an error itself, so that errors.Is(err,
// api.NotFound) holds on both ends of the socket.
type Code string

// The codes. They are part of the interface.
const (
	// BadRequest: the request is malformed.
	BadRequest Code = "bad_request"
	// NotFound: no such transaction, torrent, or route.
	NotFound Code = "not_found"
	// Invalid: the transaction is refused for ever.
	Invalid Code = "invalid"
	// Unsolid: parents of the transaction are not known here.
	Unsolid Code = "unsolid"
	// Held: the transaction is dated too far ahead of the node's clock.
	Held Code = "held"
	// NoVoters: the network has no voters, so nothing is ever confirmed.
	NoVoters Code = "no_voters"
	// Timeout: what was waited for did not happen in time.
	Timeout Code = "timeout"
	// Offline: the request needs a running node.
	Offline Code = "offline"
	// Disk: the node cannot write to its disk.
	Disk Code = "disk"
	// Malformed: a torrent or magnet link is refused.
	Malformed Code = "malformed"
	// Ambiguous: more than one torrent fits.
	Ambiguous Code = "ambiguous"
	// Exists: the torrent is there already, or its files would lie where another's are.
	Exists Code = "exists"
	// NoSpace: the disk has no room for the torrent.
	NoSpace Code = "no_space"
	// Busy: the torrent is being moved, checked or removed.
	Busy Code = "busy"
	// NoInfo: the torrent's info is not known yet.
	NoInfo Code = "no_info"
	// TooMany: a bound is reached.
	TooMany Code = "too_many"
	// Without: this node keeps no ledger.
	Without Code = "no_ledger"
	// Forged: a proof contains what its author cannot have got honestly.
	Forged Code = "forged"
	// OtherNetwork: a proof is of another network than this node's.
	OtherNetwork Code = "other_network"
	// Internal: the node failed.
	Internal Code = "internal"
	// NoNode: no node listens. Only a client says so.
	NoNode Code = "no_node"
)

// Error returns the code.
func (c Code) Error() string { return string(c) }

// Error is a failure as it crosses the socket.
type Error struct {
	// Message says what failed, in lower case, without a full stop.
	Message string `json:"error"`
	Code    Code   `json:"code"`
	// Hint says what to do next; may be empty.
	Hint string `json:"hint,omitempty"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Is reports whether target is the error's code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// httpStatus is the HTTP status a code travels under.
func (c Code) httpStatus() int {
	switch c {
	case BadRequest:
		return http.StatusBadRequest
	case NotFound:
		return http.StatusNotFound
	case Invalid, NoVoters, Malformed, Forged:
		return http.StatusUnprocessableEntity
	case Unsolid, Held, Ambiguous, Exists, Busy, NoInfo, Without, OtherNetwork:
		return http.StatusConflict
	case TooMany:
		return http.StatusTooManyRequests
	case NoSpace:
		return http.StatusInsufficientStorage
	case Timeout:
		return http.StatusGatewayTimeout
	case Offline, Disk:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// asError makes any error one that can cross the socket.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return &Error{Message: err.Error(), Code: e.Code, Hint: e.Hint}
	}
	var code Code
	switch {
	case errors.As(err, &code):
		return &Error{Message: err.Error(), Code: code}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Message: err.Error(), Code: Timeout}
	default:
		return &Error{Message: err.Error(), Code: Internal}
	}
}
