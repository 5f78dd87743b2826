package files

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// Prepare makes what can be made before anything is downloaded: files without content, and the room of others, as the
// layout wants it. It fails with an [ErrNoSpace] when what is missing will not fit.
func (s *Store) Prepare(ctx context.Context) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.checkSpace(); err != nil {
		return err
	}
	for i := range s.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := s.prepare(&s.files[i]); err != nil {
			return fmt.Errorf("preparing the files of %s: %w", s.info.Name, err)
		}
	}
	return nil
}

// CheckSpace fails with an [ErrNoSpace] when what is still to be written will not fit.
func (s *Store) CheckSpace() error {
	s.changes.Lock()
	defer s.changes.Unlock()
	return s.checkSpace()
}

func (s *Store) checkSpace() error {
	if s.Complete() {
		return nil
	}
	s.places.RLock()
	base := s.places.bases[s.places.fresh]
	s.places.RUnlock()
	need, err := s.missing()
	if err != nil || need == 0 {
		return err
	}
	free, err := s.disk.Free(base)
	if err != nil {
		return fmt.Errorf("looking for room for %s: %w", s.info.Name, err)
	}
	if need > free {
		return &SpaceError{Dir: base, Need: need, Free: free}
	}
	return nil
}

// missing is how much room the wanted files will take that they do not take yet.
func (s *Store) missing() (need int64, err error) {
	for i := range s.files {
		f := &s.files[i]
		if f.pad || s.isLink(f) || s.skipped(i) || s.whole(i) {
			continue
		}
		s.places.RLock()
		st, err := s.disk.Stat(s.places.bases[f.base], f.name)
		s.places.RUnlock()
		if err != nil && !absent(err) {
			return 0, err
		}
		need += max(0, f.length-st.Allocated)
	}
	return need, nil
}

func (s *Store) skipped(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.skip[i]
}

// prepare makes a wanted file, if it is to be made beforehand.
func (s *Store) prepare(f *file) error {
	switch {
	case f.pad || s.skipped(f.index):
		return nil
	case s.isLink(f):
		return s.link(f)
	case f.length == 0 && s.stands(f):
		return nil
	case f.length > 0 && (s.alloc == None || s.whole(f.index)):
		return nil
	}
	h, err := s.open(f, Create)
	if err != nil {
		return err
	}
	defer s.pool.done(h)
	switch {
	case f.length == 0:
		return nil
	case s.alloc == Full:
		err = h.file.Allocate(f.length)
	default:
		err = s.lengthen(f, h.file)
	}
	f.dirty.Store(true)
	return err
}

// stands says whether there is a file already.
func (s *Store) stands(f *file) bool {
	s.places.RLock()
	defer s.places.RUnlock()
	_, err := s.disk.Stat(s.places.bases[f.base], f.name)
	return err == nil
}

// lengthen gives a file its length if it is shorter.
func (s *Store) lengthen(f *file, opened File) error {
	s.places.RLock()
	st, err := s.disk.Stat(s.places.bases[f.base], f.name)
	s.places.RUnlock()
	if err != nil || st.Size >= f.length {
		return err
	}
	return opened.Truncate(f.length)
}

// link makes a symbolic link to another place in the torrent's folder. Nothing is ever written through it.
func (s *Store) link(f *file) error {
	s.places.RLock()
	defer s.places.RUnlock()
	base := s.places.bases[f.base]
	target := path.Join(append([]string{s.info.Name}, s.info.Files[f.index].Symlink...)...)
	if err := s.disk.Link(base, f.name, relative(path.Dir(f.name), target)); err != nil {
		return err
	}
	s.made(base, f.name)
	return nil
}

// relative is the way from a folder to a path, both below the same one.
func relative(dir, target string) string {
	from, to := strings.Split(dir, "/"), strings.Split(target, "/")
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}
