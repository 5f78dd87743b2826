package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// Finish moves what is there to where it belongs, when it was made in an incomplete folder, and makes links and files
// without content. Reads and writes go on. It may be called again after an error.
func (s *Store) Finish(ctx context.Context) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	s.places.Lock()
	s.places.fresh = 0
	s.places.Unlock()
	for i := range s.files {
		if f := &s.files[i]; f.length == 0 {
			if err := s.prepare(f); err != nil {
				return fmt.Errorf("finishing %s: %w", s.info.Name, err)
			}
		}
	}
	return s.gather(ctx)
}

// Move moves all files below dir, which is where they belong from then on. Reads and writes go on, but writes wait
// while a file is copied to another disk. A file is taken from where it was only when it is durable where it goes:
// after a crash open with [Layout].MovingTo, and call Move again. After an error it may be called again, or back.
func (s *Store) Move(ctx context.Context, dir string) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.clear(dir); err != nil {
		return fmt.Errorf("moving %s: %w", s.info.Name, err)
	}
	s.aim(dir)
	return s.gather(ctx)
}

// clear says whether nothing stands where files are to go, and nothing that is read through a link would go there.
func (s *Store) clear(dir string) error {
	s.places.RLock()
	defer s.places.RUnlock()
	for i := range s.files {
		f := &s.files[i]
		if f.pad || s.places.bases[f.base] == dir || s.places.bases[0] == dir {
			continue
		}
		if s.follows {
			if _, err := (OS{}).Stat(s.places.bases[f.base], f.name); err != nil && !absent(err) {
				return err // the link would be moved, or all that it points to
			}
		}
		if _, err := s.disk.Stat(dir, f.name); err == nil {
			return fmt.Errorf("%s %w", locate(dir, f.name), ErrExists)
		} else if !absent(err) {
			return err
		}
	}
	return nil
}

// aim makes dir the base where files belong.
func (s *Store) aim(dir string) {
	s.places.Lock()
	defer s.places.Unlock()
	if s.places.bases[0] == dir {
		return
	}
	for i, base := range s.places.bases {
		if base == dir { // back, or into the incomplete folder
			s.swap(0, i)
			return
		}
	}
	s.places.bases = append([]string{dir}, s.places.bases...)
	s.places.fresh++
	for i := range s.files {
		s.files[i].shift()
	}
	s.parts.shift()
	if s.places.fresh == 1 {
		s.places.fresh = 0
	}
}

func (f *file) shift() {
	f.base++
	if f.double >= 0 {
		f.double++
	}
}

// swap exchanges two bases.
func (s *Store) swap(a, b int) {
	other := func(i int) int {
		switch i {
		case a:
			return b
		case b:
			return a
		}
		return i
	}
	bases := s.places.bases
	bases[a], bases[b] = bases[b], bases[a]
	for i := range s.files {
		s.files[i].base, s.files[i].double = other(s.files[i].base), other(s.files[i].double)
	}
	s.parts.base, s.parts.double = other(s.parts.base), other(s.parts.double)
	s.places.fresh = 0
}

// gather moves all files to the first base.
func (s *Store) gather(ctx context.Context) error {
	left := make(map[folder]bool)
	for i := range len(s.files) + 1 {
		f := &s.parts
		if i < len(s.files) {
			f = &s.files[i]
		}
		if ctx.Err() != nil {
			return fmt.Errorf("moving %s: %w", s.info.Name, context.Cause(ctx))
		}
		if err := s.relocate(ctx, f, 0, f.name, left); err != nil {
			return fmt.Errorf("moving %s: %w", s.info.Name, err)
		}
	}
	if err := s.syncDirs(); err != nil {
		return fmt.Errorf("moving %s: %w", s.info.Name, err)
	}
	s.prune(left)
	return nil
}

// relocate moves a file to a base and name, and notes the folders that it leaves.
func (s *Store) relocate(ctx context.Context, f *file, to int, name string, left map[folder]bool) error {
	s.places.RLock()
	from, base, old, double := s.places.bases[f.base], s.places.bases[to], f.name, f.double
	s.places.RUnlock()
	if from == base && old == name {
		if double >= 0 {
			return s.removeDouble(f, left)
		}
		return nil
	}
	if f.pad {
		s.settle(f, to, name)
		return nil
	}
	if _, err := s.disk.Stat(base, name); err == nil && f.index >= 0 { // parts are nobody else's
		return fmt.Errorf("%s %w", locate(base, name), ErrExists)
	} else if err != nil && !absent(err) {
		return err
	}
	if s.isLink(f) {
		s.settle(f, to, name)
		leave(left, from, old)
		if err := s.link(f); err != nil {
			return err
		}
		if err := s.disk.Remove(from, old); !absent(err) {
			return err
		}
		return nil
	}
	err := s.rename(f, to, name)
	if errors.Is(err, ErrOtherDisk) {
		err = s.carry(ctx, f, to, name)
	}
	if err == nil {
		leave(left, from, old)
	}
	return err
}

// settle notes where a file is from now on.
func (s *Store) settle(f *file, to int, name string) {
	s.places.Lock()
	f.base, f.name = to, name
	s.places.Unlock()
}

// rename moves a file on its disk. Open ones stay good.
func (s *Store) rename(f *file, to int, name string) error {
	s.places.Lock()
	defer s.places.Unlock()
	from, base := s.places.bases[f.base], s.places.bases[to]
	err := s.disk.Rename(from, f.name, base, name)
	if err != nil && !absent(err) { // a file that was not made yet is made there
		return err
	}
	s.made(from, f.name)
	s.made(base, name)
	f.base, f.name = to, name
	return nil
}

// carry copies a file to another disk and then removes it. Nothing of the torrent is written meanwhile, reads go on.
func (s *Store) carry(ctx context.Context, f *file, to int, name string) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.places.RLock()
	from, old, base := s.places.bases[f.base], f.name, s.places.bases[to]
	s.places.RUnlock()
	source, err := s.disk.Open(from, old, Read)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := s.install(base, name, func(dst File) error { return copyAll(ctx, dst, source) }); err != nil {
		return err
	}
	s.places.Lock()
	if old == name {
		f.double = f.base // until it is removed
	}
	f.base, f.name = to, name
	s.pool.drop(f)
	s.places.Unlock()
	f.dirty.Store(false) // install synced it
	if err := s.disk.Remove(from, old); err != nil {
		return err
	}
	s.made(from, old)
	f.double = -1
	return nil
}

// install makes a file that is there whole and durable or not at all.
func (s *Store) install(base, name string, fill func(File) error) (err error) {
	tmp := path.Join(path.Dir(name), s.temporary)
	if err := s.disk.Remove(base, tmp); err != nil && !absent(err) {
		return err
	}
	dst, err := s.disk.Open(base, tmp, Create)
	if err != nil {
		return err
	}
	s.made(base, name)
	err = fill(dst)
	if err == nil {
		err = dst.Sync()
	}
	dst.Close()
	if err == nil {
		err = s.disk.Rename(base, tmp, base, name)
	}
	if err != nil {
		return errors.Join(err, s.disk.Remove(base, tmp))
	}
	return s.syncDirs()
}

// copyAll copies a file, without the blocks that are all zeros: a hole stays one.
func copyAll(ctx context.Context, dst File, src io.ReaderAt) error {
	end, err := copyRange(ctx, dst, src, 0, 0, -1)
	if err != nil {
		return err
	}
	return dst.Truncate(end)
}

// copyRange copies length bytes, or all up to the end if length is negative, and returns where it ended in src.
func copyRange(ctx context.Context, dst io.WriterAt, src io.ReaderAt, to, from, length int64) (end int64, err error) {
	buf := make([]byte, copySize)
	for length != 0 {
		if ctx.Err() != nil {
			return from, context.Cause(ctx)
		}
		b := buf
		if length >= 0 {
			b = buf[:min(length, copySize)]
		}
		n, err := src.ReadAt(b, from)
		if n > 0 && !allZero(b[:n]) {
			if _, err := dst.WriteAt(b[:n], to); err != nil {
				return from, err
			}
		}
		from, to = from+int64(n), to+int64(n)
		if length > 0 {
			length -= int64(n)
		}
		if errors.Is(err, io.EOF) {
			return from, nil
		}
		if err != nil {
			return from, err
		}
	}
	return from, nil
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7] != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// removeDouble removes what an interrupted move left where a file was.
func (s *Store) removeDouble(f *file, left map[folder]bool) error {
	s.places.RLock()
	base := s.places.bases[f.double]
	s.places.RUnlock()
	if err := s.disk.Remove(base, f.name); err != nil && !absent(err) {
		return err
	}
	s.made(base, f.name)
	leave(left, base, f.name)
	f.double = -1
	return nil
}

// leave notes the folders above a file that is gone.
func leave(left map[folder]bool, base, name string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		left[folder{base, dir}] = true
	}
}
