package bt

import (
	"testing"
	"time"
)

// TestMeterTakesNoRateOfAnInstant: a download that is done between the first two
// looks was not a hundred times as fast as the disk.
func TestMeterTakesNoRateOfAnInstant(t *testing.T) {
	var m meter
	began := time.Unix(1_700_000_000, 0)
	for _, look := range []struct {
		after      time.Duration
		down, want int64
	}{
		{0, 0, 0},
		{20 * time.Millisecond, 3000, 3000},
		{2 * time.Second, 3000, 1500},
		{5 * time.Second, 8000, 1600},
		{10 * time.Second, 8000, 0},
	} {
		if got, _ := m.look(began.Add(look.after), look.down, 0); got != look.want {
			t.Errorf("after %s: %d bytes a second, want %d", look.after, got, look.want)
		}
	}
}
