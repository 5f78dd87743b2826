package sync

// An ErrorKind classifies what a peer did that no honest one does; compare with
// errors.Is. Every kind ends the session and is worth a penalty.
type ErrorKind string

// The kinds of error.
const (
	// ErrRoot: the peer's snapshot changed during a session.
	ErrRoot ErrorKind = "another root in mid-session"
	// ErrUnasked: a region that nothing asked for.
	ErrUnasked ErrorKind = "region not asked for"
	// ErrFanOut: an answer of more regions than an answer may have.
	ErrFanOut ErrorKind = "answer of too many regions"
	// ErrCount: counts that contradict each other or a root.
	ErrCount ErrorKind = "contradictory counts"
	// ErrTurn: a turn after the end of the session.
	ErrTurn ErrorKind = "turn after the end"
)

// Error makes a kind comparable by errors.Is and printable by itself.
func (k ErrorKind) Error() string { return string(k) }

// An Error says what was wrong with a turn.
type Error struct {
	Kind   ErrorKind
	Detail string
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return "sync: " + string(e.Kind)
	}
	return "sync: " + string(e.Kind) + ": " + e.Detail
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
