package node

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetry: until it is done, at most for a time, and at once when there is none.
func TestRetry(t *testing.T) {
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		most   time.Duration
		doneAt int // the call that is done
		failAt int
		calls  int
		took   time.Duration
	}{
		"at once":       {claimWait, 1, 0, 1, 0},
		"third time":    {claimWait, 3, 0, 3, 2 * claimLook},
		"never":         {claimWait, 0, 0, int(claimWait/claimLook) + 1, claimWait},
		"no time":       {0, 0, 0, 1, 0},
		"fails":         {claimWait, 0, 2, 2, claimLook},
		"ends with ctx": {time.Hour, 0, 0, int(time.Minute / claimLook), time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute-time.Millisecond)
				defer cancel()
				began, calls := time.Now(), 0
				got, err := retry(ctx, c.most, func() (int, bool, error) {
					if calls++; calls == c.failAt {
						return calls, false, failed
					}
					return calls, calls == c.doneAt, nil
				})
				if took := time.Since(began).Round(claimLook); got != c.calls || calls != c.calls || took != c.took {
					t.Errorf("%d calls in %v, got %d", calls, took, got)
				}
				if want := c.failAt > 0; errors.Is(err, failed) != want {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}
