// Package hold is the message family of challenges: which transactions a peer
// holds, shown by the hash of a fresh nonce and their bytes. It is how the holder of
// a coin finds out whether others keep its history too.
//
// What an answer shows is that the peer could get at the bytes when it was asked. It
// does not show that the peer keeps them (it may have asked somebody else), nor that
// two peers are two disks; docs/adr/0019-who-holds-what.md says what follows.
package hold

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/torrenttx/ttx/ext/ask"
	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// ChallengesPerSecond and ChallengeBurst bound the answers to hold?, beyond which
	// the asker waits. The worst, 64 transactions of 16 KiB, takes a millisecond and
	// reads 1 MiB; the usual one 30 KB.
	ChallengesPerSecond = 2
	ChallengeBurst      = 16
	// MaxAsked is how many peers are asked about one transaction, and so the largest
	// count that Holders returns.
	MaxAsked = 8
	// patience is how long answers are waited for.
	patience = 10 * time.Second
)

// ErrNobody means that no peer is connected that answers challenges.
var ErrNobody = errors.New("no peer is connected that could be asked")

// Source is where the transactions are: ledger.Ledger.
type Source interface {
	Has(id tx.ID) bool
	Raw(id tx.ID) ([]byte, error)
}

// Holders is the family of one node. Close ends what it still waits for.
type Holders struct {
	// Random makes the nonces and picks whom to ask; nil means crypto/rand. It is
	// set before the first session.
	Random io.Reader

	source Source
	roster *ask.Roster
}

// New returns the family.
func New(source Source) *Holders {
	return &Holders{source: source, roster: ask.New(wire.FeatureHold)}
}

// Close ends the questions that are still open.
func (h *Holders) Close() { h.roster.Close() }

// Family is what a session service plugs in.
func (h *Holders) Family() session.Family {
	return session.Family{
		Feature:  wire.FeatureHold,
		Messages: []wire.Message{&wire.HoldReq{}, &wire.Hold{}},
		Handler:  session.HandlerFunc(h.answer),
		Start:    h.roster.Keep,
		Limits: []session.Limit{
			{Message: &wire.HoldReq{}, PerSecond: ChallengesPerSecond, Burst: ChallengeBurst, Waits: true},
		},
	}
}

// answer serves hold?.
func (h *Holders) answer(ctx context.Context, s *session.Session, m wire.Message) error {
	req, ok := m.(*wire.HoldReq)
	if !ok {
		return nil
	}
	answer := &wire.Hold{Nonce: req.Nonce, Hashes: make([][32]byte, len(req.IDs))}
	for i, id := range req.IDs {
		if !h.source.Has(id) {
			continue // a stranger's guess costs no look at the disk
		}
		if raw, err := h.source.Raw(id); err == nil {
			answer.Hashes[i] = digest(req.Nonce, raw)
		}
	}
	if err := s.Send(ctx, answer); !errors.Is(err, session.ErrNotSupported) {
		return err
	}
	return nil // who asks without the feature bit would not understand the answer
}

func digest(nonce [16]byte, raw []byte) [32]byte {
	b := make([]byte, 0, len(nonce)+len(raw))
	return sha256.Sum256(append(append(b, nonce[:]...), raw...))
}

// Count asks up to MaxAsked peers which of ids they hold, and returns for each that
// this node holds itself, and so can check, how many showed that they do. What this
// node does not hold is left out. A public address counts once. Who shows a false hash is banned and
// not counted; silence counts for nobody. Errors: ErrNobody, those of ctx.
func (h *Holders) Count(ctx context.Context, ids []tx.ID) (map[tx.ID]int, error) {
	peers := h.pick()
	if len(peers) == 0 {
		return nil, ErrNobody
	}
	counts := make(map[tx.ID]int, len(ids))
	shown := make(map[*ask.Peer][]tx.ID)
	for batch := range slices.Chunk(ids, wire.MaxHold) {
		c := h.challenge(batch)
		for _, id := range c.ids {
			counts[id] = 0
		}
		if len(c.ids) == 0 || len(peers) == 0 {
			continue
		}
		var err error
		if peers, err = h.round(ctx, peers, c, shown); err != nil {
			return nil, err
		}
	}
	for _, held := range shown {
		for _, id := range held {
			counts[id]++
		}
	}
	return counts, nil
}

// challenge is a question with what the answers are compared with.
type challenge struct {
	ids  [][32]byte
	raws [][]byte
}

func (h *Holders) challenge(ids []tx.ID) (c challenge) {
	for _, id := range ids {
		if raw, err := h.source.Raw(id); err == nil {
			c.ids, c.raws = append(c.ids, id), append(c.raws, raw)
		}
	}
	return c
}

// reply is what one peer answered: which it holds.
type reply struct {
	peer  *ask.Peer
	holds []bool // nil without a true answer
	lied  bool
}

// round asks each peer, with a nonce of its own, and adds to shown what it holds. It
// returns who answered: who is silent once is not waited for again. What a liar showed
// before does not count either.
func (h *Holders) round(ctx context.Context, peers []*ask.Peer, c challenge, shown map[*ask.Peer][]tx.ID) ([]*ask.Peer, error) {
	waited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	replies := make(chan reply, len(peers))
	for _, p := range peers {
		if err := h.question(waited, p, c, replies); err != nil {
			return nil, err
		}
	}
	var answered []*ask.Peer
	for range peers {
		select {
		case r := <-replies:
			if r.lied {
				delete(shown, r.peer)
			}
			if r.holds != nil {
				answered = append(answered, r.peer)
			}
			for i, holds := range r.holds {
				if holds {
					shown[r.peer] = append(shown[r.peer], c.ids[i])
				}
			}
		case <-waited.Done():
			return answered, ctx.Err()
		}
	}
	return answered, nil
}

// question asks one peer; its reply goes to replies, which has room for it.
func (h *Holders) question(ctx context.Context, p *ask.Peer, c challenge, replies chan<- reply) error {
	req := &wire.HoldReq{IDs: c.ids}
	if err := h.read(req.Nonce[:]); err != nil {
		return err
	}
	h.roster.Ask(ctx, p, req, func(answer wire.Message, err error) {
		r := reply{peer: p}
		if err == nil {
			r.holds = c.check(req, answer)
			r.lied = r.holds == nil
		}
		if r.lied {
			p.Fault(session.FaultProof)
		}
		replies <- r
	})
	return nil
}

// check reads an answer; nil for one that is false.
func (c challenge) check(req *wire.HoldReq, answer wire.Message) []bool {
	m, ok := answer.(*wire.Hold)
	if !ok || len(m.Hashes) != len(c.ids) {
		return nil
	}
	holds := make([]bool, len(c.ids))
	for i, got := range m.Hashes {
		if got == ([32]byte{}) {
			continue
		}
		if got != digest(req.Nonce, c.raws[i]) {
			return nil
		}
		holds[i] = true
	}
	return holds
}

// pick chooses whom to ask: at random, so that over time all are, and one at each
// public address.
func (h *Holders) pick() []*ask.Peer {
	peers := h.roster.Peers()
	places := make(map[netip.Prefix]bool)
	var picked []*ask.Peer
	for len(peers) > 0 && len(picked) < MaxAsked {
		i, err := h.below(len(peers))
		if err != nil {
			return picked
		}
		p := peers[i]
		peers = slices.Delete(peers, i, i+1)
		addr := p.RemoteAddr().Addr()
		if public := !addr.IsLoopback() && !addr.IsPrivate(); public {
			if places[book.Place(addr)] {
				continue
			}
			places[book.Place(addr)] = true
		}
		picked = append(picked, p)
	}
	return picked
}

// below returns a random number below n, which is small: the bias is below 2^-50.
func (h *Holders) below(n int) (int, error) {
	var b [8]byte
	err := h.read(b[:])
	return int(binary.BigEndian.Uint64(b[:]) % uint64(n)), err
}

func (h *Holders) read(b []byte) error {
	random := h.Random
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, b); err != nil {
		return fmt.Errorf("make a challenge: %w", err)
	}
	return nil
}
