package bt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/announce"
	"github.com/torrenttx/ttx/bt/files"
	checked "github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/piecehash"
	"github.com/torrenttx/ttx/bt/transport"
)

// Torrent is an ordinary torrent in a folder: downloaded, then seeded until dropped.
//
// It lives in rounds. In a round it is live in the library, and s is its slot there; between rounds it is paused,
// the library knows nothing of it, and a parked slot keeps its infohash.
type Torrent struct {
	e        *Engine
	infohash [20]byte
	ctx      context.Context
	cancel   context.CancelCauseFunc
	src      Source // as it was added
	depot    *depot
	store    *watched // the depot as the library sees it
	book     *book
	pieces   *pieces
	trackers *announce.Torrent
	seeds    seedList
	onInfo   func([]byte) error
	shape    *shaper
	group    *transport.Group                   // what its connections share
	holding  chan struct{}                      // has an element while the torrent is held
	opening  chan struct{}                      // has an element while its files are opened
	choosing sync.Mutex                         // held while the storage is told what is wanted
	checked  struct{ done, total atomic.Int64 } // bytes of a check under way

	gotInfo chan struct{}
	ended   chan struct{}
	mu      struct {
		sync.Mutex
		name    string
		content *checked.Torrent // nil until the info is known
		s       *slot
		past    counts // of earlier rounds
		meter   meter
		mute    bool // no uploads
		conns   int  // the most connections; 0 stands for MaxDownloadConns

		webSeeds []string // besides those of the file or magnet link

		layout  files.Layout
		fault   error         // why it was paused by itself
		faulted chan struct{} // closed while there is a fault
		paused  bool
		held    bool               // for a check
		stop    context.CancelFunc // ends the round; nil when there is none
		changed chan struct{}      // closed at the next change of paused or stop
	}
}

// Add makes a torrent live: what is missing in its folder is downloaded, what is there is seeded. The info of
// a magnet link or infohash is fetched from peers first. Errors are those of the guard: ErrMalformed, ErrV2Only,
// ErrHostileName, ErrTooLarge; and ErrInUse, ErrClosed.
func (e *Engine) Add(src Source) (*Torrent, error) {
	o, err := src.resolve()
	if err != nil {
		return nil, fmt.Errorf("adding a torrent: %w", err)
	}
	t := &Torrent{
		e: e, infohash: o.infohash, book: newBook(roleDownload), pieces: newPieces(),
		gotInfo: make(chan struct{}), ended: make(chan struct{}), onInfo: src.OnInfo,
	}
	t.book.add(o.peers)
	t.book.found(src.KnownPeers, peerSourceKept)
	t.pieces.given, t.pieces.choice = src.Priorities, o.choice
	t.pieces.sequential, t.pieces.firstLast = src.Sequential, src.FirstLast
	t.depot = &depot{onFault: t.fail}
	t.store = &watched{ClientImplCloser: t.depot, pieces: t.pieces}
	t.src, t.mu.layout, t.mu.faulted = src, src.Layout, make(chan struct{})
	t.mu.webSeeds = src.WebSeeds
	t.mu.layout.Dir = cmp.Or(t.mu.layout.Dir, src.Dir)
	t.holding, t.opening, t.pieces.needsSeal = make(chan struct{}, 1), make(chan struct{}, 1), true
	t.mu.name, t.mu.paused, t.mu.changed = o.name, src.Paused, make(chan struct{})
	t.mu.s = newSlot(o.infohash, roleDownload)
	t.ctx, t.cancel = context.WithCancelCause(e.ctx)
	if o.content != nil {
		t.know(o.content)
	}
	if o.opens() {
		t.opening <- struct{}{} // run does
	}
	if err := e.reserve(t.mu.s); err != nil {
		return nil, fmt.Errorf("adding torrent %x: %w", o.infohash, err)
	}
	t.group, t.shape = e.sockets.Group(o.infohash), newShaper(int(e.slots.Load()))
	t.trackers = t.announceTo(&o)
	if !e.spawn(func() { t.run(o) }) {
		t.cancel(ErrClosed)
		t.trackers.Close()
		close(t.ended)
		return nil, fmt.Errorf("adding torrent %x: %w", o.infohash, ErrClosed)
	}
	return t, nil
}

// know takes the info.
func (t *Torrent) know(content *checked.Torrent) {
	t.pieces.begin(content.Info)
	t.mu.Lock()
	t.mu.content, t.mu.name = content, content.Info.Name
	t.mu.Unlock()
	close(t.gotInfo)
}

// run is the torrent's life.
func (t *Torrent) run(o origin) {
	defer close(t.ended)
	defer t.store.Close()
	defer t.trackers.Close()
	defer t.closeWebSeeds()
	defer func() { t.e.drop(t.slot()) }()
	defer t.e.sockets.Forget(t.infohash) // before another may take the infohash
	if o.opens() {
		err := t.unpack(t.ctx)
		<-t.opening
		if err != nil {
			t.cancel(err)
			return
		}
	}
	for {
		ctx, ok := t.nextRound()
		if !ok {
			return
		}
		err := t.round(ctx, &o)
		if ctx.Err() != nil {
			err = nil // paused or dropped, and whatever came of that
		}
		if errors.Is(err, errAgain) {
			err = nil
		}
		t.endRound()
		if err != nil {
			t.cancel(err)
			return
		}
	}
}

// round has the torrent live until ctx ends.
func (t *Torrent) round(ctx context.Context, o *origin) error {
	if o.opens() && t.files() == nil {
		if err := t.open(ctx); err != nil { // an earlier round ended before it was done
			return err
		}
	}
	if !t.prepare(ctx) {
		return nil
	}
	s, err := t.enter(o)
	if err != nil {
		return err
	}
	s.t.SetMaxEstablishedConns(t.maxConns())
	s.t.SetOnWriteChunkError(t.onWriteError)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	dial := sync.OnceFunc(func() { wg.Go(func() { t.e.dialLoop(ctx, s) }) })
	if !o.opens() { // it takes peers to begin; others wait, since dials race the library over the infohashes of a hybrid
		dial()
	}
	wg.Go(func() { t.e.announceLoop(ctx, s) }) // by which a magnet link finds its info, too
	t.trackers.Resume()
	defer t.trackers.Pause()
	defer t.e.nearby(s)()
	if err := t.begin(ctx, s, o); err != nil {
		return err
	}
	dial()
	wg.Go(func() { t.steer(ctx, s) })
	t.useWebSeeds(s.t, o)
	t.follow(ctx, s)
	return nil
}

// enter makes the torrent live in a slot that takes the place of the parked one.
func (t *Torrent) enter(o *origin) (*slot, error) {
	s := newSlot(t.infohash, roleDownload)
	s.book, s.shape = t.book, t.shape
	t.shape.setSlots(int(t.e.slots.Load()), false) // as set while it was paused
	s.private.Store(o.content != nil && o.content.Info.Private)
	opts := t.options(s, o)
	if err := t.e.replace(s); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.mu.s = s
	opts.DisallowDataUpload = t.mu.mute
	t.mu.Unlock()
	t.e.activate(s, opts)
	t.book.again()
	return s, nil
}

// options is how the torrent is added in a round.
func (t *Torrent) options(s *slot, o *origin) torrent.AddTorrentOpts {
	opts := torrent.AddTorrentOpts{Storage: piecehash.Wrap(t.store)}
	switch {
	case o.info == nil:
		s.meta = newMetadataFetch(o.infohash, MaxInfoSize)
		s.meta.v2, s.meta.takesV2 = o.v2, true
	case lacksLayers(o.content):
		s.layers = newLayerFetch(o.content.Info, func(lk *link) { t.e.ban(s, lk) })
	case !o.content.Info.V1:
		opts.Storage = merkle{t.store, o.content}
	}
	opts.Storage = serving{opts.Storage}
	return opts
}

// begin gets the info and gives it to the library.
func (t *Torrent) begin(ctx context.Context, s *slot, o *origin) error {
	if o.info == nil {
		raw, err := t.e.awaitInfo(ctx, s)
		if err != nil {
			return err
		}
		if o.content, err = contentOf(raw); err != nil {
			return err
		}
		if t.onInfo != nil {
			if err := t.onInfo(raw); err != nil {
				return err
			}
		}
		o.info = raw
		t.know(o.content)
	}
	if o.content.Info.Private {
		s.private.Store(true)
		t.e.alone(s)
		t.trackers.SetPrivate()
	}
	s.info.Store(&o.info)
	if o.content.Info.V2 {
		s.tree.Store(o.content) // the library cannot answer for it
	}
	t.takeSecond(s, o.content.Info)
	t.shape.setPieces(o.content.Info.Pieces())
	if lacksLayers(o.content) {
		return t.awaitLayers(ctx, s, o)
	}
	if t.files() == nil {
		if err := t.open(ctx); err != nil {
			return err
		}
		if !t.prepare(ctx) {
			return ctx.Err() // it is paused now
		}
	}
	if err := show(s.t, o); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return nil
}

// errAgain ends a round for another one.
var errAgain = errors.New("another round")

// awaitLayers waits for the hashes of the pieces. A round that began without the info cannot get them.
func (t *Torrent) awaitLayers(ctx context.Context, s *slot, o *origin) error {
	if s.layers == nil {
		return errAgain
	}
	select {
	case <-s.layers.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	whole := &checked.Torrent{Info: o.content.Info, Layers: s.layers.got}
	if t.src.OnLayers != nil {
		if err := t.src.OnLayers(whole); err != nil {
			return err
		}
	}
	t.mu.Lock()
	o.content = whole
	t.mu.content = o.content
	t.mu.Unlock()
	return errAgain
}

// show gives the library the info, or a view of it with an info dictionary of the right length.
func show(lib *torrent.Torrent, o *origin) error {
	in := o.content.Info
	if !viewed(in) {
		return lib.SetInfoBytes(o.info)
	}
	if err := lib.SetInfoBytes(viewOf(in)); err != nil {
		return err
	}
	if in.V1 && in.V2 && o.infohash == in.InfohashV1() {
		return lib.SetInfoBytes(o.info) // by which peers find it that know the v2 infohash only
	}
	return lib.SetInfoBytes(blank(len(o.info)))
}

// A download that stands still is looked at for the library's lost wake-up, see nudge.go: stallFirst after a
// connection was made, when most of them are lost, then half as often each time, down to every stallMost.
const (
	stallFirst = 30 * time.Millisecond
	stallMost  = 500 * time.Millisecond
)

// follow watches the download until ctx ends. Without a connection, and when all is there, it only waits.
func (t *Torrent) follow(ctx context.Context, s *slot) {
	var last int64
	wait := stallFirst
	tick := time.NewTimer(wait)
	defer tick.Stop()
	for {
		finished, whole, turned := t.pieces.watch()
		if !s.complete.Swap(whole) && whole {
			t.announceComplete()
		}
		if finished {
			tick.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-turned:
			if finished {
				tick.Reset(wait) // it may not be any more
			}
		case <-s.met:
			wait = stallFirst
			tick.Reset(wait)
		case <-tick.C:
			links := t.e.linksOf(s)
			if len(links) == 0 {
				continue
			}
			got := t.pieces.received()
			if got == last {
				wakeAll(links)
			}
			last, wait = got, min(2*wait, stallMost)
			tick.Reset(wait)
		}
	}
}

func wakeAll(links []*link) {
	for _, lk := range links {
		lk.wake()
	}
}

// onWriteError pauses the torrent: the library would ask for the same data forever.
func (t *Torrent) onWriteError(err error) { t.fail(err) }

// slot is the torrent's slot at this moment.
func (t *Torrent) slot() *slot {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.s
}

// Infohash is the torrent's v1 infohash.
func (t *Torrent) Infohash() [20]byte { return t.infohash }

// Name is the torrent's name, or what the magnet link calls it until the info is known.
func (t *Torrent) Name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.name
}

// GotInfo is closed when the info is known.
func (t *Torrent) GotInfo() <-chan struct{} { return t.gotInfo }

// Done is closed when everything wanted, that is all files but those of priority [Skip], is there and has passed
// the hash check. When more is wanted later, or something is lost, another channel takes its place.
func (t *Torrent) Done() <-chan struct{} { return t.pieces.doneChannel() }

// Complete says whether every piece is there, wanted or not.
func (t *Torrent) Complete() bool { return t.pieces.whole() }

// Ended is closed when the torrent is no longer live: dropped, failed, or the engine was closed.
func (t *Torrent) Ended() <-chan struct{} { return t.ended }

// Err says why the torrent stopped: ErrClosed when it was dropped, its [Torrent.Fault] while it has one; nil while it
// lives.
func (t *Torrent) Err() error {
	err := context.Cause(t.ctx)
	switch {
	case errors.Is(err, context.Canceled):
		return ErrClosed
	case err == nil:
		return t.Fault()
	}
	return err
}

// Wait waits until everything wanted is there, the torrent has stopped or has a [Torrent.Fault], or ctx ends.
func (t *Torrent) Wait(ctx context.Context) error {
	select {
	case <-t.Done():
		return nil
	case <-t.Faulted():
		return t.Fault()
	case <-t.ended:
		return t.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Dial remembers addresses and keeps dialling those that are not connected.
func (t *Torrent) Dial(addrs ...netip.AddrPort) { t.book.add(addrs) }

// Drop ends the torrent and returns when it is no longer live. The files stay.
func (t *Torrent) Drop() {
	t.cancel(ErrClosed)
	<-t.ended
}
