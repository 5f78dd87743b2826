package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt/client"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/settings"
)

type addFlags struct {
	out                                 string
	labels, peers                       []string
	paused, top, force                  bool
	sequential, firstLast               bool
	limitUp, limitDown, ratio, seedTime string
	choice                              choice
}

func (a *app) torrentAddCommand() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use:   "add FILE|MAGNET|INFOHASH|URL...",
		Short: "Add torrents to the running node",
		Long: "Add torrents to the running node: .torrent files, magnet links, infohashes or addresses of .torrent files. The\n" +
			"data goes to --out, else to download_dir of the settings. What is there already is checked and used.\n\n" +
			"Files are chosen by their numbers as in ttx torrent files, \"0,2-5\", or by patterns, \"*.mkv\". Of a magnet link\n" +
			"the files are not known yet: there only numbers work, and --select stands alone.\n\n" +
			"JSON: {torrents: [torrent]}.\n\n" + exitCodeHelp,
		Example: "  ttx torrent add debian-13.torrent --out ~/Downloads --label linux\n" +
			"  ttx torrent add 'magnet:?xt=urn:btih:...' --select 0,3-5 --sequential",
		Args: atLeastOne,
		RunE: withContext(func(ctx context.Context, args []string) error { return a.addTorrents(ctx, args, f) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "folder that the data goes to (default download_dir of the settings)")
	flags.StringArrayVar(&f.labels, "label", nil, "label (repeat for more)")
	flags.StringArrayVar(&f.peers, "peer", nil, "address of a peer, host:port (repeat for more)")
	flags.BoolVar(&f.paused, "paused", false, "do not start it")
	flags.BoolVar(&f.top, "top", false, "put it first in the queue")
	flags.BoolVar(&f.force, "force", false, "run it whatever the queue says")
	flags.BoolVar(&f.sequential, "sequential", false, "download pieces in order")
	flags.BoolVar(&f.firstLast, "first-last", false, "download the first and last piece of each file first")
	flags.StringVar(&f.limitUp, "limit-up", "", "most bytes a second sent, like 500kB/s")
	flags.StringVar(&f.limitDown, "limit-down", "", "most bytes a second received")
	flags.StringVar(&f.ratio, "ratio", "", "stop when so many times its size was uploaded, or none")
	flags.StringVar(&f.seedTime, "seed-time", "", "stop when it was seeded for so long (90m, 2d), or none")
	f.choice.declare(flags)
	return cmd
}

// addTorrents adds all that it can.
func (a *app) addTorrents(ctx context.Context, what []string, f addFlags) error {
	common, err := f.request(ctx)
	if err != nil {
		return err
	}
	requests := make([]client.AddRequest, len(what))
	for i, name := range what {
		if requests[i], err = f.source(common, name); err != nil {
			return err
		}
	}
	return a.live(ctx, func(t api.Torrents) error {
		var errs []error
		out := torrentsJSON{[]client.Torrent{}}
		for i, r := range requests {
			added, err := t.Add(ctx, r)
			if err != nil {
				errs = append(errs, &named{clip(what[i], 80), err})
				continue
			}
			out.Torrents = append(out.Torrents, added)
		}
		errs = append(errs, a.print(out, func(t *table) {
			for _, one := range out.Torrents {
				t.row(one.ID.String()[:shownDigits], one.State, emptyAs(one.Name, "-"))
			}
		}))
		return errors.Join(errs...)
	})
}

// request is what the flags say, whatever the torrent.
func (f *addFlags) request(ctx context.Context) (r client.AddRequest, err error) {
	r = client.AddRequest{
		Labels: f.labels, Paused: f.paused, Top: f.top, Forced: f.force, Sequential: f.sequential, FirstLast: f.firstLast,
	}
	if f.out != "" {
		if r.Dir, err = filepath.Abs(f.out); err != nil {
			return r, fmt.Errorf("folder %s: %w", f.out, err)
		}
	}
	if r.Peers, err = resolvePeers(ctx, f.peers); err != nil {
		return r, err
	}
	limits, err := limitRequest(f.limitUp, f.limitDown)
	if err != nil {
		return r, err
	}
	if limits.Up != nil {
		r.Limits.Up = *limits.Up
	}
	if limits.Down != nil {
		r.Limits.Down = *limits.Down
	}
	r.Goals, err = goals(f.ratio, f.seedTime)
	return r, err
}

// goals reads a torrent's own goals: empty is what the settings say, none is none.
func goals(ratio, seedTime string) (g client.Goals, err error) {
	const none = -1
	switch {
	case ratio == "none":
		g.Ratio = none
	case ratio != "":
		if g.Ratio, err = settings.ParseRatio(ratio); err != nil {
			return g, usage(fmt.Errorf("--ratio: %w", err))
		}
	}
	switch {
	case seedTime == "none":
		g.Seconds = none
	case seedTime != "":
		d, err := settings.ParseTime(seedTime)
		if err != nil {
			return g, usage(fmt.Errorf("--seed-time: %w", err))
		}
		g.Seconds = int64(d.Seconds())
	}
	return g, nil
}

// source tells the four ways to name a torrent apart.
func (f *addFlags) source(r client.AddRequest, what string) (client.AddRequest, error) {
	switch {
	case isMagnet(what):
		r.Magnet = what
	case isURL(what):
		r.URL = what
	case isInfohash(what) && !exists(what):
		r.Magnet = "magnet:?xt=urn:btih:" + what
	default:
		t, raw, err := loadTorrent(what)
		if err != nil {
			return r, err
		}
		var paths []string
		for _, file := range describeTorrent(t).Files {
			paths = append(paths, file.Path)
		}
		r.File = raw
		r.Priorities, err = f.choice.priorities(paths)
		return r, err
	}
	return f.choice.unseen(r)
}

func isInfohash(text string) bool {
	_, err := parseInfohash(text)
	return err == nil
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https"))
}

// unseen fills in what is chosen of files that nobody knows yet: by numbers, and --select as the magnet link says it
// (BEP 53).
func (c *choice) unseen(r client.AddRequest) (client.AddRequest, error) {
	if c.empty() {
		return r, nil
	}
	rest := *c
	rest.only = nil
	if len(c.only) > 0 && (!rest.empty() || r.URL != "") {
		return r, usage(errors.New("the files of a magnet link are not known yet: --select stands alone there; add it --paused, then use ttx torrent files"))
	}
	known := make([]string, 1)
	for _, text := range append(append(append(append(append([]string{}, c.only...), c.skip...), c.low...), c.normal...), c.high...) {
		ranges, ok := fileNumbers(text)
		if !ok {
			return r, usage(fmt.Errorf("%q: the files are not known yet, so only numbers can choose (0,2-5)", text))
		}
		for _, span := range ranges {
			if span[1] >= maxUnseen {
				return r, usage(fmt.Errorf("%q: a torrent has at most %d files", text, maxUnseen))
			}
			known = make([]string, max(len(known), span[1]+1))
		}
	}
	if len(c.only) > 0 {
		r.Magnet += "&so=" + strings.Join(c.only, ",")
		return r, nil
	}
	var err error
	r.Priorities, err = c.priorities(known)
	return r, err
}

// maxUnseen is the most files that a torrent can have.
const maxUnseen = 100_000
