package screen

import (
	"slices"
	"testing"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
)

func TestWhatIsUnderWay(t *testing.T) {
	states := map[client.State]int{client.StateSeeding: 9, client.StatePaused: 4, client.StateQueued: 2, client.StateFinished: 1, client.StateError: 3}
	if got := torrentsUnderWay(states); got != nil {
		t.Errorf("nothing is under way: %q", got)
	}
	states[client.StateMetadata] = 1
	if got := torrentsUnderWay(states); !slices.Equal(got, []string{"1 torrent is not complete."}) {
		t.Errorf("%q", got)
	}
	states[client.StateDownloading], states[client.StateMoving], states[client.StateChecking] = 1000, 1, 1
	if got := torrentsUnderWay(states); !slices.Equal(got, []string{"1,003 torrents are not complete."}) {
		t.Errorf("%q", got)
	}
	entries := []api.Entry{
		{Status: api.StatusPending, Received: 5}, {Status: api.StatusPending, Sent: 6, Received: 1},
		{Status: api.StatusConflicted, Sent: 2}, {Status: api.StatusConfirmed, Sent: 3}, {Status: api.StatusRejected, Sent: 3},
	}
	if got := paymentsUnderWay(entries, true); !slices.Equal(got, []string{"2 payments of this wallet are not confirmed."}) {
		t.Errorf("%q", got)
	}
	if got := paymentsUnderWay(entries, false); got != nil {
		t.Errorf("where nobody votes nothing is decided: %q", got)
	}
}
