// Package store keeps the transactions a node holds, on disk or in memory.
//
// The truth is one append-only log of records at consecutive positions from 0.
// A batch is appended all or nothing, and is durable when Append returns: a
// node may acknowledge a transaction then and not before. Every record carries
// a checksum over its position and its content, verified each time it is read,
// so a damaged disk is an error that names the position, never a wrong
// transaction. What finds a record by id or by infohash is an index, made from
// the log.
//
// Beside the log stands a small map of meta values for its owner's bookkeeping.
// They are written in one atomic step with a batch when they have to agree with
// it.
//
// The package knows bytes and their names. It does not decode transactions,
// does not check that a name belongs to its bytes, and does not know parents,
// validity or status.
package store

import (
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/ledger/tx"
)

// The kinds of error a Store returns, to be compared with errors.Is.
var (
	// ErrNotFound: no record or meta value has that name.
	ErrNotFound = errors.New("not found")
	// ErrDuplicate: a record of the batch has an id that is already stored, or
	// that stands in the batch twice. Nothing was written.
	ErrDuplicate = errors.New("duplicate record")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrLocked: another process, or another store of this one, has the
	// directory open.
	ErrLocked = errors.New("store is in use by another process")
	// ErrCorrupt: what was read is not what was written. The error is a
	// *CorruptError when the position is known.
	ErrCorrupt = errors.New("store is corrupt")
	// ErrMark: what says how far the log was acknowledged is missing or damaged.
	// It can be made anew from the log.
	ErrMark = errors.New("the mark behind the log's end is damaged")
	// ErrFormat: the directory holds something else, or a store of a version
	// that this package does not read.
	ErrFormat = errors.New("unknown store format")
)

// CorruptError says which record of the log is damaged or missing. It is an
// ErrCorrupt.
type CorruptError struct {
	Position uint64
	// Reason is what did not hold, for a person.
	Reason string
	// Err is the cause reported from below, nil when there is none.
	Err error
}

// Error names the position and the reason.
func (e *CorruptError) Error() string {
	msg := fmt.Sprintf("%v: record %d: %s", ErrCorrupt, e.Position, e.Reason)
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Is makes every CorruptError an ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// Record is one transaction as it is stored: its bytes and the names by which
// it is found.
type Record struct {
	ID       tx.ID
	Infohash tx.Infohash
	Raw      []byte
}

// Store is an append-only log of records with two indexes and a map of meta
// values. Methods may be called by many goroutines at once; every one returns
// ErrClosed after Close. Bytes that a Store returns or hands to a callback may
// be kept and must not be changed; bytes given to it are copied.
type Store interface {
	// Append adds recs at the next positions, in order, and sets meta as
	// SetMeta does: atomically, and durable once it returns nil. A record
	// whose id is stored already, or twice in recs, makes it an ErrDuplicate
	// and nothing is written.
	Append(recs []Record, meta map[string][]byte) error
	// Len returns the number of records, which is the next position. It keeps
	// its last value after Close.
	Len() uint64
	// Get returns the bytes of the record with this id, or ErrNotFound.
	Get(id tx.ID) ([]byte, error)
	// FindInfohash returns the id of the record with this infohash, or
	// ErrNotFound. Two transactions with one SHA-1 can be made for money; of
	// several the one appended first is found.
	FindInfohash(h tx.Infohash) (tx.ID, error)
	// Scan calls fn for each record from position from on, in order, up to
	// the length at the time of the call. An error of fn ends the scan and is
	// returned as it is. fn may call the Store, except for Close, which waits
	// for it.
	Scan(from uint64, fn func(pos uint64, rec Record) error) error
	// Meta returns the value of a key, or ErrNotFound.
	Meta(key string) ([]byte, error)
	// SetMeta sets values, atomically and durably. A nil value deletes its
	// key, an empty one does not.
	SetMeta(kv map[string][]byte) error
	// Close waits for calls that are under way and releases the store. Closing
	// twice is an ErrClosed.
	Close() error
}

// checkBatch returns ErrDuplicate when an id of recs is stored already or
// stands in recs twice.
func checkBatch(recs []Record, stored func(tx.ID) (bool, error)) error {
	seen := make(map[tx.ID]struct{}, len(recs))
	for i := range recs {
		id := recs[i].ID
		if _, twice := seen[id]; twice {
			return fmt.Errorf("%w: %s stands in the batch twice", ErrDuplicate, id)
		}
		seen[id] = struct{}{}
		switch found, err := stored(id); {
		case err != nil:
			return err
		case found:
			return fmt.Errorf("%w: %s", ErrDuplicate, id)
		}
	}
	return nil
}
