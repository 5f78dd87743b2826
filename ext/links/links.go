// Package links measures how much of the stake a voter reaches, by signed
// pings: a voter that reaches less than two thirds stays silent, since it could
// confirm nothing and its vote might freeze a coin (finality.md, 6.9).
package links

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// Fresh is how old a pong may be and still count as a live link.
	Fresh = time.Second
	// every is the pause between two pings on a session: three fit in Fresh, so
	// that one slow answer does not silence a voter.
	every = 300 * time.Millisecond
	// PingsPerSecond bounds the pongs that one session makes us sign: a
	// signature costs about 60 us, so a hostile peer gets 0.1 % of a core.
	PingsPerSecond = 20
)

// tag is the BIP 340 tag of the signed message.
const tag = "ttx/ping"

// Links is the ping family of one node.
type Links struct {
	// Random makes the nonces; nil means crypto/rand. It is set before the
	// first session.
	Random io.Reader

	genesis *tx.Tx
	voter   *btcec.PrivateKey // nil for a node that does not vote
	self    tx.Key
	stakes  map[tx.Key]uint64

	mu      sync.Mutex
	heard   map[tx.Key]pulse
	changed chan struct{}
}

// pulse is the last sign of life of a voter, and the session that brought it.
type pulse struct {
	at      time.Time
	session *session.Session
}

// New returns the family. A nil key makes a node that answers unsigned.
func New(genesis *tx.Tx, voter *btcec.PrivateKey) *Links {
	l := &Links{
		genesis: genesis,
		voter:   voter,
		stakes:  make(map[tx.Key]uint64),
		heard:   make(map[tx.Key]pulse),
		changed: make(chan struct{}, 1),
	}
	for _, v := range genesis.Params.Voters {
		l.stakes[v.Key] = v.Stake
	}
	if voter != nil {
		l.self = tx.PublicKey(voter)
	}
	return l
}

// Family is what a session service plugs in.
func (l *Links) Family() session.Family {
	return session.Family{
		Feature:  wire.FeaturePing,
		Messages: []wire.Message{&wire.Ping{}, &wire.Pong{}},
		Handler:  session.HandlerFunc(l.handle),
		Start:    l.watch,
		Limits:   []session.Limit{{Message: &wire.Ping{}, PerSecond: PingsPerSecond, Burst: PingsPerSecond}},
	}
}

// Stake returns the stake that live links reach, our own included.
func (l *Links) Stake() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := l.stakes[l.self]
	for key, p := range l.heard {
		if key != l.self && time.Since(p.at) <= Fresh {
			sum += l.stakes[key]
		}
	}
	return sum
}

// Changed receives after a voter was heard for the first time in a while.
func (l *Links) Changed() <-chan struct{} { return l.changed }

func (l *Links) handle(_ context.Context, s *session.Session, m wire.Message) error {
	ping, ok := m.(*wire.Ping)
	if !ok {
		return nil
	}
	pong, err := l.pong(ping)
	if err != nil {
		return err
	}
	s.TrySend(pong)
	return nil
}

func (l *Links) pong(ping *wire.Ping) (*wire.Pong, error) {
	pong := &wire.Pong{Nonce: ping.Nonce}
	if l.voter == nil {
		return pong, nil
	}
	sig, err := tx.Sign(l.voter, l.digest(ping.Nonce))
	if err != nil {
		return nil, fmt.Errorf("sign a pong: %w", err)
	}
	key, signature := [32]byte(l.self), [64]byte(sig)
	pong.Key, pong.Signature = &key, &signature
	return pong, nil
}

func (l *Links) digest(nonce [16]byte) [32]byte {
	id := l.genesis.ID()
	return tx.TaggedHash(tag, append(id[:], nonce[:]...))
}

// watch pings a session's peer while it stands. Only voters need to know whom
// they reach.
func (l *Links) watch(ctx context.Context, s *session.Session) {
	defer l.forget(s)
	if l.voter == nil || s.Peer().Features&wire.FeaturePing == 0 {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		l.ping(ctx, s)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// forget ends with a session what it brought: a link that is gone reaches
// nobody, however fresh its last pong.
func (l *Links) forget(s *session.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, p := range l.heard {
		if p.session == s {
			delete(l.heard, key)
		}
	}
}

// ping asks once. The answer counts from when the question was sent: a pong
// that is kept back for long is no sign of a link.
func (l *Links) ping(ctx context.Context, s *session.Session) {
	ping, err := l.question()
	if err != nil {
		return
	}
	sent := time.Now()
	answer, err := s.Request(ctx, ping)
	if err != nil {
		return
	}
	pong, ok := answer.(*wire.Pong)
	if !ok || pong.Key == nil {
		return
	}
	key := tx.Key(*pong.Key)
	if key == l.self || l.stakes[key] == 0 {
		return
	}
	if !tx.Signature(*pong.Signature).Verify(l.digest(pong.Nonce), key) {
		s.Fault(session.FaultProof)
		return
	}
	l.mu.Lock()
	fresh := time.Since(l.heard[key].at) > Fresh
	l.heard[key] = pulse{sent, s}
	l.mu.Unlock()
	if fresh {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	}
}

// question is a ping with a nonce of its own. It fails with Random only.
func (l *Links) question() (*wire.Ping, error) {
	random := l.Random
	if random == nil {
		random = rand.Reader
	}
	ping := new(wire.Ping)
	_, err := io.ReadFull(random, ping.Nonce[:])
	return ping, err
}
