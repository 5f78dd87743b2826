package files

import (
	"context"
	"fmt"
)

// Want says of each file whether it is not wanted from now on. A file that becomes wanted is made with what is there
// of it; one that is there stays. Reads go on, writes wait.
func (s *Store) Want(ctx context.Context, skip []bool) error {
	if len(skip) != len(s.files) {
		return fmt.Errorf("%w: %d files are chosen of %d", ErrBadLayout, len(skip), len(s.files))
	}
	s.changes.Lock()
	defer s.changes.Unlock()
	for i := range s.files {
		f := &s.files[i]
		if err := s.want(ctx, f, skip[i]); err != nil {
			return fmt.Errorf("choosing files of %s: %w", s.info.Name, err)
		}
		s.mu.Lock()
		s.mu.skip[i] = skip[i]
		s.mu.Unlock()
	}
	return s.dropParts()
}

// want changes where the bytes of one file go.
func (s *Store) want(ctx context.Context, f *file, skip bool) error {
	if f.pad || skip == s.skipped(f.index) {
		return nil
	}
	if !skip {
		return s.bringBack(ctx, f)
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	st, err := s.stat(f)
	if err == nil && st.Size < 0 {
		f.away.Store(true)
	}
	return err
}

// bringBack makes a file of what the parts have of it: mostly a run at each end, of the pieces it shares with others.
func (s *Store) bringBack(ctx context.Context, f *file) error {
	if !f.away.Load() {
		return nil
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	st, err := s.stat(&s.parts)
	if err != nil {
		return err
	}
	if st.Size > f.offset {
		source, err := s.open(&s.parts, Read)
		if err != nil {
			return err
		}
		defer s.pool.done(source)
		s.places.RLock()
		base, name := s.places.bases[f.base], f.name
		s.places.RUnlock()
		err = s.install(base, name, func(dst File) error { return s.collect(ctx, f, dst, source.file) })
		if err != nil {
			return err
		}
	}
	f.away.Store(false)
	return nil
}

// collect copies those pieces of a file that are in the parts.
func (s *Store) collect(ctx context.Context, f *file, dst File, parts File) error {
	first, last := s.info.PiecesOf(f.index)
	for p := first; p < last; p++ {
		if !s.strewn(p) {
			continue
		}
		begin := max(f.offset, int64(p)*s.info.PieceLength)
		end := min(f.offset+f.length, int64(p+1)*s.info.PieceLength)
		if _, err := copyRange(ctx, dst, parts, begin-f.offset, begin, end-begin); err != nil {
			return err
		}
	}
	return nil
}

// strewn says whether the parts may have something of a piece that is worth keeping.
func (s *Store) strewn(p int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.have.Has(p) || s.mu.strewn.Has(p)
}

// dropParts removes the parts when no file has any there.
func (s *Store) dropParts() error {
	for i := range s.files {
		if s.files[i].away.Load() {
			return nil
		}
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	s.places.Lock()
	defer s.places.Unlock()
	s.pool.drop(&s.parts)
	s.parts.dirty.Store(false)
	if err := s.disk.Remove(s.places.bases[s.parts.base], s.parts.name); err != nil && !absent(err) {
		return err
	}
	s.made(s.places.bases[s.parts.base], s.parts.name)
	s.parts.base = s.places.fresh
	return nil
}
