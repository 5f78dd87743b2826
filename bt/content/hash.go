package content

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/bt/metainfo"
)

const (
	// BufferSize is what a worker reads at a time in bytes: a multiple of the v2 block that stays in the core's own
	// cache between reading and hashing.
	BufferSize = 256 << 10
	// batchSize is how many bytes of pieces a worker takes in turn: a run long enough for the disk, short enough
	// that all workers end together.
	batchSize = 4 << 20
)

// digest is what a piece hashes to: V1 as padded in the torrent, V2 the root over the blocks of its file.
type digest struct {
	v1 metainfo.HashV1
	v2 metainfo.HashV2
}

// Reader is an open file of a torrent.
type Reader interface {
	io.ReaderAt
	io.Closer
}

// hashing hashes all pieces of a torrent.
type hashing struct {
	info *metainfo.Info
	// open opens a file by its index.
	open func(file int) (Reader, error)
	// only, if set, says which pieces are hashed.
	only func(piece int) bool
	// result takes the hashes of a piece, or why it could not be read. It is called from all workers at once, once a
	// piece; an error of it ends everything.
	result func(piece int, d digest, err error) error
	// progress, if set, is called from all workers with the bytes that were dealt with.
	progress func(n int64)
}

// run hashes on all cores until everything is hashed, result fails, or ctx ends.
func (h *hashing) run(ctx context.Context) error {
	pieces := h.info.Pieces()
	batch := max(1, batchSize/h.info.PieceLength)
	workers := min(int64(runtime.GOMAXPROCS(0)), (int64(pieces)+batch-1)/batch)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error {
			w := newWorker(h)
			defer w.close()
			for {
				begin := next.Add(batch) - batch
				if begin >= int64(pieces) {
					return nil
				}
				for p := begin; p < min(begin+batch, int64(pieces)); p++ {
					if h.only != nil && !h.only(int(p)) {
						continue
					}
					if err := w.piece(ctx, int(p)); err != nil {
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}

// worker hashes one piece after another.
type worker struct {
	h      *hashing
	buf    []byte
	sha1   hash.Hash
	leaves []metainfo.HashV2
	file   Reader // the one read last stays open
	index  int
	bad    error // why the file could not be opened
}

func newWorker(h *hashing) *worker {
	return &worker{h: h, buf: make([]byte, BufferSize), sha1: sha1.New(), index: -1}
}

func (w *worker) close() {
	if w.file != nil {
		w.file.Close()
	}
}

// use opens a file unless it is the last one.
func (w *worker) use(index int) error {
	if w.index == index {
		return w.bad
	}
	w.close()
	w.index = index
	if w.file, w.bad = w.h.open(index); w.bad != nil {
		w.file = nil
	}
	return w.bad
}

// piece hashes one piece and hands on what it is.
func (w *worker) piece(ctx context.Context, p int) error {
	w.sha1.Reset()
	var d digest
	var failed error
	for _, part := range w.h.info.Parts(p) {
		if failed = w.part(ctx, part, &d); failed != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.sha1.Sum(d.v1[:0])
	if err := w.h.result(p, d, failed); err != nil {
		return err
	}
	if w.h.progress != nil {
		w.h.progress(w.h.info.PieceSize(p))
	}
	return nil
}

// part hashes a run of one file.
func (w *worker) part(ctx context.Context, part metainfo.Part, d *digest) error {
	f := &w.h.info.Files[part.File]
	if f.Pad {
		w.zeros(part.Length)
		return nil
	}
	if err := w.use(part.File); err != nil {
		return err
	}
	w.leaves = w.leaves[:0]
	for done := int64(0); done < part.Length; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		block := w.buf[:min(int64(len(w.buf)), part.Length-done)]
		if _, err := w.file.ReadAt(block, part.Offset+done); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		w.block(block)
		done += int64(len(block))
	}
	if w.h.info.V2 {
		d.v2 = metainfo.TreeRoot(w.leaves, metainfo.PieceTree(f.Length, w.h.info.PieceLength), metainfo.HashV2{})
	}
	return nil
}

func (w *worker) block(b []byte) {
	if w.h.info.V1 {
		w.sha1.Write(b)
	}
	if !w.h.info.V2 {
		return
	}
	for len(b) > 0 {
		n := min(len(b), metainfo.BlockSize)
		w.leaves = append(w.leaves, sha256.Sum256(b[:n]))
		b = b[n:]
	}
}

// zeros hashes padding.
func (w *worker) zeros(n int64) {
	clear(w.buf)
	for n > 0 {
		k := min(n, int64(len(w.buf)))
		w.sha1.Write(w.buf[:k])
		n -= k
	}
}
