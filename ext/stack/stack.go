// Package stack is everything a node says to its peers but how it meets them:
// the sessions of one network with the families gossip, catchup, links and
// peers plugged in, over any connections. ext puts it on the rendezvous swarm,
// ext/sim on a simulated network; both run this same code.
package stack

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/catchup"
	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/hold"
	"github.com/torrenttx/ttx/ext/links"
	"github.com/torrenttx/ttx/ext/prove"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// aloneAfter is how long after its start a node that knows addresses still
// expects to meet somebody there.
const aloneAfter = 10 * time.Second

// Config is what New needs.
type Config struct {
	Ledger *ledger.Ledger
	Book   *book.Book
	// Bans are refused; nil for a list that ends with the stack.
	Bans *book.Bans
	// Voter signs pongs; nil for a node that does not vote.
	Voter *btcec.PrivateKey
	// UserAgent is the program and its version.
	UserAgent string
	// Heard is called when a peer has named addresses, which are in the book
	// by then; nil if nobody cares.
	Heard func()
	// Random is where nonces and choices come from; nil means crypto/rand. A
	// simulation gives each node a source of its own. Several goroutines read it.
	Random io.Reader
	// Logger may be nil.
	Logger *slog.Logger
}

// Stack is a node's part in the conversations of one network.
type Stack struct {
	cfg      Config
	sessions *session.Service
	gossip   *gossip.Gossip
	catchup  *catchup.Catchup
	links    *links.Links
	prover   *prove.Prover
	holders  *hold.Holders
	opened   time.Time
}

// New returns a stack without sessions.
func New(cfg Config) (*Stack, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Heard == nil {
		cfg.Heard = func() {}
	}
	genesis := cfg.Ledger.Genesis()
	s := &Stack{
		cfg:     cfg,
		gossip:  gossip.New(cfg.Ledger, cfg.Logger),
		links:   links.New(genesis, cfg.Voter),
		prover:  prove.New(cfg.Ledger),
		holders: hold.New(cfg.Ledger),
		opened:  time.Now(),
	}
	s.gossip.Random, s.links.Random, s.holders.Random = cfg.Random, cfg.Random, cfg.Random
	s.catchup = catchup.New(cfg.Ledger, s.gossip, cfg.Logger)
	sessions, err := session.New(session.Config{
		Net:       genesis.ID(),
		Rules:     genesis.Params.Rules,
		UserAgent: cfg.UserAgent,
		State:     func() wire.State { return gossip.State(cfg.Ledger.Snapshot()) },
		Families:  slices.Concat(s.gossip.Families(), s.catchup.Families(), []session.Family{s.links.Family(), s.peersFamily(), s.prover.Family(), s.holders.Family()}),
		Bans:      cfg.Bans,
		Random:    cfg.Random,
		Logger:    cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.sessions, s.gossip.Blame = sessions, sessions.Blame
	return s, nil
}

// Run announces and catches up until the context ends.
func (s *Stack) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { s.gossip.Run(ctx, s.sessions.Sessions) })
	wg.Go(func() { s.catchup.Run(ctx) })
	wg.Wait()
	s.prover.Close()
	s.holders.Close()
}

// Serve runs a session on a connection; see session.Service.Serve.
func (s *Stack) Serve(ctx context.Context, conn session.Conn) error {
	return s.sessions.Serve(ctx, conn)
}

// Sessions returns the open sessions, oldest first.
func (s *Stack) Sessions() []*session.Session { return s.sessions.Sessions() }

// Prove returns a verified proof that a key is, or is not, in the trie with a root;
// see prove.Prover.Prove.
func (s *Stack) Prove(ctx context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	return s.prover.Prove(ctx, root, key)
}

// Holders counts the peers who show that they hold transactions; see
// hold.Holders.Count.
func (s *Stack) Holders(ctx context.Context, ids []tx.ID) (map[tx.ID]int, error) {
	return s.holders.Count(ctx, ids)
}

// Reach returns the stake that live links reach, our own included, and a
// channel that receives when there is more.
func (s *Stack) Reach() (stake uint64, more <-chan struct{}) {
	return s.links.Stake(), s.links.Changed()
}

// Room is how many more sessions to dial for: up to enough of them. A voter that
// reaches less than two thirds of the stake takes every seat, since it is silent
// until it does; with more than 48 equal voters half of the seats cannot bring it there.
func (s *Stack) Room(enough int) int {
	if s.lonely() {
		enough = session.MaxSessions
	}
	return max(0, enough-len(s.Sessions()))
}

// lonely reports whether this is a voter out of reach of a quorum.
func (s *Stack) lonely() bool {
	return s.cfg.Voter != nil && 3*s.links.Stake() < 2*s.cfg.Ledger.Genesis().Params.TotalStake()
}

// RulesDiffer reports the alarm of a rule fork; see catchup.Catchup.RulesDiffer.
func (s *Stack) RulesDiffer() bool { return s.catchup.RulesDiffer() }

// Met reports whether every open session has been in step with us once, or has
// told us all that we lacked. A node that knows addresses and has no session yet
// has met nobody, for a while: they may know what it has forgotten.
func (s *Stack) Met() bool {
	sessions := s.sessions.Sessions()
	if len(sessions) == 0 && time.Since(s.opened) < aloneAfter && len(s.cfg.Book.All()) > 0 {
		return false
	}
	for _, session := range sessions {
		if !s.catchup.Met(session) {
			return false
		}
	}
	return true
}
