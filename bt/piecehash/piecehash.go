package piecehash

import (
	"context"
	"crypto/sha1" //nolint:gosec // the hash of BEP 3
	"fmt"
	"hash"
	"io"
	"sync"

	g "github.com/anacrolix/generics"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

const (
	// MaxUnfinished is how many pieces of a torrent are hashed at a time; others are read back when they are whole.
	// A hash under way takes some 200 bytes: a megabyte for each torrent, where the library asks for at most 4,096
	// blocks at a time of each of its peers.
	MaxUnfinished = 4096
	// readBack is how many bytes are read at a time of what cannot be hashed as it comes.
	readBack = 64 << 10
	// maxAhead is how many blocks of a piece may wait for the one before them; others are read back when the piece
	// is whole. Peers that read from several disks, or on several threads, swap neighbours.
	maxAhead = 64
)

// Wrap returns a storage whose pieces hash themselves.
func Wrap(inner storage.ClientImplCloser) storage.ClientImplCloser { return client{inner} }

type client struct{ storage.ClientImplCloser }

// OpenTorrent opens the torrent below. A torrent without SHA-1 hashes is left to the library.
func (c client) OpenTorrent(ctx context.Context, info *metainfo.Info, infohash metainfo.Hash) (storage.TorrentImpl, error) {
	impl, err := c.ClientImplCloser.OpenTorrent(ctx, info, infohash)
	if err != nil || !info.HasV1() {
		return impl, err
	}
	t := &torrent{below: impl}
	t.buffers.New = func() any { return new([readBack]byte) }
	t.mu.written = make(map[int]*written)
	t.mu.failed = make(map[int]struct{})
	impl.Piece = nil
	impl.PieceWithHash = t.piece
	return impl, nil
}

type torrent struct {
	below   storage.TorrentImpl
	buffers sync.Pool // of *[readBack]byte
	mu      struct {
		sync.Mutex
		written map[int]*written // those with blocks that were not checked yet
		hashes  int              // how many of them are hashed
		failed  map[int]struct{} // by what peers sent
	}
}

// written is a piece into which blocks were written.
type written struct {
	mu    sync.Mutex
	sum   hash.Hash // of the first next bytes; nil when the piece will be read back
	next  int64
	ahead map[int64]int // blocks that came before their turn: where they begin, how long they are

	hashed  bool // counts in hashes; never changes
	buffers *sync.Pool
}

func (t *torrent) piece(p metainfo.Piece, sum g.Option[[]byte]) storage.PieceImpl {
	var below storage.PieceImpl
	if t.below.PieceWithHash != nil {
		below = t.below.PieceWithHash(p, sum)
	} else {
		below = t.below.Piece(p)
	}
	whole := piece{PieceImpl: below, t: t, p: p}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, failed := t.mu.failed[p.Index()]; failed {
		return whole
	}
	return selfHashing{whole}
}

// touch returns what is written of a piece.
func (t *torrent) touch(index int) *written {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.mu.written[index]
	if w != nil {
		return w
	}
	w = &written{buffers: &t.buffers}
	t.mu.written[index] = w
	if _, failed := t.mu.failed[index]; !failed && t.mu.hashes < MaxUnfinished {
		t.mu.hashes++
		w.hashed = true
		w.sum = sha1.New() //nolint:gosec // as above
	}
	return w
}

// look returns what is written of a piece, nil for nothing.
func (t *torrent) look(index int) *written {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.written[index]
}

// checked forgets what was written of a piece, which failed or did not. What lay on the disk before does not count
// as a failure.
func (t *torrent) checked(index int, passed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.mu.written[index]
	if w == nil {
		return
	}
	delete(t.mu.written, index)
	if w.hashed {
		t.mu.hashes--
	}
	if passed {
		delete(t.mu.failed, index)
	} else {
		t.mu.failed[index] = struct{}{}
	}
}

// add hashes a block when it is the next one, and with it those behind it that came before it, which are read back
// from where they were written.
func (w *written) add(b []byte, off int64, from io.ReaderAt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.sum == nil:
		return
	case off < w.next: // over what was hashed
		w.sum = nil
		return
	case off > w.next:
		w.wait(off, len(b))
		return
	}
	w.sum.Write(b)
	w.next += int64(len(b))
	for len(w.ahead) > 0 {
		n, ok := w.ahead[w.next]
		if !ok {
			return
		}
		delete(w.ahead, w.next)
		if !w.readBack(from, n) {
			w.sum = nil
			return
		}
	}
}

// wait remembers a block that came early.
func (w *written) wait(off int64, n int) {
	if w.ahead == nil {
		w.ahead = make(map[int64]int)
	}
	if len(w.ahead) < maxAhead && n <= readBack {
		w.ahead[off] = n
	}
}

// readBack hashes the next n bytes.
func (w *written) readBack(from io.ReaderAt, n int) bool {
	buf := w.buffers.Get().(*[readBack]byte)
	defer w.buffers.Put(buf)
	got, err := from.ReadAt(buf[:n], w.next)
	if got != n || err != nil && err != io.EOF {
		return false
	}
	w.sum.Write(buf[:n])
	w.next += int64(n)
	return true
}

// spoil makes the piece be read back.
func (w *written) spoil() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sum = nil
}

// piece passes everything on and hashes what is written.
type piece struct {
	storage.PieceImpl
	t *torrent
	p metainfo.Piece
}

func (p piece) WriteAt(b []byte, off int64) (int, error) {
	w := p.t.touch(p.p.Index())
	n, err := p.PieceImpl.WriteAt(b, off)
	if err != nil || n != len(b) {
		w.spoil()
	} else {
		w.add(b, off, p.PieceImpl)
	}
	return n, err
}

func (p piece) MarkComplete() error {
	p.t.checked(p.p.Index(), true)
	return p.PieceImpl.MarkComplete()
}

// MarkNotComplete is called when a piece failed: the library hashes it next time.
func (p piece) MarkNotComplete() error {
	p.t.checked(p.p.Index(), false)
	return p.PieceImpl.MarkNotComplete()
}

// WriteTo is how the library reads a piece that it hashes itself.
func (p piece) WriteTo(w io.Writer) (int64, error) {
	if to, ok := p.PieceImpl.(io.WriterTo); ok {
		return to.WriteTo(w)
	}
	return p.readFrom(w, 0)
}

// readFrom writes the piece's bytes from an offset on.
func (p piece) readFrom(w io.Writer, off int64) (int64, error) {
	buf := p.t.buffers.Get().(*[readBack]byte)
	defer p.t.buffers.Put(buf)
	return io.CopyBuffer(onlyWriter{w}, onlyReader{io.NewSectionReader(p.PieceImpl, off, p.p.Length()-off)}, buf[:])
}

// onlyWriter and onlyReader hide what else they can do, so that the buffer is used.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// selfHashing is a piece that has not failed.
type selfHashing struct{ piece }

// SelfHash is the SHA-1 of the piece, with the zeros that follow it in a hybrid torrent. It is called when no block
// is being written.
func (p selfHashing) SelfHash() (metainfo.Hash, error) {
	h, next := p.t.look(p.p.Index()).take()
	length := p.p.Length()
	if next < length {
		n, err := p.readFrom(h, next)
		if err == nil && next+n < length {
			err = io.EOF // as the library's own pieces say it
		}
		if err != nil {
			return metainfo.Hash{}, err
		}
	}
	if padding := p.p.V1Length() - length; padding > 0 {
		if _, err := io.CopyN(h, zeros{}, padding); err != nil {
			return metainfo.Hash{}, fmt.Errorf("hashing the padding of piece %d: %w", p.p.Index(), err)
		}
	}
	var sum metainfo.Hash
	copy(sum[:], h.Sum(nil))
	return sum, nil
}

// take returns the hash of the first bytes of a piece, and how many; what is written afterwards is read back.
func (w *written) take() (hash.Hash, int64) {
	if w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if h := w.sum; h != nil {
			w.sum = nil
			return h, w.next
		}
	}
	return sha1.New(), 0 //nolint:gosec // as above
}

// zeros is an endless reader of zeros.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
