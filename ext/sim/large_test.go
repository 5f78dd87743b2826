//go:build !race

package sim_test

import (
	"testing"
	"time"
)

// TestPaymentsWith64Voters: the design's medians are 0.6 to 1.0 s. Everybody has a
// session with everybody, which two thirds of the stake within the reach of one's
// own links needs: 48,000 goroutines, more than the race detector has room for.
func TestPaymentsWith64Voters(t *testing.T) {
	payments{voters: 64, count: 12, every: 100 * ms}.check(t, time.Second)
}
