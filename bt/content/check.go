package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Found is what of a torrent is on disk.
type Found struct {
	// Have says of each piece whether it is whole.
	Have []bool
	// Files are beside the torrent's.
	Files []FoundFile
}

// FoundFile is what of a file is on disk.
type FoundFile struct {
	// Exists says that there is a regular file, Size its length in bytes there.
	Exists bool
	Size   int64
	// Missing is how many of the pieces that have a part of the file are not whole.
	Missing int
}

// ErrContradiction means that the two parts of a hybrid have hashes of different content.
var ErrContradiction = errors.New("the v1 and v2 hashes of the torrent contradict each other")

// Check hashes what is in dir of a torrent: its file, or its folder by name. Missing and short files are no error
// but missing pieces; neither are longer files, of which the rest is not looked at. A piece of a hybrid must pass
// both hashes. Errors: [ErrContradiction], a file that cannot be read, and ctx's. progress may be nil; it is called
// from many goroutines with the bytes dealt with since its last call.
func Check(ctx context.Context, t *metainfo.Torrent, dir string, progress func(n int64)) (*Found, error) {
	info := t.Info
	found := &Found{Have: make([]bool, info.Pieces()), Files: make([]FoundFile, len(info.Files))}
	if err := found.look(info, dir); err != nil {
		return nil, err
	}
	var mu sync.Mutex // guards found.Files
	h := hashing{
		info: info,
		open: func(i int) (Reader, error) {
			if !found.Files[i].Exists {
				return nil, fs.ErrNotExist
			}
			return os.Open(locate(dir, info, i))
		},
		result: func(p int, d digest, err error) error {
			ok, err := verdict(t, p, d, err)
			if err != nil {
				return err
			}
			found.Have[p] = ok
			if !ok {
				mu.Lock()
				defer mu.Unlock()
				for _, part := range info.Parts(p) {
					found.Files[part.File].Missing++
				}
			}
			return nil
		},
		progress: progress,
	}
	if err := h.run(ctx); err != nil {
		return nil, fmt.Errorf("check %s: %w", info.Name, err)
	}
	return found, nil
}

// CheckPieces hashes those pieces of a torrent that only names, all of them if it is nil, and says of each whether it is
// whole. The caller opens the files, from many goroutines at once: an error of kind fs.ErrNotExist means that there is
// none, and a file may end too early. Errors and progress are as with [Check].
func CheckPieces(ctx context.Context, t *metainfo.Torrent, open func(file int) (Reader, error), only func(piece int) bool,
	progress func(n int64),
) ([]bool, error) {
	have := make([]bool, t.Info.Pieces())
	h := hashing{
		info: t.Info, open: open, only: only, progress: progress,
		result: func(p int, d digest, err error) error {
			have[p], err = verdict(t, p, d, err)
			return err
		},
	}
	if err := h.run(ctx); err != nil {
		return nil, fmt.Errorf("check %s: %w", t.Info.Name, err)
	}
	return have, nil
}

func locate(dir string, info *metainfo.Info, file int) string {
	return filepath.Join(append([]string{dir}, info.Location(&info.Files[file])...)...)
}

// look finds out which files there are.
func (found *Found) look(info *metainfo.Info, dir string) error {
	for i := range info.Files {
		f := &info.Files[i]
		if f.Pad || f.Symlink != nil {
			continue
		}
		st, err := os.Stat(locate(dir, info, i))
		switch {
		case err == nil:
			found.Files[i].Exists = st.Mode().IsRegular()
			found.Files[i].Size = st.Size()
		case !absent(err):
			return err
		}
	}
	return nil
}

// absent says whether an error means no more than that there is no such file.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// verdict says whether a piece is whole.
func verdict(t *metainfo.Torrent, p int, d digest, err error) (bool, error) {
	if err != nil {
		if absent(err) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return false, err
	}
	info := t.Info
	v1 := !info.V1 || d.v1 == info.PieceHash(p)
	root, ok := rootOf(t, p)
	v2 := !ok || d.v2 == root
	if info.V1 && ok && v1 != v2 {
		return false, fmt.Errorf("piece %d: %w", p, ErrContradiction)
	}
	return v1 && v2, nil
}

// rootOf is the v2 hash of a piece, that of the one file in it; false if there is none.
func rootOf(t *metainfo.Torrent, p int) (metainfo.HashV2, bool) {
	if !t.Info.V2 {
		return metainfo.HashV2{}, false
	}
	for _, part := range t.Info.Parts(p) {
		if f := &t.Info.Files[part.File]; !f.Pad {
			return t.PieceRoot(f, int(part.Offset/t.Info.PieceLength))
		}
	}
	return metainfo.HashV2{}, false
}

// Complete says that every piece is whole and every file there, empty ones too.
func (found *Found) Complete(info *metainfo.Info) bool {
	for _, ok := range found.Have {
		if !ok {
			return false
		}
	}
	for i := range info.Files {
		f := &info.Files[i]
		if !f.Pad && f.Symlink == nil && !found.Files[i].Exists {
			return false
		}
	}
	return true
}

// Missing are the pieces that are not whole, ranges of indexes with both ends.
func (found *Found) Missing() [][2]int {
	var ranges [][2]int
	for p, ok := range found.Have {
		if ok {
			continue
		}
		if n := len(ranges); n > 0 && ranges[n-1][1] == p-1 {
			ranges[n-1][1] = p
		} else {
			ranges = append(ranges, [2]int{p, p})
		}
	}
	return ranges
}
