package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// restore reads the torrents of the folder. A file that cannot be read is a problem that [Client.Summary] tells; the
// others are not the worse for it.
func (c *Client) restore(ctx context.Context) error {
	names, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("read the folder of the torrents: %w", err)
	}
	named := make(map[string]bool)
	found := make([]*restored, 0, len(names))
	for _, n := range names {
		if strings.HasPrefix(n.Name(), ".") { // a crash left it
			_ = os.Remove(filepath.Join(c.dir, n.Name()))
			continue
		}
		if suffix := filepath.Ext(n.Name()); suffix == torrentSuffix || suffix == magnetSuffix {
			found = append(found, &restored{name: n.Name()})
			named[strings.TrimSuffix(n.Name(), suffix)] = true
		}
	}
	for _, n := range names {
		if id, ok := strings.CutSuffix(n.Name(), resumeSuffix); ok && !named[id] {
			_ = os.Remove(filepath.Join(c.dir, n.Name())) // of a torrent that was not added, or not all removed
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range found {
		g.Go(func() error {
			if r.err = ctx.Err(); r.err == nil {
				r.err = c.readTorrent(r)
			}
			return nil
		})
	}
	_ = g.Wait() // none fails
	if err := ctx.Err(); err != nil {
		return err
	}
	c.line(found)
	return nil
}

// restored is a torrent of the folder.
type restored struct {
	name  string
	entry *entry
	src   bt.Source
	err   error
}

// readTorrent reads one torrent and gives it to the engine.
func (c *Client) readTorrent(r *restored) error {
	path := filepath.Join(c.dir, r.name)
	raw, err := readBounded(path, metainfo.MaxFileSize)
	if err != nil {
		return err
	}
	a := addition{req: AddRequest{File: raw}}
	if filepath.Ext(path) == magnetSuffix {
		a.req = AddRequest{Magnet: string(raw)}
	}
	if err := a.read(); err != nil {
		return err
	}
	e := a.entry
	if want := e.id.String() + filepath.Ext(path); r.name != want {
		return fmt.Errorf("it is torrent %s and should be called %s", e.id, want)
	}
	rec, err := resume.Read(c.path(e.id, resumeSuffix))
	switch {
	case err == nil:
		settleRename(rec, a.info)
		e.rec = decodeRecord(rec)
		e.durable = rec.Pieces.Count()
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the record of what was chosen for it is missing: remove the file and add it again")
	default:
		e.rec.Paused = true
		e.rec.Dir = c.mu.settings.DownloadDir
		e.err = fmt.Errorf("%w: choose its folder with move and resume it", err)
	}
	r.entry = e
	if r.src, err = c.source(e, raw); err != nil {
		return err
	}
	r.src.Kept = rec
	if rec != nil && e.err == nil {
		e.err = missing(rec, a.info)
	}
	return nil
}

// line puts what was read in order and hands it to the engine.
func (c *Client) line(found []*restored) {
	slices.SortStableFunc(found, func(a, b *restored) int { return a.compare(b) })
	for _, r := range c.settled(found) {
		if r.err == nil && c.mu.byID[r.entry.id] != nil {
			r.err = fmt.Errorf("the .torrent of it is there as well")
		}
		if r.err != nil {
			problem := fmt.Sprintf("%s: %v", r.name, r.err)
			c.mu.problems = append(c.mu.problems, problem)
			c.log.Warn("a torrent cannot be restored", "file", r.name, "error", r.err)
			continue
		}
		c.mu.byID[r.entry.id] = r.entry
		c.nameSecond(r.entry)
		c.mu.queue = append(c.mu.queue, r.entry)
		r.entry.shown = r.entry.state()
		if r.entry.err != nil {
			continue
		}
		if err := c.load(r.entry, r.src); err != nil {
			c.log.Warn("a torrent cannot be started", "torrent", r.entry.id.String(), "error", err)
			continue
		}
		if to := r.entry.rec.MovingTo; to != "" {
			c.spawn(func() { c.failed("a move that was interrupted", c.Move(c.ctx, r.entry.id, to)) })
		}
	}
}

// compare sorts by rank, then by the time of adding; .torrent files before .magnet files of the same torrent.
func (r *restored) compare(o *restored) int {
	switch {
	case r.entry == nil && o.entry == nil:
		return strings.Compare(r.name, o.name)
	case r.entry == nil:
		return 1
	case o.entry == nil:
		return -1
	}
	a, b := r.entry, o.entry
	for _, d := range []int64{a.rec.Rank - b.rec.Rank, a.rec.Added - b.rec.Added} {
		if d != 0 {
			return int(max(min(d, 1), -1))
		}
	}
	return strings.Compare(o.name, r.name)
}

// source says to the engine what is known of a torrent.
func (c *Client) source(e *entry, raw []byte) (bt.Source, error) {
	c.mu.Lock()
	rec, known := e.rec, e.facts.hasInfo
	c.mu.Unlock()
	src := bt.Source{
		Layout: rec.layout(), Paused: true, Priorities: enginePriorities(rec.Priorities), WebSeeds: rec.WebSeeds,
		Sequential: rec.Sequential, FirstLast: rec.FirstLast, KnownPeers: rec.Peers,
	}
	var err error
	if rec.Retracked {
		raw, err = retrack(raw, known, rec.Trackers)
	}
	if known {
		src.File = raw
	} else {
		src.Magnet = string(raw)
		src.OnInfo = func(info []byte) error { return c.learnInfo(e, info) }
		src.OnLayers = func(t *metainfo.Torrent) error { return c.learn(e, t) }
	}
	return src, err
}

// retrack puts other trackers into a .torrent file or magnet link.
func retrack(raw []byte, file bool, trackers [][]string) ([]byte, error) {
	if file {
		t, err := metainfo.Parse(raw)
		if err != nil {
			return nil, err
		}
		t.Trackers = trackers
		return t.Encode(), nil
	}
	m, err := metainfo.ParseMagnet(string(raw))
	if err != nil {
		return nil, err
	}
	m.Trackers = slices.Concat(trackers...)
	return []byte(m.String()), nil
}
