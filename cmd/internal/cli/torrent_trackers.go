package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

func (a *app) torrentTrackersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trackers ID",
		Short: "List the trackers and web seeds of a torrent",
		Long: "List the trackers of a torrent of the running node, tier by tier, with what they last said, and its web seeds, with\n" +
			"what they do. Change them with ttx torrent edit.\n\n" +
			"JSON: {trackers: [{url, tier, state, message, last, next, seeders, leechers, downloaded, peers}],\n" +
			"web_seeds: [{url, state, message, downloaded, rate}]}; counts are -1 when the tracker did not say.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent trackers 3f2a",
		Args:              exactly(1),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.live(ctx, func(t api.Torrents) error { return a.torrentTrackers(ctx, t, args[0]) })
		}),
	}
}

func (a *app) torrentTrackers(ctx context.Context, t api.Torrents, id string) error {
	list, err := t.Trackers(ctx, id)
	if err != nil {
		return err
	}
	seeds, err := t.WebSeeds(ctx, id)
	if err != nil {
		return err
	}
	out := struct {
		Trackers []client.Tracker `json:"trackers"`
		WebSeeds []client.WebSeed `json:"web_seeds"`
	}{list, seeds}
	return a.print(out, func(t *table) {
		t.row("TIER", "STATE", "PEERS", "SEEDS", "LEECHES", "NEXT", "TRACKER", "MESSAGE")
		for _, x := range list {
			t.row(x.Tier+1, x.State, x.Peers, told(x.Seeders), told(x.Leechers), fromNow(x.Next), x.URL, x.Message)
		}
		for _, x := range seeds {
			t.row("web", x.State, "-", "-", "-", tui.Rate(x.Rate), x.URL, x.Message)
		}
	})
}

// fromNow is how long it is until a moment; "now" when it has passed.
func fromNow(at *int64) string {
	if at == nil {
		return "-"
	}
	left := *at - time.Now().Unix()
	if left <= 0 {
		return "now"
	}
	return humanTime(&left)
}

// told is a count that a tracker may have left out.
func told(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
