package bt

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/metainfo"
	pp "github.com/anacrolix/torrent/peer_protocol"
	"github.com/anacrolix/torrent/storage"
)

// failing is a storage of which everything is there and every read fails, once it may.
type failing struct{ asked, fail chan struct{} }

func (f failing) OpenTorrent(context.Context, *metainfo.Info, metainfo.Hash) (storage.TorrentImpl, error) {
	return storage.TorrentImpl{
		Piece: func(metainfo.Piece) storage.PieceImpl { return failingPiece{nil, f} },
		Close: func() error { return nil },
	}, nil
}

type failingPiece struct {
	storage.PieceImpl // nil: nothing else is called
	f                 failing
}

func (p failingPiece) ReadAt([]byte, int64) (int, error) {
	p.f.asked <- struct{}{}
	<-p.f.fail
	return 0, errors.New("the disk is gone")
}

func (failingPiece) Completion() storage.Completion {
	return storage.Completion{Ok: true, Complete: true}
}

// TestReadFailsAsTheTorrentEnds: a block that a peer asked for cannot be read, and the torrent is dropped before the
// library knows, which would make it panic.
func TestReadFailsAsTheTorrentEnds(t *testing.T) {
	e := openEngine(t, Config{})
	x := tinies(1)[0]
	f := failing{make(chan struct{}, 1), make(chan struct{})}
	s := newSlot(x.infohash, roleDownload)
	if err := e.claim(s); err != nil {
		t.Fatal(err)
	}
	e.activate(s, torrent.AddTorrentOpts{InfoBytes: x.info, Storage: serving{f}})
	peer := visit(t, e, x.infohash)
	peer.send(pp.Interested)
	peer.next(pp.Unchoke)
	peer.send(pp.Request, words(0, 0, uint32(len(x.data))))
	receive(t, "the read", f.asked)
	e.drop(s)
	close(f.fail)
	stacks := make([]byte, 4<<20)
	until(t, "the library is done with the request", func() bool {
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "peerRequestServer")
	})
}
