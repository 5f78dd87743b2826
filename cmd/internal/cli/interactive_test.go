package cli

import "testing"

func TestDumbTerminalsAreNotDrawnOn(t *testing.T) {
	for term, want := range map[string]bool{"": false, "dumb": false, "xterm-256color": true, "linux": true} {
		if got := drawable(term); got != want {
			t.Errorf("TERM=%s: %v", term, got)
		}
	}
}
