package bt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/torrenttx/ttx/bt/files"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// readahead is how many bytes ahead of a reader are fetched first: some seconds of a film.
const readahead = 8 << 20

// maxRead is the most bytes of one Read, so that a large buffer does not hold up the first byte.
const maxRead = 1 << 20

// Reader reads one file of a torrent. What is not there yet is fetched before everything else, skipped or not, and
// waited for. One goroutine at a time may use it.
type Reader struct {
	t    *Torrent
	ctx  context.Context
	file *checked.File
	pos  int64

	mu     sync.Mutex
	closed bool
}

// NewReader is a reader of a file, by its index in [Torrent.Files], until ctx ends or it is closed. Reads of a
// torrent that is paused wait for what is not there until it is resumed. Errors: ErrMalformed when there is no such
// file, ErrNoInfo while the info is not known.
func (t *Torrent) NewReader(ctx context.Context, file int) (io.ReadSeekCloser, error) {
	p := t.pieces
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.info == nil:
		return nil, fmt.Errorf("reading torrent %x: %w", t.infohash, ErrNoInfo)
	case file < 0 || file >= len(p.files):
		return nil, fmt.Errorf("reading torrent %x: %w: there is no file %d, of %d", t.infohash, ErrMalformed, file, len(p.files))
	}
	return &Reader{t: t, ctx: ctx, file: &p.info.Files[p.files[file]]}, nil
}

// Read reads at least one byte, waiting for it.
func (r *Reader) Read(b []byte) (int, error) {
	left := r.file.Length - r.pos
	if left <= 0 {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), left, maxRead)]
	if len(b) == 0 {
		return 0, nil
	}
	n, err := r.wait(r.file.Offset+r.pos, len(b))
	if err != nil {
		return 0, err
	}
	n, err = r.t.readAt(b[:n], r.file.Offset+r.pos)
	r.pos += int64(n)
	if n > 0 {
		return n, nil
	}
	return 0, fmt.Errorf("reading torrent %x: %w", r.t.infohash, err)
}

// wait waits for the byte at off and returns how many are there, at most n.
func (r *Reader) wait(off int64, n int) (int, error) {
	for {
		got, arrived, err := r.available(off, n)
		if got > 0 || err != nil {
			return got, err
		}
		select {
		case <-arrived:
		case <-r.ctx.Done():
			return 0, context.Cause(r.ctx)
		case <-r.t.ended:
			return 0, fmt.Errorf("reading torrent %x: %w", r.t.infohash, r.t.Err())
		}
	}
}

// available is how many of n bytes at off are there; if none, the channel is closed when that may have changed.
// What the reader needs is asked for.
func (r *Reader) available(off int64, n int) (int, <-chan struct{}, error) {
	p := r.t.pieces
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.isClosed() {
		return 0, nil, fs.ErrClosed
	}
	size := p.info.PieceLength
	_, end := p.span(r.file)
	first := int(off / size)
	p.want(r, first, min(end, int((off+readahead)/size)+1))
	i := first
	for i < end && int64(i)*size < off+int64(n) && p.have.has(i) {
		i++
	}
	if got := min(int64(n), int64(i)*size-off); got > 0 {
		return int(got), nil, nil
	}
	if p.arrived == nil {
		p.arrived = make(chan struct{})
	}
	return 0, p.arrived, nil
}

// want makes pieces begin to end-1 those that a reader needs.
func (p *pieces) want(r *Reader, begin, end int) {
	if p.readers == nil {
		p.readers = make(map[*Reader][2]int)
	}
	old, ok := p.readers[r]
	if ok && old == [2]int{begin, end} {
		return
	}
	p.readers[r] = [2]int{begin, end}
	p.touch(old[0], old[1])
	p.touch(begin, end)
	p.kick()
}

// leave forgets a reader.
func (p *pieces) leave(r *Reader) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.readers[r]
	delete(p.readers, r)
	p.touch(old[0], old[1])
	p.kick()
}

// Seek moves to an offset in the file, which may lie behind its end. It asks for nothing.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.file.Length
	case io.SeekStart:
	default:
		return 0, errors.New("seek: no such whence")
	}
	if offset < 0 {
		return 0, errors.New("seek: before the beginning")
	}
	r.pos = offset
	return offset, nil
}

// Close ends the reader. What it asked for loses its precedence.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.t.pieces.leave(r)
	return nil
}

func (r *Reader) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// readAt reads content that is there, also while the torrent is paused.
func (t *Torrent) readAt(b []byte, off int64) (int, error) {
	store := t.files()
	if store == nil {
		return 0, ErrNoInfo
	}
	n, err := store.ReadAt(b, off)
	if err != nil && !errors.Is(err, files.ErrClosed) {
		t.fail(err)
	}
	return n, err
}
