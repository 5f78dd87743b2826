package bt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/torrent"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/torrenttx/ttx/bt/announce"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/lsd"
	"github.com/torrenttx/ttx/bt/portmap"
	"github.com/torrenttx/ttx/bt/transport"
	"github.com/torrenttx/ttx/bt/webtorrent"
)

// Engine is one peer of the BitTorrent network. Its methods may be called from any goroutine.
type Engine struct {
	cfg     Config
	log     *slog.Logger
	client  *torrent.Client // read only after started is closed
	started chan struct{}   // closed when client is set, or when it never will be
	addr    netip.AddrPort
	sockets *transport.Transport
	gateway *gateway
	dht     []*dht.Server // one a family

	savedDHT *dhtState
	external [2]atomic.Pointer[netip.Addr] // our own addresses as the DHT sees them, IPv4 and IPv6

	trackers  *announce.Announcer
	strangers *announce.Announcer // for trackers that strangers named
	web       *webtorrent.Client  // nil if switched off
	lsd       *lsd.Service        // nil if switched off
	portmap   *portmap.Mapper

	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	wg     sync.WaitGroup // goroutines of ours
	adding sync.WaitGroup // calls to the library that add a torrent

	punchLimit *rate.Limiter // of dials that holepunch asks for

	chores  *chores
	nudger  *nudger
	slots   atomic.Int64  // upload slots of a torrent; 0 is no limit
	rechoke chan struct{} // the number of slots changed
	hints   chan hint
	peers   *peerStore
	fetches *semaphore.Weighted
	files   *files.Pool // open files of all torrents
	ondemand

	// mu guards what callbacks touch. It is a leaf: nothing is called while it is held.
	mu struct {
		sync.Mutex
		closed bool
		slots  map[[20]byte]*slot
		links  map[*torrent.PeerConn]*link
		empty  chan struct{} // non-nil once closing: closed when links is empty
	}
}

// hint is a peer with the extension met on an ordinary torrent.
type hint struct {
	infohash [20]byte
	listen   netip.AddrPort
}

// Open starts an engine listening at cfg.Listen. The caller closes it.
func Open(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	e := &Engine{
		cfg:     cfg,
		log:     cfg.Logger,
		started: make(chan struct{}),
		hints:   make(chan hint, MaxHints),
		peers:   newPeerStore(),
		fetches: semaphore.NewWeighted(int64(cfg.Fetches)),
		files:   files.NewPool(0),

		punchLimit: newAllPunchLimit(),
	}
	e.ondemand.init(cfg)
	e.chores = newChores()
	e.nudger = newNudger()
	e.slots.Store(int64(max(cfg.UploadSlots, 0)))
	e.rechoke = make(chan struct{}, 1)
	e.mu.slots = make(map[[20]byte]*slot)
	e.mu.links = make(map[*torrent.PeerConn]*link)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if err := e.start(); err != nil {
		e.cancel()
		return nil, err
	}
	e.spawn(func() { e.chores.run(e.ctx) })
	e.spawn(e.nudge)
	e.spawn(e.sweep)
	e.spawn(e.chokeLoop)
	if cfg.DHT && cfg.DHTState != "" {
		e.spawn(e.keepDHT)
	}
	if cfg.OnPeer != nil {
		e.spawn(e.tellHints)
	}
	return e, nil
}

// start makes the library's client. Connections may come in before it returns; they wait for started.
func (e *Engine) start() error {
	defer close(e.started)
	var err error
	if e.sockets, err = e.openSockets(); err != nil {
		return err
	}
	client, err := torrent.NewClient(e.clientConfig())
	if err == nil {
		err = e.attach(client)
	}
	if err != nil {
		e.sockets.Close()
		return fmt.Errorf("starting the torrent client: %w", err)
	}
	e.client = client
	if err := e.openWebTorrent(); err != nil {
		client.Close()
		e.sockets.Close()
		return err
	}
	e.openTrackers()
	e.openLSD()
	e.openPortMapping()
	return nil
}

// Addr is the address the engine listens at. Its IP is unspecified when it listens on all interfaces.
func (e *Engine) Addr() netip.AddrPort { return e.addr }

// Close drops everything, closes all connections and waits for the engine's goroutines, at most until ctx
// ends. The library's own sockets finish closing behind it.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return nil
	}
	e.mu.closed = true
	e.mu.empty = make(chan struct{})
	if len(e.mu.links) == 0 {
		close(e.mu.empty)
	}
	e.mu.Unlock()

	e.cancel()
	e.adding.Wait()
	e.closeLSD()
	e.closePortMapping()
	e.closeTrackers(ctx)
	e.saveDHT()
	errs := e.client.Close()
	e.closeSockets()
	ended := e.closeWebTorrent()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		<-e.mu.empty
		<-ended
		e.wg.Wait()
	}()
	select {
	case <-finished:
		return errors.Join(errs...)
	case <-ctx.Done():
		return fmt.Errorf("closing the torrent engine: %w", ctx.Err())
	}
}

// spawn runs f on a goroutine that Close waits for. It does nothing on a closed engine.
func (e *Engine) spawn(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.closed {
		return false
	}
	e.wg.Go(f)
	return true
}

// tellHints passes met peers to the caller, one at a time.
func (e *Engine) tellHints() {
	for {
		select {
		case h := <-e.hints:
			e.cfg.OnPeer(h.infohash, h.listen)
		case <-e.ctx.Done():
			return
		}
	}
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
