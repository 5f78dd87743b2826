package client

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// contentFiles are the files of a torrent on disk.
type contentFiles struct {
	dirs  []string // where they may lie
	paths []string // slash-separated, below each of dirs
}

// contentOf finds out which files are a torrent's; none while its info is not known.
func (c *Client) contentOf(e *entry) (*contentFiles, error) {
	c.mu.Lock()
	known, dirs, names := e.facts.hasInfo, e.rec.dirs(), e.rec.Rename
	c.mu.Unlock()
	content := &contentFiles{dirs: dirs}
	if !known {
		return content, nil
	}
	raw, err := c.kept(e)
	if err != nil {
		return nil, err
	}
	t, err := metainfo.Parse(raw)
	if err != nil {
		return nil, err
	}
	content.paths = append(locations(t.Info, names), partsName(e.id))
	return content, nil
}

// locations are the paths of the files that are stored; names are those of files that were renamed.
func locations(info *metainfo.Info, names map[int]string) []string {
	var paths []string
	for i, p := range renamed(info, names) {
		if !info.Files[i].Pad {
			paths = append(paths, p)
		}
	}
	return paths
}

// remove deletes the files, and the folders that are empty then. It follows no symbolic link: what lies behind one
// is not the torrent's.
func (f *contentFiles) remove() error {
	if f == nil {
		return nil
	}
	var errs []error
	for _, dir := range f.dirs {
		root, err := os.OpenRoot(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, removeBelow(root, f.paths), root.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("the torrent is removed, but not all of its data: %w", err)
	}
	return nil
}

func removeBelow(root *os.Root, paths []string) error {
	var errs []error
	folders := make(map[string]bool)
	for _, p := range paths {
		if !plain(root, path.Dir(p)) {
			continue
		}
		for dir := path.Dir(p); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
		st, err := root.Lstat(p)
		if err != nil || st.IsDir() {
			continue // not made yet, or not ours
		}
		errs = append(errs, root.Remove(p))
	}
	for _, dir := range deepestFirst(folders) {
		// One that is not empty stays; whatever else is wrong with it shows when somebody uses it.
		_ = root.Remove(dir)
	}
	return errors.Join(errs...)
}

// plain says whether a path consists of folders and of no link.
func plain(root *os.Root, dir string) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if st, err := root.Lstat(dir); err != nil || !st.IsDir() {
			return false
		}
	}
	return true
}

// deepestFirst sorts folders so that each comes before the one it lies in.
func deepestFirst(folders map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(folders), func(a, b string) int {
		return cmp.Or(strings.Count(b, "/")-strings.Count(a, "/"), strings.Compare(a, b))
	})
}

// partsName is the file in which package bt/files keeps parts of files that are not wanted.
func partsName(id ID) string { return "." + id.String() + ".parts" }
