package content

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

var (
	// ErrUnsupported means that something in the folder cannot be in a torrent.
	ErrUnsupported = errors.New("cannot be in a torrent")
	// ErrChanged means that a file changed while it was read.
	ErrChanged = errors.New("changed while it was read")
)

// scan is what there is to hash.
type scan struct {
	root    string // of the paths: the file itself, or the folder
	name    string
	single  bool
	files   []metainfo.File // Path and Length, sorted
	changed []time.Time     // beside files
	empty   []string        // folders without files
	follow  bool
}

// scanPath lists the file or the folder at path.
func scanPath(path string, follow bool) (*scan, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	s := &scan{root: abs, name: filepath.Base(abs), single: !info.IsDir(), follow: follow}
	if s.single {
		if err := s.add([]string{s.name}, info); err != nil {
			return nil, err
		}
		return s, nil
	}
	if _, err := s.folder(nil); err != nil {
		return nil, err
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%s has no files", path)
	}
	return s, nil
}

// location is where a path of the scan lies.
func (s *scan) location(path []string) string {
	if s.single {
		return s.root
	}
	return filepath.Join(append([]string{s.root}, path...)...)
}

// folder lists a folder, and says how many files are below it. Entries come sorted by name.
func (s *scan) folder(path []string) (n int, err error) {
	if len(path) >= metainfo.MaxPathDepth {
		return 0, fmt.Errorf("%s: more than %d folders deep, or a link to a folder above it: %w",
			s.location(path), metainfo.MaxPathDepth, ErrUnsupported)
	}
	entries, err := os.ReadDir(s.location(path))
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		below, err := s.entry(append(slices.Clip(path), entry.Name()), entry)
		if err != nil {
			return 0, err
		}
		n += below
	}
	if n == 0 && len(path) > 0 {
		s.empty = append(s.empty, filepath.Join(path...))
	}
	return n, nil
}

func (s *scan) entry(path []string, entry fs.DirEntry) (int, error) {
	where := s.location(path)
	info, err := entry.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if !s.follow {
			return 0, fmt.Errorf("%s is a symbolic link: %w unless links are followed", where, ErrUnsupported)
		}
		info, err = os.Stat(where)
	}
	if err != nil {
		return 0, err
	}
	if info.IsDir() {
		return s.folder(path)
	}
	return 1, s.add(path, info)
}

func (s *scan) add(path []string, info fs.FileInfo) error {
	where := s.location(path)
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file but %s: %w", where, info.Mode().Type(), ErrUnsupported)
	}
	for _, name := range path {
		if err := metainfo.CheckName(name); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	if len(s.files) == metainfo.MaxFiles {
		return fmt.Errorf("%s: %w: more than %d files", s.root, metainfo.ErrTooLarge, metainfo.MaxFiles)
	}
	s.files = append(s.files, metainfo.File{Path: path, Length: info.Size()})
	s.changed = append(s.changed, info.ModTime())
	return nil
}

// size is the bytes of all files.
func (s *scan) size() (n int64) {
	for i := range s.files {
		n += s.files[i].Length
	}
	return n
}

// unchanged compares the files with what they were at the scan.
func (s *scan) unchanged() error {
	for i := range s.files {
		where := s.location(s.files[i].Path)
		info, err := os.Stat(where)
		if err != nil {
			return err
		}
		if info.Size() != s.files[i].Length || !info.ModTime().Equal(s.changed[i]) {
			return fmt.Errorf("%s %w", where, ErrChanged)
		}
	}
	return nil
}
