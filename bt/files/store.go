package files

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"

	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// Config says what a [Store] stores, and where.
type Config struct {
	Info     *metainfo.Info
	Infohash [20]byte
	Layout   Layout
	// Skip says of each file whether it is not wanted; nil wants all.
	Skip []bool
	// Pool holds the open files, of other torrents too.
	Pool *Pool
	// Disk is where the files are; nil is [OS].
	Disk Disk
}

// Store is the content of one torrent on disk. Its methods may be called from any goroutine. Offsets are those of the
// content: all files one behind the other, with padding.
type Store struct {
	info  *metainfo.Info
	disk  Disk
	pool  *Pool
	alloc Preallocation
	// follows means that files may be read through links.
	follows bool
	files   []file
	parts   file // what is needed of files that are not made, at its offset in the content
	// temporary is the name of a file that is being written, beside the one it will be: short whatever that one's is.
	temporary string

	// gate is held to read while writing, so that who holds it to write has still files.
	gate sync.RWMutex
	// places guards where files are: bases, fresh, and a file's name and base. It is held while a file is opened, and
	// while one is renamed.
	places struct {
		sync.RWMutex
		bases  []string // the first is where all files belong
		fresh  int      // the base of files to be made
		closed bool
	}
	// changes is held by what moves files or makes durable: one such thing at a time.
	changes sync.Mutex
	mu      struct {
		sync.Mutex
		have    resume.Pieces
		skip    []bool
		claimed resume.Pieces   // what the last Sync returned
		strewn  resume.Pieces   // written to the parts, whole or not
		lost    resume.Pieces   // never to be claimed: making them durable failed
		dirs    map[folder]bool // whose names are not durable
	}
}

// folder is one below a base.
type folder struct{ base, name string }

// file is one file of a torrent.
type file struct {
	index          int // -1 for the parts
	offset, length int64
	pad            bool
	handle         *handle // guarded by Pool.mu

	// away means that the file is not made, and what is needed of it lies in the parts.
	away atomic.Bool
	// dirty means that something was written that no Sync made durable.
	dirty atomic.Bool

	// guarded by Store.places
	name   string
	base   int
	exists bool
	double int // the base with what an interrupted move left of it, -1 for none
}

// Open looks for the files of a torrent. It makes none. Of the pieces none is there until [Store.Trust] or
// [Store.Forget] says so.
func Open(cfg Config) (*Store, error) {
	names, err := cfg.Layout.names(cfg.Info)
	if err != nil {
		return nil, err
	}
	s := &Store{info: cfg.Info, disk: cfg.Disk, pool: cfg.Pool, alloc: cfg.Layout.Preallocate}
	s.follows = cfg.Layout.FollowLinks
	if s.disk == nil {
		s.disk = OS{FollowLinks: cfg.Layout.FollowLinks}
	}
	s.setBases(cfg.Layout)
	if err := s.setPieces(cfg); err != nil {
		return nil, err
	}
	s.parts = file{index: -1, length: s.info.Span(), name: fmt.Sprintf(".%x.parts", cfg.Infohash)}
	s.temporary = fmt.Sprintf(".%x.moving", cfg.Infohash)
	s.files = make([]file, len(names))
	for i, name := range names {
		f := &s.info.Files[i]
		s.files[i].index, s.files[i].name = i, name
		s.files[i].offset, s.files[i].length = f.Offset, f.Length
		s.files[i].pad = f.Pad
	}
	if err := s.find(&s.parts); err != nil {
		return nil, err
	}
	for i := range s.files {
		if err := s.find(&s.files[i]); err != nil {
			return nil, err
		}
		s.files[i].away.Store(s.mu.skip[i] && !s.files[i].exists)
	}
	return s, nil
}

// setBases orders the folders that files may be in.
func (s *Store) setBases(l Layout) {
	s.places.bases = []string{l.Dir}
	if l.MovingTo != "" && l.MovingTo != l.Dir {
		s.places.bases = []string{l.MovingTo, l.Dir}
	}
	if l.Incomplete != "" && l.Incomplete != l.Dir && l.Incomplete != l.MovingTo {
		s.places.bases = append(s.places.bases, l.Incomplete)
		s.places.fresh = len(s.places.bases) - 1
	}
}

func (s *Store) setPieces(cfg Config) error {
	n := s.info.Pieces()
	s.mu.have = resume.NewPieces(n)
	s.mu.claimed, s.mu.lost, s.mu.strewn = s.mu.have.Clone(), resume.NewPieces(n), resume.NewPieces(n)
	s.mu.dirs = make(map[folder]bool)
	s.mu.skip = make([]bool, len(s.info.Files))
	if cfg.Skip != nil {
		if len(cfg.Skip) != len(s.info.Files) {
			return fmt.Errorf("%w: %d files are chosen of %d", ErrBadLayout, len(cfg.Skip), len(s.info.Files))
		}
		copy(s.mu.skip, cfg.Skip)
	}
	return nil
}

// find looks where a file is. In two places it is only after a crash between copying it and removing the original:
// the first place counts.
func (s *Store) find(f *file) error {
	f.base, f.exists, f.double = s.places.fresh, false, -1
	if f.pad || s.isLink(f) {
		return nil
	}
	for i, base := range s.places.bases {
		switch _, err := s.disk.Stat(base, f.name); {
		case err == nil && !f.exists:
			f.base, f.exists = i, true
		case err == nil:
			f.double = i
		case !absent(err):
			return fmt.Errorf("looking for the files of %s: %w", s.info.Name, err)
		}
	}
	return nil
}

// Look looks for the files again: some may have been put there, or taken away. A file that is not wanted stays in the
// parts unless it is there.
func (s *Store) Look() error {
	s.changes.Lock()
	defer s.changes.Unlock()
	s.gate.Lock()
	defer s.gate.Unlock()
	s.places.Lock()
	defer s.places.Unlock()
	for i := range len(s.files) + 1 {
		f := &s.parts
		if i < len(s.files) {
			f = &s.files[i]
		}
		s.pool.drop(f) // what is open may have been replaced
		if err := s.find(f); err != nil {
			return err
		}
		if f.exists {
			f.away.Store(false)
		}
	}
	return nil
}

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func (s *Store) isLink(f *file) bool { return f.index >= 0 && s.info.Files[f.index].Symlink != nil }

// Rest closes the files until they are used again.
func (s *Store) Rest() {
	for i := range s.files {
		s.pool.drop(&s.files[i])
	}
	s.pool.drop(&s.parts)
}

// Close closes the files. Reads and writes fail from then on.
func (s *Store) Close() error {
	s.places.Lock()
	s.places.closed = true
	s.places.Unlock()
	s.Rest()
	return nil
}

// open returns the open file of f, in use.
func (s *Store) open(f *file, flag Flag) (*handle, error) {
	if h := s.pool.get(f, flag != Read); h != nil {
		return h, nil
	}
	s.places.RLock()
	defer s.places.RUnlock()
	if s.places.closed {
		return nil, ErrClosed
	}
	base := s.places.bases[f.base]
	opened, err := s.disk.Open(base, f.name, flag)
	if err != nil {
		return nil, err
	}
	if flag == Create {
		s.made(base, f.name)
	}
	return s.pool.put(f, opened, flag != Read), nil
}

// made notes that there may be new names in the folders of a file.
func (s *Store) made(base, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		s.mu.dirs[folder{base, dir}] = true
		if dir == "." {
			return
		}
	}
}

// Have says whether a piece is there.
func (s *Store) Have(piece int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.have.Has(piece)
}

// SetHave says whether a piece is there, and whether that changes anything.
func (s *Store) SetHave(piece int, there bool) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.have.Has(piece) == there {
		return false
	}
	s.mu.have.Set(piece, there)
	if !there {
		s.mu.claimed.Set(piece, false)
		s.mu.lost.Set(piece, false)
	}
	return true
}

// Pieces are those that are there at this moment, durable or not.
func (s *Store) Pieces() resume.Pieces {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.have.Clone()
}

// Complete says that all pieces are there.
func (s *Store) Complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.have.All()
}
