package ledger

import "github.com/torrenttx/ttx/ledger/tx"

// Refusal says that a transaction turned out to be invalid when nobody waited
// for its verdict any more: its parents came later, or its time did.
type Refusal struct {
	ID tx.ID
	// Source is what Add was given with it.
	Source string
	Err    error
}

// Refusals returns the late refusals, for one reader: whoever brought such a
// transaction has to answer for it all the same. Some are lost when nobody
// reads.
func (l *Ledger) Refusals() <-chan Refusal { return l.refusals }

// refuseLate tells of a refusal, unless too many wait already.
func (l *Ledger) refuseLate(it *item) {
	select {
	case l.refusals <- Refusal{ID: it.tx.ID(), Source: it.source, Err: it.err}:
	default:
	}
}
