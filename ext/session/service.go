package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/wire"
)

// Config says which network a service is on and what it does with messages.
type Config struct {
	Net       [32]byte // txid of the genesis
	Rules     uint32   // the rule set of the genesis
	UserAgent string   // program and version, at most wire.MaxUserAgent bytes

	// State returns what the ledger holds now, for hello. It is called from many goroutines.
	State func() wire.State
	// Families are the message families of this node. A message type belongs to one.
	Families []Family
	// MaxSessions bounds the open sessions; 0 means the constant MaxSessions.
	MaxSessions int
	// Bans are the places that are refused; nil for a list that ends with the service.
	Bans *book.Bans
	// Random makes the nonce of this node's hellos; nil means crypto/rand.
	Random io.Reader
	// Logger gets faults and openings; nil discards.
	Logger *slog.Logger
}

// A Service runs the sessions of one network.
type Service struct {
	cfg      Config
	nonce    [16]byte // names this node for as long as it runs
	router   *router
	registry *registry
	bans     *book.Bans
	scores   *scores
	log      *slog.Logger
}

// New returns a service without sessions. It fails when two families claim one message type.
func New(cfg Config) (*Service, error) {
	r, err := newRouter(cfg.Families)
	if err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxSessions == 0 {
		cfg.MaxSessions = MaxSessions
	}
	if cfg.Bans == nil {
		cfg.Bans = book.NewBans(nil)
	}
	svc := &Service{
		cfg:      cfg,
		router:   r,
		registry: newRegistry(cfg.MaxSessions),
		bans:     cfg.Bans,
		scores:   newScores(),
		log:      cfg.Logger,
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if _, err := io.ReadFull(cfg.Random, svc.nonce[:]); err != nil {
		return nil, fmt.Errorf("session: make a nonce: %w", err)
	}
	return svc, nil
}

// Serve runs a session on a connection and returns when it has ended, with the reason: one of this
// package's errors or a Fault, by errors.Is, or the cause of ctx. All its goroutines have returned by
// then, and the connection is closed but after ErrOtherNetwork and ErrOtherVersion, when the peer can go
// on as a plain BitTorrent peer.
func (svc *Service) Serve(ctx context.Context, conn Conn) error {
	err := svc.serve(ctx, conn)
	if errors.Is(err, ErrOtherNetwork) || errors.Is(err, ErrOtherVersion) {
		return err
	}
	conn.Close()
	return err
}

func (svc *Service) serve(ctx context.Context, conn Conn) error {
	addr := conn.RemoteAddr().Addr()
	if svc.bans.Has(addr, time.Now()) {
		return ErrBanned
	}
	hs, err := svc.handshake(ctx, conn)
	if err != nil {
		if f, ok := asFault(err); ok && f.Weight() >= BanScore {
			svc.ban(addr)
		}
		return err
	}
	id := identity{hs.peer.Nonce, addr.Unmap()}
	seat, err := svc.registry.claim(ctx, id, svc.smaller(hs.peer.Nonce))
	if err != nil {
		return fmt.Errorf("session: with %v: %w", conn.RemoteAddr(), err)
	}
	defer svc.registry.leave(id, seat)
	return svc.converse(ctx, conn, hs, seat)
}

// converse runs the session itself.
func (svc *Service) converse(ctx context.Context, conn Conn, hs *handshake, seat *seat) error {
	s := newSession(ctx, svc, conn, hs)
	defer s.end(ErrClosed)
	svc.registry.open(seat, s)
	s.log.Info("session open", "agent", hs.peer.UserAgent, "count", hs.peer.Count)
	if hs.peer.Rules != svc.cfg.Rules {
		s.log.Warn("peer applies other rules: one of the two needs an update",
			"ours", svc.cfg.Rules, "theirs", hs.peer.Rules)
	}
	err := s.run()
	svc.settle(conn.RemoteAddr().Addr(), s.finalScore())
	s.log.Info("session over", "reason", err)
	return err
}

// settle keeps what a session's peer has done wrong: a ban, or a score for its next session.
func (svc *Service) settle(addr netip.Addr, sc score) {
	if sc.points >= BanScore {
		svc.ban(addr)
		sc = score{}
	}
	if !svc.bans.Exempt(addr) {
		svc.scores.keep(addr, sc, time.Now())
	}
}

func (svc *Service) ban(addr netip.Addr) { svc.bans.Add(addr, time.Now().Add(BanTime)) }

// Blame scores the peer at an address for what came to light after it was handled: on its session, or,
// when it has hung up meanwhile, on its address.
func (svc *Service) Blame(remote netip.AddrPort, f Fault) {
	for _, s := range svc.Sessions() {
		if s.RemoteAddr() == remote {
			s.Fault(f)
			return
		}
	}
	addr, now := remote.Addr(), time.Now()
	if svc.Banned(addr) {
		return
	}
	sc := svc.scores.take(addr, now)
	sc.add(f, now)
	svc.log.Warn("peer at fault after it hung up", "peer", remote, "fault", f, "score", sc.points)
	svc.settle(addr, sc)
}

// Sessions returns the open sessions, in no order.
// Sessions returns the open sessions, oldest first.
func (svc *Service) Sessions() []*Session { return svc.registry.sessions() }

// Banned reports whether connections from an address are refused now.
func (svc *Service) Banned(addr netip.Addr) bool { return svc.bans.Has(addr, time.Now()) }

// Nonce is the nonce of this service's hellos.
func (svc *Service) Nonce() [16]byte { return svc.nonce }

// smaller reports whether our nonce is smaller than the peer's. It breaks ties between the two sides.
func (svc *Service) smaller(theirs [16]byte) bool {
	return bytes.Compare(svc.nonce[:], theirs[:]) < 0
}
