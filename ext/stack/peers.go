package stack

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
)

const (
	// tellEvery is the pause between two lists of addresses that we send.
	tellEvery = time.Minute
	// tellMost bounds the addresses that we send; a peer may send wire.MaxPeers.
	tellMost = 32
	// PeersPerSecond and PeersBurst bound the lists that a session may bring:
	// twice what we send. Each is at most wire.MaxPeers addresses for the book.
	PeersPerSecond = 1.0 / 30
	PeersBurst     = 8
)

// peersFamily tells sessions where others are, and keeps the address book in
// step with the sessions.
func (s *Stack) peersFamily() session.Family {
	return session.Family{
		Messages: []wire.Message{&wire.Peers{}},
		Handler:  session.HandlerFunc(s.hearPeers),
		Start:    s.tellPeers,
		Limits:   []session.Limit{{Message: &wire.Peers{}, PerSecond: PeersPerSecond, Burst: PeersBurst}},
	}
}

// hearPeers notes what a peer says. Names are left out: an address that a
// stranger makes us look up tells him who we are.
func (s *Stack) hearPeers(_ context.Context, from *session.Session, m wire.Message) error {
	list, ok := m.(*wire.Peers)
	if !ok {
		return fmt.Errorf("%w: %s", session.FaultUnexpected, m.Type())
	}
	for _, text := range list.Addrs {
		if addr, err := netip.ParseAddrPort(text); err == nil {
			s.cfg.Book.Add(addr, book.Peer)
		}
	}
	s.cfg.Heard()
	return nil
}

// tellPeers runs for the length of a session.
func (s *Stack) tellPeers(ctx context.Context, to *session.Session) {
	addr := to.ListenAddr()
	s.cfg.Book.Opened(addr, time.Now())
	defer func() { s.cfg.Book.Closed(addr, time.Now()) }()
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		to.TrySend(s.goodPeers(addr))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// goodPeers lists what worked for us, without the listener itself.
func (s *Stack) goodPeers(but netip.AddrPort) *wire.Peers {
	var list wire.Peers
	for _, addr := range s.cfg.Book.Good(tellMost) {
		if addr != but {
			list.Addrs = append(list.Addrs, addr.String())
		}
	}
	return &list
}
