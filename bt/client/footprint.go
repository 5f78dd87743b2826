package client

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// collision says whether files of those paths, below one of the folders, would lie where another torrent's are: neither may ever write into the
// other's. Case does not tell names apart, as on many disks. The torrent itself is not looked at.
func (c *Client) collision(self ID, dirs, paths []string) error {
	roots := make(map[string]bool)
	for _, p := range paths {
		roots[rootOf(p)] = true
	}
	var near []*entry
	c.mu.Lock()
	for _, e := range c.mu.byID {
		if e.id != self && e.facts.hasInfo && e.liesIn(dirs) && e.isBelow(roots) {
			near = append(near, e)
		}
	}
	c.mu.Unlock()
	if len(near) == 0 {
		return nil
	}
	mine := treeOf(paths)
	for _, e := range near {
		other, err := c.parsed(e)
		c.mu.Lock()
		names := e.rec.Rename
		c.mu.Unlock()
		if err != nil {
			return fmt.Errorf("compare with torrent %s, whose files lie in the same folder: %w", e.id, err)
		}
		for _, p := range locations(other.Info, names) {
			if mine.touches(p) {
				return fmt.Errorf("%w: %s in %s is a file of torrent %s; choose another folder or name", ErrExists, p, strings.Join(dirs, " or "), e.id)
			}
		}
	}
	return nil
}

// liesIn says whether the torrent's files are below one of the folders or go there.
func (e *entry) liesIn(dirs []string) bool {
	return slices.ContainsFunc(e.rec.dirs(), func(d string) bool { return slices.Contains(dirs, d) })
}

// isBelow says whether a path of the torrent may begin with one of the names, in lower case.
func (e *entry) isBelow(roots map[string]bool) bool {
	if roots[strings.ToLower(e.facts.name)] {
		return true
	}
	for _, p := range e.rec.Rename {
		if roots[rootOf(p)] {
			return true
		}
	}
	return false
}

// rootOf is the first name of a path, in lower case.
func rootOf(p string) string {
	root, _, _ := strings.Cut(strings.ToLower(p), "/")
	return root
}

// pathTree is a set of files and the folders that they lie in, in lower case.
type pathTree map[string]bool // true of files

func treeOf(paths []string) pathTree {
	t := make(pathTree, 2*len(paths))
	for _, p := range paths {
		p = strings.ToLower(p)
		t[p] = true
		for p = path.Dir(p); p != "."; p = path.Dir(p) {
			if _, ok := t[p]; ok {
				break
			}
			t[p] = false
		}
	}
	return t
}

// touches says whether a file of that path would be one of the set, a folder of it, or lie below a file of it.
func (t pathTree) touches(p string) bool {
	p = strings.ToLower(p)
	if _, ok := t[p]; ok {
		return true
	}
	for p = path.Dir(p); p != "."; p = path.Dir(p) {
		if t[p] {
			return true
		}
	}
	return false
}
