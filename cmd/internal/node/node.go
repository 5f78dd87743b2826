// Package node is where a node is put together: store, ledger, torrent engine,
// the handshake extension, the voter and the local interface. It is the only
// package that knows them all.
package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/journal"
	"github.com/torrenttx/ttx/ext"
	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// closeTimeout bounds the wait for connections to end.
	closeTimeout = 5 * time.Second
	// saveEvery is the pause between two saves of the address book.
	saveEvery = time.Minute
	// saveBansEvery is the least time between two saves of the bans: a crash
	// forgets what was banned in it.
	saveBansEvery = time.Second
	// filePeers is how many of our peers a .torrent that we write carries: a
	// network file has room for eight.
	filePeers = 8
)

// Node is a running node.
type Node struct {
	*backend // nil without a ledger
	control  *control
	torrents *torrents
	info     api.Node
	opts     Options
	log      *slog.Logger
	journal  *journal.Journal
	engine   *bt.Engine
	book     *book.Book
	bans     *book.Bans
	hub      api.Hub
	events   *ledger.Subscription
	met      chan netip.AddrPort
	first    atomic.Value // string: what brought Options.First
	stop     context.CancelFunc
	ctx      context.Context
	wg       sync.WaitGroup
	closers  []func() error
}

// Start puts a node together and returns once it serves. The caller closes it.
func Start(opts Options) (*Node, error) {
	n := &Node{opts: opts, met: make(chan netip.AddrPort)}
	n.openJournal()
	n.ctx, n.stop = context.WithCancel(context.Background())
	steps := []func() error{n.lock, n.openLedger, n.openEngine, n.openTorrents, n.openService, n.openVoter, n.openAPI}
	if opts.NoLedger {
		steps = []func() error{n.lock, n.openEngine, n.openTorrents, n.openAPI}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.wg.Go(n.publishTorrents)
	if opts.NoLedger {
		return n, nil
	}
	n.wg.Go(n.saveBook)
	n.wg.Go(n.saveBans)
	n.wg.Go(n.publish)
	n.wg.Go(func() { n.keeping.runChecks(n.ctx) })
	n.wg.Go(func() { n.keeping.runAnnounces(n.ctx) })
	n.wg.Go(func() { n.keeping.runSaves(n.ctx.Done()) })
	n.wg.Go(n.heat)
	n.wg.Go(n.watchProofs)
	return n, nil
}

// Close ends the node, in the reverse order of its start.
func (n *Node) Close() error {
	n.stop()
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i]())
	}
	n.wg.Wait()
	n.closers = nil
	return errors.Join(errs...)
}

func (n *Node) onClose(f func() error) { n.closers = append(n.closers, f) }

func (n *Node) lock() error {
	lock, err := n.opts.Dir.Lock()
	if err != nil {
		return err
	}
	n.onClose(lock.Release)
	return nil
}

func (n *Node) openLedger() error {
	l, err := openLedger(n.opts.Dir, ledger.Config{
		Genesis: n.opts.Genesis, Watch: n.opts.Watch, Workers: n.opts.Workers, Worker: giveWay, Logger: n.log,
	})
	if err != nil {
		return err
	}
	n.backend = newBackend(l, n.opts.Dir, n.log)
	n.backend.peers = n.goodPeers
	n.events = l.Subscribe()
	n.onClose(l.Close)
	return nil
}

// OpenLedger opens a folder's ledger without a node around it.
func OpenLedger(dir config.Folder, genesis *tx.Tx, watch []tx.Key, log *slog.Logger) (*ledger.Ledger, error) {
	return openLedger(dir, ledger.Config{Genesis: genesis, Watch: watch, Logger: log})
}

// openLedger opens a folder's ledger; the store is its own.
func openLedger(dir config.Folder, cfg ledger.Config) (*ledger.Ledger, error) {
	var err error
	if cfg.Store, err = store.OpenDisk(dir.Ledger(), cfg.Logger); err != nil {
		return nil, fmt.Errorf("open the store %s: %w", dir.Ledger(), err)
	}
	l, err := ledger.Open(cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.Store.Close())
	}
	return l, nil
}

func (n *Node) openEngine() error {
	cfg, err := EngineConfig(n.opts.settings(), n.log)
	if err != nil {
		return err
	}
	cfg.Version, cfg.Logger = userAgent(n.opts.Version), n.log
	cfg.DHTState = n.opts.Dir.DHT()
	if n.opts.NoLedger {
		cfg.NoExtension = true
	} else {
		cfg.OnDemand, cfg.OnPeer = onDemand{n.ledger}, n.meet
	}
	engine, err := bt.Open(cfg)
	if err != nil {
		return fmt.Errorf("start the torrent engine: %w", err)
	}
	n.engine = engine
	n.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return engine.Close(ctx)
	})
	return nil
}

func userAgent(version string) string { return "ttx/" + version }

// meet hears of a peer with the extension on some torrent. The engine may call
// it before the service stands.
func (n *Node) meet(_ [20]byte, addr netip.AddrPort) {
	select {
	case n.met <- addr:
	case <-n.ctx.Done():
	}
}

func (n *Node) openService() error {
	n.book = book.New(private(n.engine.Addr()))
	if err := n.book.Load(n.opts.Dir.Peers()); err != nil {
		n.log.Warn("starting with an empty address book", "err", err)
	}
	n.bans = book.NewBans(n.opts.neverBan)
	if err := n.bans.Load(n.opts.Dir.Bans(), time.Now(), session.BanTime); err != nil {
		n.log.Warn("starting with nobody banned", "err", err)
	}
	for _, addr := range n.opts.Peers {
		n.book.Add(addr, book.Hand)
	}
	n.opts.Hints = n.allowed(n.opts.Hints)
	service, err := ext.Open(ext.Config{
		Engine: n.engine, Ledger: n.ledger, Book: n.book, Bans: n.bans, Hints: n.opts.Hints,
		Voter: n.opts.Voter, UserAgent: userAgent(n.opts.Version), Logger: n.log,
	})
	if err != nil {
		return err
	}
	n.service, n.seeker = service, newSeeker(n, service)
	n.keeping.holders = service.Holders
	n.onClose(n.keeping.save)
	n.keeping.announce = func(ctx context.Context, infohash tx.Infohash) error {
		n.engine.Heat(infohash)
		return n.engine.Announce(ctx, infohash)
	}
	n.keeping.setBudget(n.opts.settings().KeeperAnnounces)
	n.onClose(func() error {
		service.Close()
		return errors.Join(n.book.Save(n.opts.Dir.Peers()), n.bans.Save(n.opts.Dir.Bans(), time.Now()))
	})
	first := n.opts.First
	if first == nil || n.ledger.Has(first.ID) {
		n.wg.Go(n.introduce)
		n.seeker.meet(n.opts.Hints) // no torrent is left to meet them on
		return service.Join()
	}
	fetched, err := service.Fetcher().Want(n.ctx, first.ID, first.Infohash)
	if err != nil {
		return err
	}
	n.wg.Go(func() { n.bootstrap(fetched) })
	return nil
}

// allowed are those addresses of a file that this node dials.
func (n *Node) allowed(hints []netip.AddrPort) []netip.AddrPort {
	if n.opts.settings().Tor != "" {
		return nil
	}
	near := private(n.engine.Addr())
	return slices.DeleteFunc(slices.Clone(hints), func(a netip.AddrPort) bool { return !near && !bt.Public(a.Addr()) })
}

// firstTimeout is how long the rendezvous waits for the first transaction.
const firstTimeout = 15 * time.Second

// bootstrap fetches the first transaction as a torrent before the node meets
// anybody: what a .torrent names comes from its swarm, sessions come after, with
// the peers that were met there.
func (n *Node) bootstrap(fetched <-chan struct{}) {
	timer := time.NewTimer(firstTimeout)
	defer timer.Stop()
	select {
	case <-n.ctx.Done():
	case <-fetched:
	case <-timer.C:
		n.log.Warn("the first transaction was not fetched yet; joining the network without it", "txid", n.opts.First.ID)
	}
	if err := n.service.Join(); err != nil {
		n.log.Error("cannot join the network", "err", err)
	}
	n.introduce()
}

// private reports whether a node that listens at addr is one among neighbours:
// then it may dial private and loopback addresses that others name.
func private(addr netip.AddrPort) bool {
	ip := addr.Addr()
	return ip.IsLoopback() || ip.IsPrivate()
}

// introduce hands peers met on torrents to the service.
func (n *Node) introduce() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case addr := <-n.met:
			n.service.Introduce(addr)
		}
	}
}

func (n *Node) openVoter() error {
	if n.opts.Voter == nil {
		return nil
	}
	voter, err := vote.New(vote.Config{Ledger: n.ledger, Key: n.opts.Voter, Reach: n.service, Logger: n.log})
	if err != nil {
		return err
	}
	n.backend.voter = voter
	n.wg.Go(func() { voter.Run(n.ctx) })
	return nil
}

func (n *Node) openAPI() error {
	listener, err := api.Listen(string(n.opts.Dir))
	if err != nil {
		return fmt.Errorf("open the local interface: %w", err)
	}
	n.info = n.describe(listener.Path())
	var backend api.Backend = api.NoLedger{Info: n.info}
	if !n.opts.NoLedger {
		n.backend.info = n.info
		backend = n.backend
	}
	server := api.NewServer(api.Config{Backend: backend, Torrents: n.torrents, Control: n.control, Log: n, Events: &n.hub, Logger: n.log})
	served := make(chan error, 1)
	go func() { served <- server.Serve(n.ctx, listener) }()
	n.onClose(func() error { n.hub.Close(); return <-served })
	return nil
}

// describe says where the node is.
func (n *Node) describe(socket string) api.Node {
	info := api.Node{Ready: true, API: socket, Ledger: !n.opts.NoLedger, Version: n.opts.Version}
	if addr := n.engine.Addr(); addr.IsValid() { // with Tor nothing listens
		info.Listen = addr.String()
	}
	if n.opts.NoLedger {
		return info
	}
	info.Network, info.Address = n.opts.Genesis.Params.Name, n.opts.Address
	if n.opts.Voter != nil {
		key := tx.PublicKey(n.opts.Voter)
		info.Voter = hex.EncodeToString(key[:])
	}
	return info
}

// FirstFrom says what brought Options.First: "torrent", or the peer whose
// session was faster; empty while it is not in the ledger.
func (n *Node) FirstFrom() string {
	source, _ := n.first.Load().(string)
	return source
}

// Info says where the node is.
func (n *Node) Info() api.Node { return n.info }

// Backend is the ledger's half of the local interface without the socket.
func (n *Node) Backend() api.Backend { return n.backend }

// Events returns what happens from now on.
func (n *Node) Events() *api.Subscription { return n.hub.Subscribe() }

// goodPeers are the addresses that a .torrent of ours names: our own, when it
// can be dialled, then those that worked.
func (n *Node) goodPeers() []string {
	var list []string
	if own := n.engine.Addr(); own.IsValid() && !own.Addr().IsUnspecified() {
		list = append(list, own.String())
	}
	for _, addr := range n.book.Good(filePeers - len(list)) {
		list = append(list, addr.String())
	}
	return list
}

// onDemand serves any transaction of the ledger as a torrent.
type onDemand struct{ ledger *ledger.Ledger }

func (o onDemand) Lookup(infohash [20]byte) (info, data []byte, ok bool) {
	id, err := o.ledger.FindInfohash(infohash)
	if err != nil {
		return nil, nil, false
	}
	raw, err := o.ledger.Raw(id)
	if err != nil {
		return nil, nil, false
	}
	return tx.InfoBytes(raw), raw, true
}
