package catchup

import (
	"time"

	"github.com/torrenttx/ttx/ledger/trie"
)

// watch decides when a session reconciles. It belongs to one goroutine.
type watch struct {
	differ     time.Time // since when the roots differ; zero while they are equal
	next       time.Time // not before
	pause      time.Duration
	waiting    time.Time // since when another one goes first; zero for none
	nextStream time.Time
	forkSeen   int          // how often in a row its peer said forkSaid
	forkSaid   [2]trie.Hash // t_root and u_root
}

func newWatch(now time.Time) *watch {
	// In a new session the side that is ahead reconciles at once.
	return &watch{differ: now.Add(-patience), pause: patience}
}

// equal notes that the roots are the same.
func (w *watch) equal() {
	w.differ, w.waiting, w.pause = time.Time{}, time.Time{}, patience
}

// due reports whether to reconcile now.
func (w *watch) due(now time.Time, ahead bool) bool {
	if w.differ.IsZero() {
		w.differ = now
	}
	wait := otherPatience
	if ahead {
		wait = patience
	}
	return now.Sub(w.differ) >= wait && !now.Before(w.next)
}

// waits reports whether what is due still makes way for another session's, which
// may bring the same. It does for askFor at most.
func (w *watch) waits(now time.Time) bool {
	if w.waiting.IsZero() {
		w.waiting = now
	}
	return now.Sub(w.waiting) < askFor
}

// reconciled notes the end of a reconciliation: one that found nothing makes
// the next one wait longer.
func (w *watch) reconciled(now time.Time, found bool) {
	if found {
		w.pause = patience
	} else {
		w.pause = min(2*w.pause, maxPause)
	}
	w.next, w.waiting = now.Add(w.pause), time.Time{}
}

func (w *watch) mayStream(now time.Time) bool { return !now.Before(w.nextStream) }

// streamed notes the end of a download, good or bad. The depths that it asked
// for begin at our own, so what a peer has below, after a partition for
// instance, is left to the reconciliations of the pause.
func (w *watch) streamed(now time.Time) { w.nextStream = now.Add(maxPause) }
