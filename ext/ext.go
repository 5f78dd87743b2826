// Package ext is the handshake extension of one node on one network: it joins
// the network's rendezvous swarm, opens sessions with the peers that negotiate
// `ttx` there, keeps the address book, and runs the message families over the
// sessions: gossip for what is new, catchup for what is missing, links for
// voters, and the torrent swarm for what no session brings.
package ext

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/fetch"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// dialEvery is the pause between two looks at the address book; a hint
	// wakes it at once.
	dialEvery = time.Second
	// dialAtOnce bounds the addresses that one look dials.
	dialAtOnce = 16
	// enoughSessions is where dialling stops: the rest of the room is for
	// those who dial us. But see stack.Stack.Room.
	enoughSessions = session.MaxSessions / 2
)

// Config is what Open needs.
type Config struct {
	Engine *bt.Engine
	Ledger *ledger.Ledger
	Book   *book.Book
	// Bans are refused, and not dialled; nil for a list that ends with the
	// service.
	Bans *book.Bans
	// Hints are addresses to look for torrents at, besides those of the book:
	// where a .torrent said that its transaction is seeded.
	Hints []netip.AddrPort
	// Voter signs pongs; nil for a node that does not vote.
	Voter *btcec.PrivateKey
	// UserAgent is the program and its version.
	UserAgent string
	// Logger may be nil.
	Logger *slog.Logger
}

// Service is a node's part in the network. Close ends it.
type Service struct {
	cfg     Config
	log     *slog.Logger
	stack   *stack.Stack
	fetcher *fetch.Fetcher
	wake    chan struct{}

	ctx  context.Context
	stop context.CancelFunc
	mu   sync.Mutex // orders wg.Go before wg.Wait
	wg   sync.WaitGroup
}

// Open starts the service: it looks for missing transactions in the torrent
// swarm, and meets nobody before Join.
func Open(cfg Config) (*Service, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Bans == nil {
		cfg.Bans = book.NewBans(nil)
	}
	s := &Service{cfg: cfg, log: cfg.Logger, wake: make(chan struct{}, 1)}
	var err error
	s.stack, err = stack.New(stack.Config{
		Ledger: cfg.Ledger, Book: cfg.Book, Bans: cfg.Bans, Voter: cfg.Voter,
		UserAgent: cfg.UserAgent, Heard: s.look, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.fetcher = fetch.New(fetch.Config{Torrents: cfg.Engine, Ledger: cfg.Ledger, Peers: s.seeders, Logger: cfg.Logger})
	s.wg.Go(func() { s.stack.Run(s.ctx) })
	s.wg.Go(func() { s.fetcher.Run(s.ctx) })
	return s, nil
}

// Join enters the network's rendezvous and begins to dial. It is called once.
func (s *Service) Join() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil
	}
	swarm, err := s.cfg.Engine.Join(network.Rendezvous(s.cfg.Ledger.Genesis().ID()), s.serve)
	if err != nil {
		return fmt.Errorf("join the rendezvous: %w", err)
	}
	s.wg.Go(func() {
		s.dial(swarm)
		swarm.Close()
	})
	return nil
}

// Close ends the sessions and leaves the rendezvous.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.wg.Wait()
}

// serve runs a session on a new connection of the rendezvous.
func (s *Service) serve(c *bt.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		c.Close()
		return
	}
	s.wg.Go(func() {
		err := s.stack.Serve(s.ctx, c)
		s.log.Debug("connection done", "peer", c.RemoteAddr(), "reason", err)
	})
}

// Introduce notes an address where the extension was seen on some torrent; it is
// then dialled on the rendezvous. This is how a mailed .torrent bootstraps a
// node that knows nobody.
func (s *Service) Introduce(addr netip.AddrPort) {
	if s.cfg.Book.Add(addr, book.Torrent) {
		s.look()
	}
}

// seeders are the addresses where torrents are looked for.
func (s *Service) seeders() []netip.AddrPort { return append(s.cfg.Book.All(), s.cfg.Hints...) }

// look makes dial look at the address book now.
func (s *Service) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// dial keeps dialling what the address book says is due.
func (s *Service) dial(swarm *bt.Swarm) {
	ticker := time.NewTicker(dialEvery)
	defer ticker.Stop()
	for {
		if room := s.stack.Room(enoughSessions); room > 0 {
			if due := s.welcome(s.cfg.Book.Due(time.Now(), min(room, dialAtOnce))); len(due) > 0 {
				swarm.Dial(due...)
			}
		}
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

// welcome leaves out who would be refused.
func (s *Service) welcome(addrs []netip.AddrPort) []netip.AddrPort {
	return slices.DeleteFunc(addrs, func(a netip.AddrPort) bool { return s.cfg.Bans.Has(a.Addr(), time.Now()) })
}

// Banned reports whether connections from an address are refused now.
func (s *Service) Banned(addr netip.Addr) bool { return s.cfg.Bans.Has(addr, time.Now()) }

// Fetcher brings transactions from the torrent swarm.
func (s *Service) Fetcher() *fetch.Fetcher { return s.fetcher }

// Sessions returns the open sessions, oldest first.
func (s *Service) Sessions() []*session.Session { return s.stack.Sessions() }

// Prove returns a verified proof that a key is, or is not, in the trie with a root,
// from our own states or from a peer; see prove.Prover.Prove.
func (s *Service) Prove(ctx context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	return s.stack.Prove(ctx, root, key)
}

// Holders counts, for those of ids that we hold, the peers who show that they hold
// them too; see hold.Holders.Count.
func (s *Service) Holders(ctx context.Context, ids []tx.ID) (map[tx.ID]int, error) {
	return s.stack.Holders(ctx, ids)
}

// Reach returns the stake that live links reach; see stack.Stack.
func (s *Service) Reach() (stake uint64, more <-chan struct{}) { return s.stack.Reach() }

// Met reports whether everybody we are connected to has told us what we lacked;
// see stack.Stack.
func (s *Service) Met() bool { return s.stack.Met() }
