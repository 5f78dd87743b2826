package files

import (
	"errors"
	"io"
)

// Reader reads one file of a torrent, wherever its bytes are.
type Reader struct {
	s *Store
	f *file
}

// Reader returns a reader of a file. The error is of kind fs.ErrNotExist when the file is not there.
func (s *Store) Reader(index int) (Reader, error) {
	f := &s.files[index]
	target, _ := s.where(f, 0)
	s.places.RLock()
	_, err := s.disk.Stat(s.places.bases[target.base], target.name)
	s.places.RUnlock()
	return Reader{s, f}, err
}

// ReadAt reads from the file. It returns io.EOF where the file on disk ends, and reads all or nothing.
func (r Reader) ReadAt(b []byte, off int64) (int, error) {
	err := r.s.readPart(r.f, b, off)
	switch {
	case err == nil:
		return len(b), nil
	case errors.Is(err, ErrShort):
		return 0, io.EOF
	}
	return 0, err
}

// Close does nothing: the pool closes files.
func (Reader) Close() error { return nil }
