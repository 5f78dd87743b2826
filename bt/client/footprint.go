package client

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// collision says whether files of a torrent would lie where another torrent's are: neither may ever write into the
// other's. Case does not tell names apart, as on many disks. The torrent itself is not looked at.
func (c *Client) collision(self ID, dir string, info *metainfo.Info) error {
	var near []*entry
	c.mu.Lock()
	for _, e := range c.mu.byID {
		if e.id != self && e.facts.hasInfo && e.liesIn(dir) && strings.EqualFold(e.facts.name, info.Name) {
			near = append(near, e)
		}
	}
	c.mu.Unlock()
	if len(near) == 0 {
		return nil
	}
	mine := treeOf(locations(info, nil))
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
				return fmt.Errorf("%w: %s in %s is a file of torrent %s; choose another folder", ErrExists, p, dir, e.id)
			}
		}
	}
	return nil
}

// liesIn says whether the torrent's files are below dir or go there.
func (e *entry) liesIn(dir string) bool { return slices.Contains(e.rec.dirs(), dir) }

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
