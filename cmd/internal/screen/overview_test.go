package screen

import (
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// TestAPeerIsInStepWhileNewsTravels: the header does not change with each
// transaction, and does when a peer stays away.
func TestAPeerIsInStepWhileNewsTravels(t *testing.T) {
	var s steps
	began := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		after      time.Duration
		step, fork bool
		want       tui.Overview
	}{
		{0, false, false, tui.Overview{Peers: 1, Ahead: 1, Target: 9}}, // never was in step
		{time.Second, true, false, tui.Overview{Peers: 1, InStep: 1}},
		{2 * time.Second, false, false, tui.Overview{Peers: 1, InStep: 1}},
		{time.Second + lateness, false, false, tui.Overview{Peers: 1, Ahead: 1, Target: 9}},
		{2*time.Second + lateness, true, false, tui.Overview{Peers: 1, InStep: 1}},
		{2*time.Second + lateness, true, true, tui.Overview{Peers: 1, OtherRules: 1}},
	} {
		var got tui.Overview
		peers := []api.Peer{{Address: "192.0.2.1:1", Transactions: 9, InSync: c.step, OtherRules: c.fork}}
		compare(&got, s.lately(peers, began.Add(c.after)))
		if got.Peers != c.want.Peers || got.InStep != c.want.InStep || got.Ahead != c.want.Ahead || got.OtherRules != c.want.OtherRules || got.Target != c.want.Target {
			t.Errorf("after %s: %+v, want %+v", c.after, got, c.want)
		}
		if peers[0].InSync != c.step {
			t.Error("the peers of the caller were changed")
		}
	}
	if got := s.lately([]api.Peer{{Address: "192.0.2.2:1"}}, began); got[0].InSync || len(s.last) != 0 {
		t.Errorf("peers that left are remembered: %v", s.last)
	}
}
