package bt

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"sync"
	"time"

	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
	infohash_v2 "github.com/anacrolix/torrent/types/infohash-v2"

	"github.com/torrenttx/ttx/bt/transport"
)

// Torrent is an ordinary torrent in a folder: downloaded, then seeded until dropped.
type Torrent struct {
	e      *Engine
	s      *slot
	ctx    context.Context
	cancel context.CancelCauseFunc
	store  storage.ClientImplCloser
	group  *transport.Group // what its connections share

	gotInfo chan struct{}
	done    chan struct{}
	ended   chan struct{}
	mu      struct {
		sync.Mutex
		name   string
		parsed *metainfo.Info
	}
}

// Info describes the content of a torrent.
type Info struct {
	Name        string
	Length      int64 // bytes in all
	PieceLength int64 // bytes
	Pieces      int
	Private     bool // BEP 27
	Files       []File
}

// File is one file of a torrent.
type File struct {
	Path   string // slash-separated, below Source.Dir
	Length int64  // bytes
}

// Progress is a snapshot of a torrent.
type Progress struct {
	Completed, Length int64 // bytes of content on disk that passed or await the hash check; in all
	Downloaded        int64 // bytes of content received since Add
	Uploaded          int64 // bytes of content sent since Add
	Peers             int   // connections
	Known             int   // addresses known, connected or not
}

// PeerInfo is one connection of a torrent.
type PeerInfo struct {
	Addr     netip.AddrPort
	Client   string
	Outgoing bool
	Rate     float64 // bytes a second received
}

// Add makes a torrent live: what is missing in its folder is downloaded, what is there is seeded. The info of
// a magnet link or infohash is fetched from peers first. Errors are those of the guard: ErrMalformed, ErrV2Only,
// ErrHostileName, ErrTooLarge; and ErrInUse, ErrClosed.
func (e *Engine) Add(src Source) (*Torrent, error) {
	o, err := src.resolve()
	if err != nil {
		return nil, fmt.Errorf("adding a torrent: %w", err)
	}
	s := newSlot(o.infohash, roleDownload)
	s.book.add(o.peers)
	if o.info == nil {
		s.meta = newMetadataFetch(o.infohash, MaxInfoSize)
	}
	if err := e.claim(s); err != nil {
		return nil, fmt.Errorf("adding torrent %x: %w", o.infohash, err)
	}
	t := &Torrent{
		e: e, s: s, group: e.sockets.Group(o.infohash), store: folder(src.Dir, o.completion(src.Whole)),
		gotInfo: make(chan struct{}), done: make(chan struct{}), ended: make(chan struct{}),
	}
	t.mu.name = o.name
	t.ctx, t.cancel = context.WithCancelCause(e.ctx)
	opts := torrent.AddTorrentOpts{Storage: t.store}
	if o.info != nil && o.parsed.HasV2() {
		// Else the library finds it out with the info, while connections that are being
		// made read it without its lock.
		opts.InfoHashV2.Set(infohash_v2.HashBytes(o.info))
	}
	e.activate(s, opts)
	s.t.SetMaxEstablishedConns(MaxDownloadConns)
	s.t.SetOnWriteChunkError(t.onWriteError)
	if !e.spawn(func() { t.run(o) }) {
		t.cancel(ErrClosed)
		close(t.ended)
		return nil, fmt.Errorf("adding torrent %x: %w", o.infohash, ErrClosed)
	}
	return t, nil
}

// run is the torrent's life.
func (t *Torrent) run(o origin) {
	defer close(t.ended)
	defer t.store.Close()
	defer t.e.drop(t.s)
	defer t.e.sockets.Forget(t.s.infohash) // before another may take the infohash
	t.e.spawn(func() { t.e.dialLoop(t.ctx, t.s) })
	t.s.t.AddTrackers(o.trackers)
	if err := t.begin(o); err != nil {
		t.cancel(err)
		return
	}
	t.e.spawn(func() { t.e.announceLoop(t.ctx, t.s) })
	t.download(o)
	<-t.ctx.Done()
}

// begin gets the info and gives it to the library.
func (t *Torrent) begin(o origin) error {
	if o.info == nil {
		raw, err := t.e.awaitInfo(t.ctx, t.s)
		if err != nil {
			return err
		}
		if o.parsed, err = parseInfo(raw); err != nil {
			return err
		}
		o.info = raw
	}
	t.s.private.Store(o.parsed.Private != nil && *o.parsed.Private)
	t.s.info.Store(&o.info)
	if err := t.s.t.SetInfoBytes(o.info); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	t.mu.Lock()
	t.mu.parsed, t.mu.name = o.parsed, o.parsed.BestName()
	t.mu.Unlock()
	close(t.gotInfo)
	return nil
}

// stallCheck is how often a download is looked at for the library's lost wake-up, see nudge.go.
const stallCheck = 500 * time.Millisecond

// download waits until every piece is there.
func (t *Torrent) download(o origin) {
	t.s.t.DownloadAll()
	t.s.t.AddWebSeeds(o.webSeeds)
	tick := time.NewTicker(stallCheck)
	defer tick.Stop()
	complete := t.s.t.Complete().On()
	for last := int64(-1); ; {
		select {
		case <-t.ctx.Done():
			return
		case <-complete:
			t.s.complete.Store(true)
			close(t.done)
			return
		case <-tick.C:
		}
		got := t.s.t.BytesCompleted()
		if got == last {
			for _, lk := range t.e.linksOf(t.s) {
				lk.wake()
			}
		}
		last = got
	}
}

// onWriteError stops the torrent: the library would ask for the same data forever.
func (t *Torrent) onWriteError(err error) {
	t.s.t.DisallowDataDownload()
	t.cancel(fmt.Errorf("%w: %w", ErrStorage, err))
}

// Infohash is the torrent's v1 infohash.
func (t *Torrent) Infohash() [20]byte { return t.s.infohash }

// Name is the torrent's name, or what the magnet link calls it until the info is known.
func (t *Torrent) Name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.name
}

// GotInfo is closed when the info is known.
func (t *Torrent) GotInfo() <-chan struct{} { return t.gotInfo }

// Done is closed when every piece is there and has passed the hash check.
func (t *Torrent) Done() <-chan struct{} { return t.done }

// Ended is closed when the torrent is no longer live: dropped, failed, or the engine was closed.
func (t *Torrent) Ended() <-chan struct{} { return t.ended }

// Err says why the torrent stopped: ErrClosed when it was dropped; nil while it lives.
func (t *Torrent) Err() error {
	err := context.Cause(t.ctx)
	if errors.Is(err, context.Canceled) {
		return ErrClosed
	}
	return err
}

// Wait waits until the torrent is complete, has stopped, or ctx ends.
func (t *Torrent) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-t.ended:
		return t.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// InfoBytes is the info dictionary as it is hashed; nil until it is known. Do not change it.
func (t *Torrent) InfoBytes() []byte {
	if raw := t.s.info.Load(); raw != nil {
		return *raw
	}
	return nil
}

// Info describes the content; false until it is known.
func (t *Torrent) Info() (Info, bool) {
	t.mu.Lock()
	p := t.mu.parsed
	t.mu.Unlock()
	if p == nil {
		return Info{}, false
	}
	info := Info{
		Name: p.BestName(), Length: p.TotalLength(), PieceLength: p.PieceLength, Pieces: p.NumPieces(),
		Private: t.s.private.Load(),
	}
	for f := range p.UpvertedFilesIter() {
		info.Files = append(info.Files, File{Path: path.Join(filePath(p, &f)...), Length: f.Length})
	}
	return info, true
}

// Progress is how far the torrent is.
func (t *Torrent) Progress() Progress {
	stats := t.s.t.Stats()
	p := Progress{
		Downloaded: stats.BytesReadUsefulData.Int64(),
		Uploaded:   stats.BytesWrittenData.Int64(),
		Peers:      stats.ActivePeers,
		Known:      stats.TotalPeers,
	}
	if info, ok := t.Info(); ok {
		p.Length = info.Length
		p.Completed = t.s.t.BytesCompleted()
	}
	return p
}

// Peers is the connections at this moment.
func (t *Torrent) Peers() []PeerInfo {
	links := t.e.linksOf(t.s)
	peers := make([]PeerInfo, 0, len(links))
	for _, lk := range links {
		client, _ := lk.pc.PeerClientName.Load().(string)
		peers = append(peers, PeerInfo{
			Addr: lk.remote, Client: client, Outgoing: !lk.incoming, Rate: lk.pc.Stats().DownloadRate,
		})
	}
	return peers
}

// Dial remembers addresses and keeps dialling those that are not connected.
func (t *Torrent) Dial(addrs ...netip.AddrPort) { t.s.book.add(addrs) }

// Seed allows or forbids uploading; it is allowed at first.
func (t *Torrent) Seed(allow bool) {
	if allow {
		t.s.t.AllowDataUpload()
	} else {
		t.s.t.DisallowDataUpload()
	}
}

// Drop ends the torrent and returns when it is no longer live. The files stay.
func (t *Torrent) Drop() {
	t.cancel(ErrClosed)
	<-t.ended
}
