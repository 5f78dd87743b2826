package bt

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"

	"github.com/torrenttx/ttx/bt/files"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// depot is the library's view of a torrent's files. It is there before the info is known, and lives as long as the
// torrent; the library opens and closes it in each round.
type depot struct {
	onFault func(error) // told of reads that fail

	mu     sync.Mutex
	store  *files.Store // nil until the info is known
	info   *checked.Info
	pieces []depotPiece
	rounds atomic.Int64 // opened and not closed
	bare   atomic.Bool  // the library sees the files of a hybrid, without their padding
}

// open gives the files, once.
func (d *depot) open(store *files.Store, info *checked.Info) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.store, d.info = store, info
	d.pieces = make([]depotPiece, info.Pieces())
	for i := range d.pieces {
		d.pieces[i] = depotPiece{d, store, i}
	}
}

// files is the store, nil until the info is known.
func (d *depot) files() *files.Store {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.store
}

// OpenTorrent is called by the library in each round.
func (d *depot) OpenTorrent(_ context.Context, info *metainfo.Info, _ metainfo.Hash) (storage.TorrentImpl, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store == nil {
		return storage.TorrentImpl{}, errReadOnly
	}
	d.rounds.Add(1)
	d.bare.Store(info.HasV2())
	pieces, store := d.pieces, d.store
	return storage.TorrentImpl{
		Piece: func(p metainfo.Piece) storage.PieceImpl { return &pieces[p.Index()] },
		Close: func() error {
			if d.rounds.Add(-1) == 0 {
				store.Rest()
			}
			return nil
		},
	}, nil
}

// Close ends it with the torrent.
func (d *depot) Close() error {
	if store := d.files(); store != nil {
		return store.Close()
	}
	return nil
}

// depotPiece is one piece. What is read and written at once lies in it.
type depotPiece struct {
	d     *depot
	store *files.Store
	index int
}

func (p *depotPiece) begin() int64 { return int64(p.index) * p.d.info.PieceLength }

// size is what the library takes for the piece: of a hybrid that it sees as it is not the padding behind it.
func (p *depotPiece) size() int64 {
	if !p.d.bare.Load() {
		return p.d.info.PieceSize(p.index)
	}
	var n int64
	for _, part := range p.d.info.Parts(p.index) {
		if !p.d.info.Files[part.File].Pad {
			n += part.Length
		}
	}
	return n
}

func (p *depotPiece) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.store.ReadAt(b, p.begin()+off)
	p.blame(err)
	return n, err
}

func (p *depotPiece) WriteAt(b []byte, off int64) (int, error) {
	return p.store.WriteAt(b, p.begin()+off)
}

// WriteTo is how the library reads a piece to hash it.
func (p *depotPiece) WriteTo(w io.Writer) (int64, error) {
	n, err := p.store.CopyTo(w, p.begin(), p.size())
	p.blame(err)
	return n, err
}

// blame tells of a read that failed: what was there is gone, or cannot be read, and it would be asked for again and
// again.
func (p *depotPiece) blame(err error) {
	if err != nil && !errors.Is(err, files.ErrClosed) && !errors.Is(err, io.EOF) {
		p.d.onFault(err)
	}
}

func (p *depotPiece) MarkComplete() error {
	p.store.SetHave(p.index, true)
	return nil
}

func (p *depotPiece) MarkNotComplete() error {
	p.store.SetHave(p.index, false)
	return nil
}

// Completion is always known: what is there was hashed before the library saw it.
func (p *depotPiece) Completion() storage.Completion {
	return storage.Completion{Ok: true, Complete: p.store.Have(p.index)}
}
