package cli

import (
	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/metainfo"
)

func (a *app) torrentShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE|MAGNET",
		Short: "Show what a .torrent file or a magnet link says",
		Long: "Show what a .torrent file or a magnet link says. Nothing is fetched.\n\n" +
			"JSON: {name, infohash_v1, infohash_v2, size, files: [{path, length}], piece_size, pieces, trackers: [tier],\n" +
			"web_seeds, private, source, comment, created_by, created, magnet}. Sizes are in bytes, trackers are lists in\n" +
			"tiers; what is not known is null.\n\n" + exitCodeHelp,
		Example: "  ttx torrent show debian.torrent\n  ttx torrent show 'magnet:?xt=urn:btih:...' --json",
		Args:    exactly(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.showTorrent(args[0]) },
	}
}

func (a *app) showTorrent(what string) error {
	var out torrentJSON
	if isMagnet(what) {
		m, err := metainfo.ParseMagnet(what)
		if err != nil {
			return err
		}
		out = describeMagnet(m)
	} else {
		t, _, err := loadTorrent(what)
		if err != nil {
			return err
		}
		out = describeTorrent(t)
	}
	return a.print(out, func(t *table) { torrentText(t, out) })
}
