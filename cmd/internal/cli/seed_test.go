package cli

import (
	"math"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt"
)

func TestSeedGoals(t *testing.T) {
	tests := map[string]goal{
		"": {}, "forever": {until: math.MaxInt64}, "90m": {until: 90 * time.Minute}, "1.5": {ratio: 1.5}, "2": {ratio: 2},
	}
	for text, want := range tests {
		if got, err := parseGoal(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"often", "0", "-1", "-3h", "NaN", "1.5x"} {
		if _, err := parseGoal(text); err == nil {
			t.Errorf("%q is taken for a goal", text)
		}
	}
}

func TestSeededEnough(t *testing.T) {
	half := func() bt.Progress { return bt.Progress{Uploaded: 50, Length: 100} }
	all := func() bt.Progress { return bt.Progress{Uploaded: 150, Length: 100} }
	if g := (goal{ratio: 1.5}); g.reached(half, time.Hour) || !g.reached(all, 0) {
		t.Error("the ratio is not what was uploaded of the length")
	}
	if g := (goal{until: time.Hour}); g.reached(all, time.Minute) || !g.reached(half, time.Hour) {
		t.Error("the time is not that of seeding")
	}
	if !(goal{}).reached(half, 0) {
		t.Error("seeding without being asked to")
	}
}
