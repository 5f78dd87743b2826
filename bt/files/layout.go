package files

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Preallocation is what is done with the room of files before they are written.
type Preallocation int

const (
	// None lets files grow as they are written.
	None Preallocation = iota
	// Sparse gives files their length at the start, and no room.
	Sparse
	// Full takes the room at the start.
	Full
)

// String is the name in settings.
func (p Preallocation) String() string {
	switch p {
	case Sparse:
		return "sparse"
	case Full:
		return "full"
	}
	return "none"
}

// ParsePreallocation reads the name.
func ParsePreallocation(name string) (Preallocation, error) {
	for _, p := range []Preallocation{None, Sparse, Full} {
		if p.String() == name {
			return p, nil
		}
	}
	return None, fmt.Errorf("preallocation %q: not none, sparse or full", name)
}

// Layout says where the files of a torrent lie.
type Layout struct {
	// Dir is the folder below which they belong. What is there already is used where it is.
	Dir string
	// Incomplete, if set, is the folder below which they are made; they move to Dir when all that is wanted is there.
	Incomplete string
	// MovingTo, if set, is where a [Store.Move] was going that may have been interrupted. Files are looked for there
	// first, and the torrent counts as lying there.
	MovingTo string
	// Rename gives files another path than the torrent's: slash-separated, below Dir. Keys are indexes of Info.Files.
	Rename map[int]string
	// FollowLinks reads what is there through symbolic links, of files and of folders. It is for data that the user
	// named: whoever can put links into the folder decides what is read. Nothing is ever written through a link.
	FollowLinks bool
	// Preallocate is what [Store.Prepare] does.
	Preallocate Preallocation
}

// names are the paths of all files of a torrent, slash-separated, below Dir.
func (l Layout) names(info *metainfo.Info) ([]string, error) {
	names := make([]string, len(info.Files))
	for i := range info.Files {
		names[i] = path.Join(info.Location(&info.Files[i])...)
	}
	for _, i := range slices.Sorted(maps.Keys(l.Rename)) {
		if i < 0 || i >= len(names) {
			return nil, fmt.Errorf("%w: there is no file %d to rename", ErrBadLayout, i)
		}
		if err := checkPath(l.Rename[i]); err != nil {
			return nil, err
		}
		names[i] = l.Rename[i]
	}
	if len(l.Rename) > 0 {
		return names, distinct(info, names)
	}
	return names, nil
}

// checkPath says whether a path can be one below a folder.
func checkPath(name string) error {
	parts := strings.Split(name, "/")
	if len(parts) > metainfo.MaxPathDepth+1 {
		return fmt.Errorf("%w: a path of %d names, of at most %d", ErrBadLayout, len(parts), metainfo.MaxPathDepth+1)
	}
	for _, part := range parts {
		if err := metainfo.CheckName(part); err != nil {
			return fmt.Errorf("%w: %w", ErrBadLayout, err)
		}
	}
	return nil
}

// distinct says whether no two files have one path, and none is the folder of another; case does not tell them apart,
// as on many disks.
func distinct(info *metainfo.Info, names []string) error {
	taken := make(map[string]bool, len(names)) // true of files, false of folders
	for i, name := range names {
		if info.Files[i].Pad {
			continue
		}
		name = strings.ToLower(name)
		if _, ok := taken[name]; ok {
			return fmt.Errorf("%w: the path %q is taken twice", ErrBadLayout, names[i])
		}
		taken[name] = true
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			isFile, ok := taken[dir]
			if isFile {
				return fmt.Errorf("%w: %q lies below a file", ErrBadLayout, names[i])
			}
			if ok {
				break
			}
			taken[dir] = false
		}
	}
	return nil
}
