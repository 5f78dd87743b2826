package files

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
)

// ReadAt reads content. Padding is zeros. The error is of kind [ErrShort] or fs.ErrNotExist where a file has lost what
// should be there, and io.EOF behind the end.
func (s *Store) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.each(b, off, s.readPart)
	if err != nil {
		return n, fmt.Errorf("reading %s: %w", s.info.Name, err)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes content, and makes the files for it. Padding is not written.
func (s *Store) WriteAt(b []byte, off int64) (int, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	n, err := s.each(b, off, s.writePart)
	if err != nil {
		return n, fmt.Errorf("writing %s: %w", s.info.Name, err)
	}
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// each calls do for the part of every file in a run of content, and returns how many bytes went well.
func (s *Store) each(b []byte, off int64, do func(f *file, b []byte, off int64) error) (n int, err error) {
	if off < 0 {
		return 0, errors.New("a negative offset")
	}
	// The first file that ends behind the beginning; those before it have nothing here.
	i := sort.Search(len(s.files), func(i int) bool { return s.files[i].offset+s.files[i].length > off })
	for ; i < len(s.files) && n < len(b); i++ {
		f := &s.files[i]
		if gap := f.offset - off; gap > 0 { // with v2 alone files begin at pieces; before them is as good as padding
			k := int(min(gap, int64(len(b)-n)))
			if err := do(&file{pad: true}, b[n:n+k], 0); err != nil {
				return n, err
			}
			n, off = n+k, off+int64(k)
		}
		k := int(min(f.offset+f.length-off, int64(len(b)-n)))
		if k <= 0 {
			continue
		}
		if err := do(f, b[n:n+k], off-f.offset); err != nil {
			return n, err
		}
		n, off = n+k, off+int64(k)
	}
	return n, nil
}

// where is the file that has the bytes of f, and at which offset it has those at off.
func (s *Store) where(f *file, off int64) (*file, int64) {
	if f.away.Load() {
		return &s.parts, f.offset + off
	}
	return f, off
}

func (s *Store) readPart(f *file, b []byte, off int64) error {
	if f.pad {
		clear(b)
		return nil
	}
	target, at := s.where(f, off)
	err := s.read(target, b, at)
	if again, at := s.where(f, off); err != nil && again != target {
		return s.read(again, b, at) // it became wanted and was made in the meantime
	}
	return err
}

func (s *Store) read(f *file, b []byte, off int64) error {
	h, err := s.open(f, Read)
	if err != nil {
		return err
	}
	n, err := h.file.ReadAt(b, off)
	s.pool.done(h)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s %w", s.path(f), ErrShort)
	}
	return err
}

// writePart runs with the gate held to read.
func (s *Store) writePart(f *file, b []byte, off int64) error {
	if f.pad {
		return nil
	}
	target, at := s.where(f, off)
	if target == &s.parts {
		s.strew(at, int64(len(b)))
	}
	h, err := s.open(target, Create)
	if err != nil {
		return err
	}
	_, err = h.file.WriteAt(b, at)
	s.pool.done(h)
	// Behind the write and before the piece can be whole: a Sync that may claim the piece sees it.
	if !target.dirty.Load() {
		target.dirty.Store(true)
	}
	return err
}

// strew notes that the parts have something of pieces.
func (s *Store) strew(off, length int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := off / s.info.PieceLength; p*s.info.PieceLength < off+length; p++ {
		s.mu.strewn.Set(int(p), true)
	}
}

// path is where a file is, for messages.
func (s *Store) path(f *file) string {
	s.places.RLock()
	defer s.places.RUnlock()
	return locate(s.places.bases[f.base], f.name)
}

// copySize is how many bytes are read at a time for hashing and copying.
const copySize = 256 << 10

// buffers are shared: a hash of a piece takes one for a moment.
type buffers struct{ sync.Pool }

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { return new([copySize]byte) }}}
}

// CopyTo writes a run of content to w, as it is hashed.
func (s *Store) CopyTo(w io.Writer, off, length int64) (written int64, err error) {
	buf := s.pool.buffers.Get().(*[copySize]byte)
	defer s.pool.buffers.Put(buf)
	for written < length {
		b := buf[:min(copySize, length-written)]
		if _, err := s.ReadAt(b, off+written); err != nil {
			return written, err
		}
		n, err := w.Write(b)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
