package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

func (a *app) torrentShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE|MAGNET|ID",
		Short: "Show what a .torrent file or a magnet link says, or how a torrent is",
		Long: "Show what a .torrent file or a magnet link says: nothing is fetched and no node is needed. Or show a torrent of the\n" +
			"running node, by its infohash, the beginning of it, or its name.\n\n" +
			"JSON: {name, infohash_v1, infohash_v2, size, files: [{path, length}], piece_size, pieces, trackers: [tier],\n" +
			"web_seeds, private, source, comment, created_by, created, magnet}. Sizes are in bytes, trackers are lists in\n" +
			"tiers; what is not known is null. Of a torrent of the node: the object of docs/spec/api.md.\n\n" + exitCodeHelp,
		Example:           "  ttx torrent show debian.torrent\n  ttx torrent show 'magnet:?xt=urn:btih:...' --json\n  ttx torrent show 3f2a",
		Args:              exactly(1),
		ValidArgsFunction: a.completeIDsAndFiles,
		RunE:              withContext(func(ctx context.Context, args []string) error { return a.showTorrent(ctx, args[0]) }),
	}
}

// completeIDsAndFiles offers torrents, and files where none fits.
func (a *app) completeIDsAndFiles(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	words, _ := a.completeIDs(cmd, given, typed)
	if len(words) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) showTorrent(ctx context.Context, what string) error {
	if isMagnet(what) {
		m, err := metainfo.ParseMagnet(what)
		if err != nil {
			return err
		}
		return a.printTorrent(describeMagnet(m))
	}
	t, _, err := loadTorrent(what)
	if err == nil {
		return a.printTorrent(describeTorrent(t))
	}
	if info, statErr := os.Stat(what); (statErr == nil && !info.IsDir()) || strings.HasSuffix(what, ".torrent") {
		return err
	}
	live := a.live(ctx, func(t api.Torrents) error { return a.showLive(ctx, t, what) })
	if isNoNode(live) && !isInfohash(what) {
		return &hinted{err, "a torrent of a node can be shown while one runs: ttx node --no-ledger"}
	}
	return live
}

func (a *app) printTorrent(out torrentJSON) error {
	return a.print(out, func(t *table) { torrentText(t, out) })
}

func (a *app) showLive(ctx context.Context, t api.Torrents, id string) error {
	one, err := t.Get(ctx, id)
	if err != nil {
		return err
	}
	return a.print(one, func(t *table) { liveText(t, &one) })
}

// liveText is the table of a torrent of the node.
func liveText(t *table, one *client.Torrent) {
	t.row("name", emptyAs(one.Name, "-"))
	t.row("state", stateText(one))
	t.row("done", fmt.Sprintf("%s, %s of %s", percent(one.Progress), tui.Size(one.Completed), tui.Size(one.Wanted)))
	t.row("size", fmt.Sprintf("%s in %d files, %d of %d pieces of %s", tui.Size(one.Size), one.FileCount, one.PiecesDone, one.PieceCount, tui.Size(one.PieceSize)))
	t.row("folder", one.Dir)
	t.row("rates", fmt.Sprintf("%s down, %s up, %s left", tui.Rate(one.DownRate), tui.Rate(one.UpRate), humanTime(one.ETA)))
	t.row("transferred", fmt.Sprintf("%s down, %s up, ratio %s", tui.Size(one.Downloaded), tui.Size(one.Uploaded), ratioText(one.Ratio)))
	t.row("peers", fmt.Sprintf("%d connected, %d of them seeds, %d known", one.Peers, one.Seeds, one.KnownPeers))
	t.row("limits", fmt.Sprintf("%s down, %s up", humanLimit(one.Limits.Down), humanLimit(one.Limits.Up)))
	t.row("goals", goalsText(one.Goals))
	t.row("seeded", humanTime(&one.SeedingSeconds))
	if one.Queue != nil {
		t.row("queue", *one.Queue)
	}
	if modes := modesOf(one); modes != "" {
		t.row("modes", modes)
	}
	if len(one.Labels) > 0 {
		t.row("labels", strings.Join(one.Labels, ", "))
	}
	t.row("added", moment(&one.Added))
	t.row("complete since", moment(one.CompletedAt))
	known(t, "infohash v1", one.InfohashV1)
	known(t, "infohash v2", one.InfohashV2)
	t.row("magnet", one.Magnet)
}

func stateText(one *client.Torrent) string {
	if one.Error == "" {
		return string(one.State)
	}
	return string(one.State) + ": " + one.Error
}

func goalsText(g client.Goals) string {
	var parts []string
	switch {
	case g.Ratio > 0:
		parts = append(parts, "ratio "+ratioText(g.Ratio))
	case g.Ratio < 0:
		parts = append(parts, "no ratio")
	}
	switch {
	case g.Seconds > 0:
		parts = append(parts, "seeded for "+humanTime(&g.Seconds))
	case g.Seconds < 0:
		parts = append(parts, "no time")
	}
	if parts == nil {
		return "those of the settings"
	}
	return strings.Join(parts, ", ")
}

// modesOf are the ways in which a torrent differs from others.
func modesOf(one *client.Torrent) string {
	var modes []string
	for _, m := range []struct {
		on   bool
		name string
	}{{one.Private, "private"}, {one.Sequential, "sequential"}, {one.FirstLast, "first and last pieces first"}, {one.SuperSeeding, "super-seeding"}, {one.Forced, "forced"}} {
		if m.on {
			modes = append(modes, m.name)
		}
	}
	return strings.Join(modes, ", ")
}
