package bt

import (
	"context"
	"errors"
	"io"
	"sync"

	g "github.com/anacrolix/generics"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

// serving is a storage whose reads for peers do not fail. When one fails, and the torrent is dropped before the
// library has taken note, it panics: a torrent that was paused or removed while it uploaded could end the process. A
// read that fails therefore waits until the library has closed the storage, which is soon: whoever fails below ends
// the round (see depotPiece.blame), or is closed already. What it then gives goes to nobody, as the connections are
// closed before the storage.
type serving struct{ storage.ClientImpl }

// OpenTorrent is called by the library in each round.
func (s serving) OpenTorrent(ctx context.Context, info *metainfo.Info, infohash metainfo.Hash) (storage.TorrentImpl, error) {
	inner, err := s.ClientImpl.OpenTorrent(ctx, info, infohash)
	if err != nil {
		return inner, err
	}
	closed := make(chan struct{})
	impl := inner
	impl.Piece = nil
	impl.PieceWithHash = func(p metainfo.Piece, hash g.Option[[]byte]) storage.PieceImpl {
		piece := servingPiece{pieceOf(&inner, p, hash), p.Length(), closed}
		if own, ok := piece.PieceImpl.(storage.SelfHashing); ok {
			return hashedPiece{piece, own}
		}
		return piece
	}
	impl.Close = sync.OnceValue(func() error {
		close(closed)
		return inner.Close()
	})
	return impl, nil
}

type servingPiece struct {
	storage.PieceImpl
	length int64
	closed <-chan struct{}
}

// hashedPiece is one that hashes itself.
type hashedPiece struct {
	servingPiece
	storage.SelfHashing
}

// WriteTo is how the library reads a piece to hash it; it may fail.
func (p servingPiece) WriteTo(w io.Writer) (int64, error) {
	if to, ok := p.PieceImpl.(io.WriterTo); ok {
		return to.WriteTo(w)
	}
	return io.Copy(w, io.NewSectionReader(p.PieceImpl, 0, p.length))
}

// NewReader is how the library reads for a peer.
func (p servingPiece) NewReader() (storage.PieceReader, error) { return peerReader(p), nil }

type peerReader servingPiece

// ReadAt reads up to the end of the piece.
func (r peerReader) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= r.length {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), r.length-off)]
	n, err := r.PieceImpl.ReadAt(b, off)
	if n == len(b) || errors.Is(err, io.EOF) {
		return n, err
	}
	<-r.closed
	clear(b)
	return len(b), nil
}

func (peerReader) Close() error { return nil }
