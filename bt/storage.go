package bt

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

// errReadOnly is returned for writes that cannot happen.
var errReadOnly = errors.New("read-only storage")

// refuseStorage is the library's default storage, so that no torrent can ever write by accident.
type refuseStorage struct{}

func (refuseStorage) OpenTorrent(context.Context, *metainfo.Info, metainfo.Hash) (storage.TorrentImpl, error) {
	return storage.TorrentImpl{}, errReadOnly
}

// servedBytes is the storage of a complete torrent whose content is in memory.
type servedBytes []byte

func (b servedBytes) OpenTorrent(context.Context, *metainfo.Info, metainfo.Hash) (storage.TorrentImpl, error) {
	return storage.TorrentImpl{
		Piece: func(p metainfo.Piece) storage.PieceImpl { return servedPiece{b, p.Offset()} },
		Close: func() error { return nil },
	}, nil
}

type servedPiece struct {
	data   []byte
	offset int64
}

func (p servedPiece) ReadAt(b []byte, off int64) (int, error) { return readAt(p.data, b, p.offset+off) }
func (servedPiece) WriteAt([]byte, int64) (int, error)        { return 0, errReadOnly }
func (servedPiece) MarkComplete() error                       { return nil }
func (servedPiece) MarkNotComplete() error                    { return errReadOnly }
func (servedPiece) Completion() storage.Completion {
	return storage.Completion{Ok: true, Complete: true}
}

// readAt is io.ReaderAt over bytes.
func readAt(data, b []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(data)) {
		return 0, io.EOF
	}
	n := copy(b, data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// memory is the storage of a torrent that is fetched into memory.
type memory struct {
	mu   sync.Mutex
	data []byte
	have []bool
	left int
	full chan struct{} // closed when every piece is there
}

func newMemory() *memory { return &memory{full: make(chan struct{})} }

// OpenTorrent is called once, when the info is known and its size has been checked.
func (m *memory) OpenTorrent(_ context.Context, info *metainfo.Info, _ metainfo.Hash) (storage.TorrentImpl, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data = make([]byte, info.TotalLength())
	m.left = info.NumPieces()
	m.have = make([]bool, m.left)
	return storage.TorrentImpl{
		Piece: func(p metainfo.Piece) storage.PieceImpl { return memoryPiece{m, p.Index(), p.Offset()} },
		Close: func() error { return nil },
	}, nil
}

type memoryPiece struct {
	m      *memory
	index  int
	offset int64
}

func (p memoryPiece) ReadAt(b []byte, off int64) (int, error) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	return readAt(p.m.data, b, p.offset+off)
}

func (p memoryPiece) WriteAt(b []byte, off int64) (int, error) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	at := p.offset + off
	if at < 0 || at+int64(len(b)) > int64(len(p.m.data)) {
		return 0, io.ErrShortWrite
	}
	return copy(p.m.data[at:], b), nil
}

func (p memoryPiece) MarkComplete() error {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if !p.m.have[p.index] {
		p.m.have[p.index] = true
		if p.m.left--; p.m.left == 0 {
			close(p.m.full)
		}
	}
	return nil
}

// MarkNotComplete is called for failed hashes; a piece that passed once stays.
func (memoryPiece) MarkNotComplete() error { return nil }

func (p memoryPiece) Completion() storage.Completion {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	return storage.Completion{Ok: true, Complete: p.m.have[p.index]}
}
