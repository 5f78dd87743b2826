package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// dirs are the folders that may hold the torrent's data.
func (r *record) dirs() []string {
	list := []string{r.Dir}
	for _, d := range []string{r.Incomplete, r.MovingTo} {
		if d != "" && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// Move moves a torrent's data below another folder, and returns when it is there. When ctx ends before, what was moved
// stays where it is, and the torrent is in both places until it is moved again. A torrent that failed is started again
// for it; one whose data is missing, or of which nobody knows where it was, and one without its info is only told of the
// new folder.
func (c *Client) Move(ctx context.Context, id ID, dir string) error {
	end, err := c.begin()
	if err != nil {
		return err
	}
	defer end()
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("%w: %q is no absolute path", ErrBadRequest, dir)
	}
	dir = filepath.Clean(dir)
	e, err := c.entry(id)
	if err != nil {
		return err
	}
	release, err := e.take()
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	if err := c.revive(e); err != nil {
		return fmt.Errorf("moving %s: %w", id, err)
	}
	if err := c.aim(e, dir); err != nil {
		return fmt.Errorf("moving %s: %w", id, err)
	}
	c.replan()
	err = c.move(ctx, e, dir)
	c.mu.Lock()
	e.doing = ""
	c.mu.Unlock()
	c.replan()
	if err != nil {
		return fmt.Errorf("moving %s: %w", id, err)
	}
	return nil
}

// revive starts a torrent again that failed, if its data is where it was. The torrent's turn is held.
func (c *Client) revive(e *entry) error {
	c.mu.Lock()
	dead := e.live == nil && e.err != nil
	c.mu.Unlock()
	if !dead {
		return nil
	}
	rec, err := resume.Read(c.path(e.id, resumeSuffix))
	if err != nil {
		return nil // nobody knows where its data is
	}
	t, err := c.parsed(e)
	if err != nil || missing(rec, t.Info) != nil {
		return nil
	}
	return c.restart(e, false)
}

// aim takes the new place, if no other torrent has it.
func (c *Client) aim(e *entry, dir string) error {
	c.placing.Lock()
	defer c.placing.Unlock()
	c.mu.Lock()
	names := e.rec.Rename
	c.mu.Unlock()
	t, err := c.parsed(e)
	if err == nil {
		err = c.collision(e.id, []string{dir}, locations(t.Info, names))
	}
	if err != nil && !errors.Is(err, ErrNoInfo) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.rec.MovingTo = dir
	if e.err == nil {
		e.doing = StateMoving
	}
	return nil
}

// move carries it out. Where it goes is kept first, so that after a crash all is found.
func (c *Client) move(ctx context.Context, e *entry, dir string) error {
	if err := c.save(e); err != nil {
		return err
	}
	c.mu.Lock()
	l := e.live
	c.mu.Unlock()
	if l != nil {
		if err := l.Move(ctx, dir); err != nil {
			return err
		}
	}
	c.mu.Lock()
	e.rec.Dir, e.rec.MovingTo = dir, ""
	if e.rec.Incomplete == dir {
		e.rec.Incomplete = ""
	}
	c.mu.Unlock()
	return c.save(e)
}

// Recheck hashes the data of torrents again, one torrent after another, and does not wait for it. A torrent whose data
// is missing goes on without it.
func (c *Client) Recheck(_ context.Context, ids ...ID) error {
	return c.each(ids, func(e *entry) error {
		c.mu.Lock()
		l, known := e.live, e.facts.hasInfo
		c.mu.Unlock()
		if l == nil {
			return c.retry(e, true)
		}
		if !known {
			return fmt.Errorf("%s: %w", e.id, ErrNoInfo)
		}
		release, err := e.take()
		if err != nil {
			return err
		}
		c.mu.Lock()
		e.doing, e.err = StateChecking, nil
		c.mu.Unlock()
		if !c.spawn(func() { c.recheck(e, l, release) }) {
			release()
		}
		return nil
	})
}

func (c *Client) recheck(e *entry, l live, release func()) {
	defer release()
	err := c.ctx.Err()
	select {
	case c.checks <- struct{}{}:
		err = l.Recheck(c.ctx)
		<-c.checks
	case <-c.ctx.Done():
	}
	c.mu.Lock()
	e.doing, e.dirty = "", true
	if err != nil && c.ctx.Err() == nil {
		e.err = err
	}
	c.mu.Unlock()
	c.look()
}

// missing says whether nothing is left of files that were there: a disk that is not mounted is no reason to download
// everything again.
func missing(k *resume.Record, info *metainfo.Info) error {
	if k == nil || info == nil || len(k.Files) != len(info.Files) || k.Pieces.Count() == 0 {
		return nil
	}
	rec := decodeRecord(k)
	paths := renamed(info, rec.Rename)
	had := false
	for i, f := range k.Files {
		if f.Size <= 0 || info.Files[i].Pad {
			continue
		}
		had = true
		if rec.stands(paths[i]) {
			return nil
		}
	}
	if !had {
		return nil
	}
	return fmt.Errorf("%w, in %s: bring it back and resume, or recheck to download it again", ErrMissing, rec.Dir)
}

// renamed are the paths of all files of an info; names are by the numbers that do not count padding.
func renamed(info *metainfo.Info, names map[int]string) []string {
	paths := make([]string, len(info.Files))
	n := 0
	for i := range info.Files {
		paths[i] = path.Join(info.Location(&info.Files[i])...)
		if info.Files[i].Pad {
			continue
		}
		if name, ok := names[n]; ok {
			paths[i] = name
		}
		n++
	}
	return paths
}

// renameFiles gives files other paths below the torrent's folder, one after another.
func (c *Client) renameFiles(ctx context.Context, e *entry, names map[int]string) error {
	if len(names) == 0 {
		return nil
	}
	release, err := e.take()
	if err != nil {
		return err
	}
	defer release()
	c.mu.Lock()
	l := e.live
	c.mu.Unlock()
	if l == nil {
		return fmt.Errorf("%w: %s stopped with an error; resume it first", ErrBadRequest, e.id)
	}
	t, err := c.parsed(e)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(names)) {
		if err := c.renameFile(ctx, e, l, t.Info, file, names[file]); err != nil {
			return fmt.Errorf("rename file %d: %w", file, err)
		}
	}
	return nil
}

// renameFile gives one file another path, where no other torrent has a file or will make one.
func (c *Client) renameFile(ctx context.Context, e *entry, l live, info *metainfo.Info, file int, name string) error {
	c.placing.Lock()
	defer c.placing.Unlock()
	c.mu.Lock()
	all, dirs := maps.Clone(e.rec.Rename), e.rec.dirs()
	c.mu.Unlock()
	if all == nil {
		all = make(map[int]string)
	}
	all[file] = name
	if err := c.collision(e.id, dirs, locations(info, all)); err != nil {
		return err
	}
	// Where it goes is kept first: after a crash it is looked for in both places.
	if err := c.change(e, func(r *record) { r.Renaming = map[int]string{file: name} }); err != nil {
		return err
	}
	if err := l.Rename(ctx, file, name); err != nil {
		return errors.Join(err, c.change(e, func(r *record) { r.Renaming = nil }))
	}
	return c.change(e, func(r *record) { r.Rename, r.Renaming = all, nil })
}

// settleRename finds out which of the renames happened that were begun when a record was written: those of which the file
// is where it was to go, and not where it was.
func settleRename(k *resume.Record, info *metainfo.Info) {
	begun := k.Renaming
	k.Renaming = nil
	if len(begun) == 0 || info == nil {
		return
	}
	all := maps.Clone(k.Rename)
	if all == nil {
		all = make(map[int]string)
	}
	maps.Copy(all, begun)
	rec := decodeRecord(k)
	before, after := renamed(info, k.Rename), renamed(info, all)
	for i := range before {
		if before[i] != after[i] && (rec.stands(before[i]) || !rec.stands(after[i])) {
			return
		}
	}
	k.Rename = all
}

// stands says whether there is a file of a path in one of the torrent's folders, or something that cannot be looked at.
func (r *record) stands(path string) bool {
	return slices.ContainsFunc(r.dirs(), func(dir string) bool {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(path)))
		return !errors.Is(err, fs.ErrNotExist)
	})
}
