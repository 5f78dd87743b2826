package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

func (a *app) torrentPeersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "peers ID",
		Short: "List the peers of a torrent",
		Long: "List the connections of a torrent of the running node. MODE: E encrypted, U uTP, I it came to us; then the flags\n" +
			"that the engine gives.\n\n" +
			"JSON: {peers: [{address, client, down_rate, up_rate, progress, encrypted, utp, incoming, source, flags}]}.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent peers 3f2a",
		Args:              exactly(1),
		ValidArgsFunction: a.completeFirstID,
		RunE: withContext(func(ctx context.Context, args []string) error {
			return a.live(ctx, func(t api.Torrents) error { return a.torrentPeers(ctx, t, args[0]) })
		}),
	}
}

func (a *app) torrentPeers(ctx context.Context, t api.Torrents, id string) error {
	peers, err := t.Peers(ctx, id)
	if err != nil {
		return err
	}
	out := struct {
		Peers []client.Peer `json:"peers"`
	}{peers}
	return a.print(out, func(t *table) {
		t.row("ADDRESS", "DONE", "DOWN", "UP", "FROM", "MODE", "CLIENT")
		for _, p := range peers {
			t.row(p.Address, percent(p.Progress), tui.Rate(p.DownRate), tui.Rate(p.UpRate), emptyAs(p.Source, "-"), emptyAs(peerMode(p), "-"), p.Client)
		}
	})
}

func peerMode(p client.Peer) string {
	mode := ""
	for _, m := range []struct {
		on     bool
		letter string
	}{{p.Encrypted, "E"}, {p.UTP, "U"}, {p.Incoming, "I"}} {
		if m.on {
			mode += m.letter
		}
	}
	if p.Flags != "" && mode != "" {
		mode += " "
	}
	return mode + p.Flags
}
