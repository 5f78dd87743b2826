package catchup

import "time"

// watch decides when a session reconciles. It belongs to one goroutine.
type watch struct {
	differ     time.Time // since when the roots differ; zero while they are equal
	next       time.Time // not before
	pause      time.Duration
	nextStream time.Time
	forkSeen   int
}

func newWatch(now time.Time) *watch {
	// A new session reconciles at once.
	return &watch{differ: now.Add(-otherPatience), pause: patience}
}

// equal notes that the roots are the same.
func (w *watch) equal() {
	w.differ, w.pause = time.Time{}, patience
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

// reconciled notes the end of a reconciliation: one that found nothing makes
// the next one wait longer.
func (w *watch) reconciled(now time.Time, found bool) {
	if found {
		w.pause = patience
	} else {
		w.pause = min(2*w.pause, maxPause)
	}
	w.next = now.Add(w.pause)
}

func (w *watch) mayStream(now time.Time) bool { return !now.Before(w.nextStream) }

// streamed notes the end of a download, good or bad. The depths that it asked
// for begin at our own, so what a peer has below, after a partition for
// instance, is left to the reconciliations of the pause.
func (w *watch) streamed(now time.Time) { w.nextStream = now.Add(maxPause) }
