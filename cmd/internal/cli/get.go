package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"os"

	"github.com/torrenttx/ttx/cmd/internal/node"
)

type getFlags struct {
	out, listen string
	peers       []string
	noDHT       bool
}

func (a *app) getCommand() *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get MAGNET|FILE.torrent|INFOHASH",
		Short: "Download a torrent, with progress; no ledger and no wallet needed",
		Example: `  ttx get debian.torrent --out downloads
  ttx get 'magnet:?xt=urn:btih:…'`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.get(cmd.Context(), args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", ".", "folder to download to")
	flags.StringVar(&f.listen, "listen", ":0", "BitTorrent address, host:port; port 0 picks a free one")
	flags.StringArrayVar(&f.peers, "peer", nil, "address of a peer to connect to (repeat for more)")
	flags.BoolVar(&f.noDHT, "no-dht", false, "do not use the DHT")
	return cmd
}

// progressEvery is how often progress is shown on a terminal, plainEvery
// elsewhere.
const (
	progressEvery = 250 * time.Millisecond
	plainEvery    = 10 * time.Second
)

func (a *app) get(ctx context.Context, source string, f getFlags) error {
	peers, err := parsePeers(f.peers)
	if err != nil {
		return err
	}
	download, err := node.Download(node.DownloadOptions{
		Source: source, Dir: f.out, Listen: f.listen, Peers: peers, DHT: !f.noDHT,
		Version: version(), Logger: a.logger(),
	})
	if err != nil {
		return err
	}
	return errors.Join(a.watch(ctx, download), download.Close())
}

// watch shows progress until the download is complete or has failed.
func (a *app) watch(ctx context.Context, d *node.Downloading) error {
	every, end := plainEvery, "\n"
	if f, ok := a.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		every, end = progressEvery, "\x1b[K\r"
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	done := make(chan error, 1)
	go func() { done <- d.Wait(ctx) }()
	for {
		select {
		case err := <-done:
			if err == nil {
				a.say("%s complete: %s", clean(d.Name()), size(d.Progress().Length))
			}
			return err
		case <-ticker.C:
			p := d.Progress()
			fmt.Fprintf(a.err, "%s: %s of %s from %d peers%s", clean(d.Name()), size(p.Completed), size(p.Length), p.Peers, end)
		}
	}
}

// size writes a number of bytes for people.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n), -1
	for value >= unit && prefix < 4 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[prefix])
}
