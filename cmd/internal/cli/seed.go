package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/metainfo"
)

type seedFlags struct {
	oneShot
	out    string
	follow bool
}

func (a *app) seedCommand() *cobra.Command {
	var f seedFlags
	cmd := &cobra.Command{
		Use:   "seed PATH|FILE.torrent...",
		Short: "Seed files, folders or torrents",
		Long: "Seed until interrupted. Of a file or folder a v1 torrent is made first, as ttx create does; the data of a\n" +
			".torrent lies in --out and is hashed first: what is not whole is not seeded (ttx get completes it). The magnet\n" +
			"link of each is printed once it can be downloaded. No node is needed.\n\n" +
			"JSON, a line for each: that of ttx torrent show, with listen, the address that peers connect to.\n\n" + exitCodeHelp,
		Example: "  ttx seed film.mkv\n  ttx seed --out ~/Downloads debian.torrent",
		Args:    atLeastOne,
		RunE:    withContext(func(ctx context.Context, args []string) error { return a.seed(ctx, args, f) }),
	}
	cmd.Flags().StringVar(&f.out, "out", ".", "folder that the data of .torrent files lies in")
	cmd.Flags().BoolVar(&f.follow, "follow-links", false, "take what symbolic links in a folder point to; a PATH that is one is always followed")
	f.declare(cmd)
	return cmd
}

// seedJSON is what is seeded.
type seedJSON struct {
	torrentJSON
	Listen string `json:"listen"`
}

func (a *app) seed(ctx context.Context, what []string, f seedFlags) (err error) {
	torrents, sources := make([]*metainfo.Torrent, len(what)), make([]bt.Source, len(what))
	for i, name := range what {
		if torrents[i], sources[i], err = a.seedable(ctx, name, f); err != nil {
			return err
		}
	}
	engine, _, err := a.openOneShot(&f.oneShot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	live := make([]*bt.Torrent, len(sources))
	for i, src := range sources {
		if live[i], err = engine.Add(src); err != nil {
			return fmt.Errorf("%.80s: %w", what[i], err)
		}
		if err := live[i].Wait(ctx); err != nil {
			return fmt.Errorf("%.80s: %w", what[i], err)
		}
		said := seedJSON{describeTorrent(torrents[i]), engine.Addr().String()}
		if err := a.print(said, func(t *table) { t.row(said.Magnet) }); err != nil {
			return err
		}
	}
	a.say("seeding %d torrents at %s; interrupt to stop", len(live), engine.Addr())
	return a.seedUntil(ctx, live, goal{until: time.Duration(math.MaxInt64)})
}

// seedable is a torrent whose content is whole: one that is made now, or a .torrent and its data.
func (a *app) seedable(ctx context.Context, name string, f seedFlags) (*metainfo.Torrent, bt.Source, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, bt.Source{}, fmt.Errorf("seed: %w", err)
	} else if info.Mode().IsRegular() && strings.EqualFold(filepath.Ext(name), ".torrent") {
		return a.seedTorrent(ctx, name, f.out)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, bt.Source{}, err
	}
	shown := a.showHashing(name)
	made, err := content.Create(ctx, abs, content.Options{
		Version: metainfo.V1, FollowLinks: f.follow, Started: shown.total.Store, Progress: shown.add,
	})
	shown.close()
	if err != nil {
		return nil, bt.Source{}, createHint(err)
	}
	made.Torrent.CreatedBy = "ttx"
	return &made.Torrent, bt.Source{File: made.Torrent.Encode(), Layout: asNamed(filepath.Dir(abs)), Whole: true}, nil
}

func (a *app) seedTorrent(ctx context.Context, name, out string) (*metainfo.Torrent, bt.Source, error) {
	t, raw, err := loadTorrent(name)
	if err != nil {
		return nil, bt.Source{}, err
	}
	dir, err := filepath.Abs(out)
	if err != nil {
		return nil, bt.Source{}, fmt.Errorf("folder %s: %w", out, err)
	}
	found, err := a.checkTorrent(ctx, dir, name, t)
	if err == nil && !found.Complete {
		err = &hinted{
			fmt.Errorf("%s: %d of %d pieces are missing in %s: %w", name, found.MissingPieces, found.Pieces, dir, errIncomplete),
			"complete it with ttx get, or name the folder that its data lies in with --out",
		}
	}
	return t, bt.Source{File: raw, Layout: asNamed(dir), Whole: true}, err
}

// asNamed is where data lies that the user named: links among it are meant.
func asNamed(dir string) files.Layout { return files.Layout{Dir: dir, FollowLinks: true} }

// goal is when a torrent has been seeded enough: by time or by ratio. The zero goal is reached at once.
type goal struct {
	until time.Duration
	ratio float64
}

func parseGoal(text string) (goal, error) {
	switch d, err := time.ParseDuration(text); {
	case text == "":
		return goal{}, nil
	case text == "forever":
		return goal{until: math.MaxInt64}, nil
	case err == nil && d > 0:
		return goal{until: d}, nil
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(ratio) || ratio <= 0 {
		return goal{}, usage(fmt.Errorf("--seed %.20q is neither a ratio (1.5), nor a time (90m), nor forever", text))
	}
	return goal{ratio: ratio}, nil
}

// reached reports whether a torrent that has been seeded for so long is done. It asks for the progress, which costs
// the lock that all torrents share, only where there is a ratio.
func (g goal) reached(progress func() bt.Progress, seeded time.Duration) bool {
	if g.ratio > 0 {
		p := progress()
		return float64(p.Uploaded) >= g.ratio*float64(p.Length)
	}
	return seeded >= g.until
}

// seedUntil seeds complete torrents until each has reached its goal, dropping them one by one. To be interrupted
// is an end like any other: what was asked for is complete.
func (a *app) seedUntil(ctx context.Context, torrents []*bt.Torrent, g goal) error {
	began := time.Now()
	ticker := time.NewTicker(terminalPace)
	defer ticker.Stop()
	for left := torrents; ; {
		still := left[:0:0]
		for _, t := range left {
			switch {
			case t.Err() != nil:
				return fmt.Errorf("%s: the seeding stopped: %w", clean(t.Name()), t.Err())
			case g.reached(t.Progress, time.Since(began)):
				t.Drop()
			default:
				still = append(still, t)
			}
		}
		if left = still; len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
