package bt

import (
	"context"
	"crypto/sha256"
	"io"

	g "github.com/anacrolix/generics"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// merkle is the storage of a v2-only torrent, whose pieces are checked by the hash trees of their files (BEP 52).
type merkle struct {
	storage.ClientImplCloser
	torrent *checked.Torrent
}

// OpenTorrent is called by the library in each round, with the view.
func (m merkle) OpenTorrent(ctx context.Context, info *metainfo.Info, infohash metainfo.Hash) (storage.TorrentImpl, error) {
	impl, err := m.ClientImplCloser.OpenTorrent(ctx, info, infohash)
	if err != nil {
		return impl, err
	}
	inner := impl
	impl.Piece = nil
	impl.PieceWithHash = func(p metainfo.Piece, hash g.Option[[]byte]) storage.PieceImpl {
		return merklePiece{pieceOf(&inner, p, hash), m.torrent, p.Index()}
	}
	return impl, nil
}

type merklePiece struct {
	storage.PieceImpl
	torrent *checked.Torrent
	index   int
}

// size is how many bytes of the piece are on disk; what is behind them in the last block of all reads as zeros.
func (p merklePiece) size() int64 { return p.torrent.Info.PieceSize(p.index) }

func (p merklePiece) ReadAt(b []byte, off int64) (int, error) {
	n := int(min(int64(len(b)), max(0, p.size()-off)))
	if n > 0 {
		if got, err := p.PieceImpl.ReadAt(b[:n], off); got < n {
			return got, err
		}
	}
	clear(b[n:])
	return len(b), nil
}

func (p merklePiece) WriteAt(b []byte, off int64) (int, error) {
	n := int(min(int64(len(b)), max(0, p.size()-off)))
	if n == 0 {
		return len(b), nil
	}
	if got, err := p.PieceImpl.WriteAt(b[:n], off); got < n {
		return got, err
	}
	return len(b), nil
}

// merkleRead is how many bytes of a piece are read at a time.
const merkleRead = 16 * checked.BlockSize

// SelfHash is the piece's mark if its content leads to its root, and zero otherwise.
func (p merklePiece) SelfHash() (metainfo.Hash, error) {
	info := p.torrent.Info
	part := info.Parts(p.index)[0] // a piece of v2 is of one file
	file := &info.Files[part.File]
	want, ok := p.torrent.PieceRoot(file, int(part.Offset/info.PieceLength))
	if !ok {
		return metainfo.Hash{}, ErrNoLayers
	}
	var leaves []checked.HashV2
	buf := make([]byte, min(merkleRead, part.Length))
	for off := int64(0); off < part.Length; off += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), part.Length-off)]
		if n, err := p.ReadAt(buf, off); n < len(buf) {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return metainfo.Hash{}, err
		}
		for at := 0; at < len(buf); at += checked.BlockSize {
			leaves = append(leaves, sha256.Sum256(buf[at:min(at+checked.BlockSize, len(buf))]))
		}
	}
	if checked.TreeRoot(leaves, checked.PieceTree(file.Length, info.PieceLength), checked.HashV2{}) != want {
		return metainfo.Hash{}, nil
	}
	return mark(p.index), nil
}
