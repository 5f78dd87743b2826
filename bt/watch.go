package bt

import (
	"context"
	"io"

	g "github.com/anacrolix/generics"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

// watched is a torrent's storage that tells pieces what happens.
type watched struct {
	storage.ClientImplCloser
	pieces *pieces
}

// OpenTorrent is called by the library when the torrent becomes live with its info.
func (w *watched) OpenTorrent(ctx context.Context, info *metainfo.Info, infohash metainfo.Hash) (storage.TorrentImpl, error) {
	impl, err := w.ClientImplCloser.OpenTorrent(ctx, info, infohash)
	if err != nil {
		return impl, err
	}
	inner := impl
	return storage.TorrentImpl{
		PieceWithHash: func(p metainfo.Piece, hash g.Option[[]byte]) storage.PieceImpl {
			return watchedPiece{pieceOf(&inner, p, hash), w.pieces, p.Index(), p.Length()}
		},
		Close: inner.Close,
	}, nil
}

// pieceOf is a piece of the storage below.
func pieceOf(impl *storage.TorrentImpl, p metainfo.Piece, hash g.Option[[]byte]) storage.PieceImpl {
	if impl.PieceWithHash != nil {
		return impl.PieceWithHash(p, hash)
	}
	return impl.Piece(p)
}

type watchedPiece struct {
	storage.PieceImpl
	pieces *pieces
	index  int
	length int64
}

func (w watchedPiece) WriteAt(b []byte, off int64) (int, error) {
	n, err := w.PieceImpl.WriteAt(b, off)
	if err == nil {
		w.pieces.wrote(w.index, n)
	}
	return n, err
}

func (w watchedPiece) MarkComplete() error {
	err := w.PieceImpl.MarkComplete()
	w.pieces.set(w.index, true, true)
	return err
}

func (w watchedPiece) MarkNotComplete() error {
	w.pieces.failed(w.index)
	return w.PieceImpl.MarkNotComplete()
}

func (w watchedPiece) Completion() storage.Completion {
	c := w.PieceImpl.Completion()
	w.pieces.set(w.index, c.Ok, c.Ok && c.Complete)
	return c
}

// WriteTo is how the library reads a piece to hash it.
func (w watchedPiece) WriteTo(to io.Writer) (int64, error) {
	if from, ok := w.PieceImpl.(io.WriterTo); ok {
		return from.WriteTo(to)
	}
	r, err := w.NewReader()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(to, io.NewSectionReader(r, 0, w.length))
}

// NewReader is a reader of the piece.
func (w watchedPiece) NewReader() (storage.PieceReader, error) {
	if from, ok := w.PieceImpl.(storage.PieceReaderer); ok {
		return from.NewReader()
	}
	return struct {
		io.ReaderAt
		io.Closer
	}{w.PieceImpl, nopCloser{}}, nil
}

type nopCloser struct{}

func (nopCloser) Close() error { return nil }
