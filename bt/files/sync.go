package files

import (
	"errors"
	"fmt"
	"maps"

	"github.com/torrenttx/ttx/bt/resume"
)

// Sync makes everything durable that was written before, and returns the pieces that are there and would survive a
// power cut. After an error nothing is claimed that was not before, and what could not be made durable never will be:
// the system may have dropped those bytes, and would not say so again.
func (s *Store) Sync() (resume.Pieces, error) {
	s.changes.Lock()
	defer s.changes.Unlock()
	return s.sync()
}

// sync is Sync for those who hold changes.
func (s *Store) sync() (resume.Pieces, error) {
	// A piece is there only after its writes have marked their files: all of them are seen below.
	have := s.Pieces()
	errs := s.syncFile(&s.parts)
	for i := range s.files {
		errs = errors.Join(errs, s.syncFile(&s.files[i]))
	}
	errs = errors.Join(errs, s.syncDirs())
	s.mu.Lock()
	defer s.mu.Unlock()
	if errs != nil {
		for i := range have.Len() {
			if have.Has(i) && !s.mu.claimed.Has(i) {
				s.mu.lost.Set(i, true)
			}
		}
		return s.mu.claimed.Clone(), fmt.Errorf("making %s durable: %w", s.info.Name, errs)
	}
	for i := range have.Len() {
		// A piece may have turned out wrong meanwhile.
		have.Set(i, have.Has(i) && s.mu.have.Has(i) && !s.mu.lost.Has(i))
	}
	s.mu.claimed = have.Clone()
	return have, nil
}

// syncFile makes a file durable if something was written to it.
func (s *Store) syncFile(f *file) error {
	if !f.dirty.CompareAndSwap(true, false) {
		return nil
	}
	h, err := s.open(f, Read)
	if err != nil {
		f.dirty.Store(true)
		return err
	}
	defer s.pool.done(h)
	if err := h.file.Sync(); err != nil {
		f.dirty.Store(true)
		return err
	}
	return nil
}

// syncDirs makes the names of new files durable.
func (s *Store) syncDirs() error {
	s.mu.Lock()
	dirs := s.mu.dirs
	s.mu.dirs = make(map[folder]bool)
	s.mu.Unlock()
	for _, d := range sorted(dirs) {
		// A folder that is gone has no names: a move left it.
		if err := s.disk.SyncDir(d.base, d.name); err != nil && !absent(err) {
			s.mu.Lock()
			maps.Copy(s.mu.dirs, dirs)
			s.mu.Unlock()
			return err
		}
	}
	return nil
}

// Trust says which pieces are there and durable, before anything else was said.
func (s *Store) Trust(known resume.Pieces) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.have, s.mu.claimed = known.Clone(), known.Clone()
}

// Forget takes back what was said of all pieces: from now on those are there that the caller found. Whoever wrote them
// may not have made them durable.
func (s *Store) Forget(found resume.Pieces) {
	s.places.RLock()
	for i := range s.files {
		if f := &s.files[i]; f.exists && !f.pad {
			f.dirty.Store(true)
		}
	}
	s.places.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.have = found.Clone()
	for i := range found.Len() {
		s.mu.lost.Set(i, s.mu.lost.Has(i) && found.Has(i)) // what is written again can be durable
		s.mu.claimed.Set(i, s.mu.claimed.Has(i) && found.Has(i))
	}
}

// Stats is what the files look like now, in the order of Info.Files, and the parts. A file that is not there has the
// size -1.
func (s *Store) Stats() (files []resume.FileStat, parts resume.FileStat, err error) {
	files = make([]resume.FileStat, len(s.files))
	for i := range s.files {
		if files[i], err = s.stat(&s.files[i]); err != nil {
			return nil, parts, err
		}
		files[i].Writing = files[i].Size >= 0 && !s.whole(i)
	}
	parts, err = s.stat(&s.parts)
	parts.Writing = true
	return files, parts, err
}

func (s *Store) stat(f *file) (resume.FileStat, error) {
	if f.pad || s.isLink(f) {
		return resume.FileStat{Size: -1}, nil
	}
	s.places.RLock()
	defer s.places.RUnlock()
	st, err := s.disk.Stat(s.places.bases[f.base], f.name)
	switch {
	case absent(err):
		return resume.FileStat{Size: -1}, nil
	case err != nil:
		return resume.FileStat{}, err
	}
	return resume.FileStat{Size: st.Size, ModTime: st.ModTime.UnixNano(), Inode: st.Inode}, nil
}

// whole says whether all pieces of a file are there.
func (s *Store) whole(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, last := s.info.PiecesOf(i)
	for p := first; p < last; p++ {
		if !s.mu.have.Has(p) {
			return false
		}
	}
	return true
}
