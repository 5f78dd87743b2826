package catchup

import (
	"testing"
	"time"
)

// start is any moment: a watch is given every time it looks at.
var start = time.Unix(1_000_000_000, 0)

func TestInANewSessionOneSideReconcilesAtOnce(t *testing.T) {
	for _, ahead := range []bool{true, false} {
		if newWatch(start).due(start, ahead) != ahead {
			t.Errorf("ahead %v: due at once %v", ahead, !ahead)
		}
	}
}

// The side that is ahead starts first; the other waits longer.
func TestWhoIsAheadStartsFirst(t *testing.T) {
	for ahead, wait := range map[bool]time.Duration{true: patience, false: otherPatience} {
		w := newWatch(start)
		w.equal()
		if w.due(start, ahead) {
			t.Errorf("ahead %v: due when roots have just begun to differ", ahead)
		}
		if w.due(start.Add(wait-1), ahead) {
			t.Errorf("ahead %v: due before %v", ahead, wait)
		}
		if !w.due(start.Add(wait), ahead) {
			t.Errorf("ahead %v: not due after %v", ahead, wait)
		}
	}
}

func TestEqualRootsStartTheWaitAnew(t *testing.T) {
	w := newWatch(start)
	w.equal()
	w.due(start, true)
	w.equal()
	later := start.Add(patience)
	if w.due(later, true) {
		t.Error("due at once: the roots were equal in between")
	}
	if !w.due(later.Add(patience), true) {
		t.Error("not due")
	}
}

func TestPausesDoubleWhileNothingIsFound(t *testing.T) {
	w, now, want := newWatch(start), start, patience
	for want < maxPause {
		want = min(2*want, maxPause)
		w.reconciled(now, false)
		if w.due(now.Add(want-1), true) || !w.due(now.Add(want), true) {
			t.Fatalf("the pause is not %v", want)
		}
		now = now.Add(want)
	}
	w.reconciled(now, false)
	if w.due(now.Add(maxPause-1), true) || !w.due(now.Add(maxPause), true) {
		t.Errorf("the pause passes its bound")
	}
	w.reconciled(now, true)
	if !w.due(now.Add(patience), true) {
		t.Error("a find does not end the long pauses")
	}
}

func TestStreamsPause(t *testing.T) {
	w := newWatch(start)
	if !w.mayStream(start) {
		t.Error("a new session may not stream")
	}
	w.streamed(start)
	if w.mayStream(start.Add(maxPause-1)) || !w.mayStream(start.Add(maxPause)) {
		t.Errorf("the pause is not %v", maxPause)
	}
}
