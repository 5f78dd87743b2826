package session

import (
	"errors"
	"fmt"
	"time"
)

// A Fault is something that a peer did wrong, by kind. It is an error: a handler scores its peer by
// returning one, wrapped with what was being done, and the reason of a dropped session is one.
type Fault string

// The kinds of fault. The table of weights in docs/spec/wire.md is made from [Fault.Weight].
const (
	FaultMalformed   Fault = "malformed frame"        // not a message, or a bound broken
	FaultUnexpected  Fault = "unexpected message"     // another first message than hello, or a second hello
	FaultOverflow    Fault = "credit overflow"        // more bytes sent than granted
	FaultCredit      Fault = "absurd credit"          // more granted than anybody can use
	FaultFlood       Fault = "flood"                  // more frames waiting than MaxBacklog
	FaultInvalid     Fault = "invalid transaction"    // bytes that can never enter T
	FaultProof       Fault = "false proof"            // a proof that does not verify
	FaultStalled     Fault = "stalled"                // no credit for StallTimeout
	FaultSync        Fault = "contradictory sync"     // regions that cannot be
	FaultSilent      Fault = "silent"                 // no answer within RequestTimeout, and nothing else
	FaultTimeout     Fault = "request timed out"      // no answer within RequestTimeout
	FaultUnsolicited Fault = "unsolicited answer"     // an answer that nobody asked for
	FaultRate        Fault = "rate exceeded"          // more of something than the family allows
	FaultUseless     Fault = "answer without content" // an answer that brings nothing that was asked for
	FaultUnknown     Fault = "unknown message"        // a type that this version does not have
)

// BanScore is the score at which a peer is dropped and banned. A score falls by one a minute.
const BanScore = 100

const forgiveEvery = time.Minute

// Error makes a fault an error; compare with errors.Is.
func (f Fault) Error() string { return string(f) }

// Weight is what the fault adds to a peer's score.
func (f Fault) Weight() int {
	switch f {
	case FaultMalformed, FaultUnexpected, FaultOverflow, FaultCredit, FaultFlood, FaultInvalid, FaultProof:
		return BanScore // nothing honest does this
	case FaultStalled, FaultSync:
		return 50
	case FaultTimeout, FaultUnsolicited:
		return 20 // a late answer, a busy disk
	case FaultRate, FaultUseless:
		return 10
	}
	return 5
}

// Drops reports whether the fault ends the session by itself, whatever the score.
func (f Fault) Drops() bool { return f == FaultStalled || f == FaultSilent || f.Weight() >= BanScore }

// The reasons, other than a fault, for which a session ends or is not opened; compare with errors.Is.
var (
	ErrOtherNetwork = errors.New("peer is on another network")
	ErrOtherVersion = errors.New("peer speaks another protocol version")
	ErrSelf         = errors.New("connection to ourselves")
	ErrDuplicate    = errors.New("another session with this peer is open")
	ErrFull         = errors.New("too many sessions")
	ErrBanned       = errors.New("peer is banned")
	ErrHelloTimeout = errors.New("no hello in time")
	ErrClosed       = errors.New("session is closed")
	ErrTimeout      = errors.New("no answer in time")
	ErrOverlap      = errors.New("an overlapping range is already asked for")
	ErrNotSupported = errors.New("peer does not support this message")
)

// A score counts a peer's faults.
type score struct {
	points int
	since  time.Time // when points was last reduced
}

// add returns the score with the fault in it.
func (s *score) add(f Fault, now time.Time) int {
	s.forgive(now)
	s.points += f.Weight()
	return s.points
}

// forgive takes off what time has forgiven.
func (s *score) forgive(now time.Time) {
	forgiven := int(now.Sub(s.since) / forgiveEvery)
	if s.points = max(0, s.points-forgiven); s.points == 0 {
		s.since = now
	} else {
		s.since = s.since.Add(time.Duration(forgiven) * forgiveEvery)
	}
}

// asFault finds the fault in a handler's error.
func asFault(err error) (Fault, bool) {
	var f Fault
	ok := errors.As(err, &f)
	return f, ok
}

// dropped says for which fault, and why, a session ends.
func dropped(f Fault, err error) error {
	if err == nil || err == error(f) { //nolint:errorlint // the bare fault itself, not one that wraps it
		return fmt.Errorf("session: peer dropped: %w", f)
	}
	return fmt.Errorf("session: peer dropped: %w: %w", f, err)
}
