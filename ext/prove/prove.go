// Package prove is the message family of proofs: it answers `proof?` from the
// states that the ledger keeps, and finds a peer who can prove a key under a root
// that this node does not hold. A proof that Prove returns has been verified; who
// gives a false one is banned.
//
// The package knows tries and roots; what a key stands for, and who claims a root,
// is not its business.
package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torrenttx/ttx/ext/ask"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/trie"
)

const (
	// RequestsPerSecond and RequestBurst bound the answers to proof?, beyond which
	// the asker waits. An answer at a million keys has about 1 KB and takes 3 us.
	RequestsPerSecond = 256
	RequestBurst      = 1024
	// AtOnce is how many peers are asked the same at first, and patience how long
	// their silence is borne before one more is asked.
	AtOnce   = 3
	patience = 2 * time.Second
)

// ErrNotHeld means that no peer could prove anything under the root: a claim is
// served by few, and not for ever. Ask again under a later one.
var ErrNotHeld = errors.New("nobody connected holds a state with this root (any more)")

// Source is where the tries are: ledger.Ledger.
type Source interface {
	// Root returns the trie with this root, if it is kept.
	Root(h trie.Hash) (trie.Trie, bool)
}

// Prover is the family of one node. Close ends what it still waits for.
type Prover struct {
	source Source
	roster *ask.Roster
}

// New returns the family.
func New(source Source) *Prover { return &Prover{source: source, roster: ask.New(wire.FeatureProof)} }

// Close ends the questions that are still open.
func (p *Prover) Close() { p.roster.Close() }

// Family is what a session service plugs in.
func (p *Prover) Family() session.Family {
	return session.Family{
		Feature:  wire.FeatureProof,
		Messages: []wire.Message{&wire.ProofReq{}, &wire.Proof{}},
		Handler:  session.HandlerFunc(p.answer),
		Start:    p.roster.Keep,
		Limits: []session.Limit{
			{Message: &wire.ProofReq{}, PerSecond: RequestsPerSecond, Burst: RequestBurst, Waits: true},
		},
	}
}

// answer serves proof?.
func (p *Prover) answer(ctx context.Context, s *session.Session, m wire.Message) error {
	req, ok := m.(*wire.ProofReq)
	if !ok {
		return nil
	}
	answer := &wire.Proof{Root: req.Root}
	if t, held := p.source.Root(req.Root); held {
		if proof, ok := proofFor(t, req); ok {
			answer.Data = proof.Append(nil)
		}
	}
	if err := s.Send(ctx, answer); !errors.Is(err, session.ErrNotSupported) {
		return err
	}
	return nil // who asks without the feature bit would not understand the answer
}

// proofFor is the proof that was asked for; false for an offset beyond the sum.
func proofFor(t trie.Trie, req *wire.ProofReq) (trie.Proof, bool) {
	if req.Off != nil {
		return t.ProveWeight(*req.Off)
	}
	return t.Prove(*req.Key), true
}

// found is what one peer made of a question.
type found struct {
	proof trie.Proof
	err   error
}

// Prove returns a proof, verified, that the key is in the trie with this root, or
// that it is not: from this node's own states, else from a peer. It asks AtOnce
// peers, those first who last said that the root is theirs, then one more for each
// who has nothing or is silent for a while. Errors: ErrNotHeld, trie.ErrSaturated
// when the only proofs lead through a saturated sum, those of ctx.
func (p *Prover) Prove(ctx context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	if t, ok := p.source.Root(root); ok {
		return t.Prove(key), nil
	}
	if root == (trie.Hash{}) {
		return trie.Proof{Empty: true}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		peers   = p.likely(root)
		results = make(chan found, len(peers))
		timer   = time.NewTimer(patience)
		failure = ErrNotHeld
		asked   = 0
	)
	defer timer.Stop()
	for waiting, wanted := 0, AtOnce; ; {
		for ; asked < len(peers) && waiting < wanted; asked++ {
			p.ask(ctx, peers[asked], root, key, results)
			waiting++
		}
		if waiting == 0 {
			return trie.Proof{}, fmt.Errorf("prove a key under root %x: %d peers asked: %w", root[:8], asked, failure)
		}
		select {
		case r := <-results:
			if r.err == nil {
				return r.proof, nil
			}
			if errors.Is(r.err, trie.ErrSaturated) {
				failure = trie.ErrSaturated
			}
			waiting--
		case <-timer.C:
			wanted++
			timer.Reset(patience)
		case <-ctx.Done():
			return trie.Proof{}, fmt.Errorf("prove a key under root %x: %w", root[:8], ctx.Err())
		}
	}
}

// likely lists the peers, those first who said last that they are at this root.
func (p *Prover) likely(root trie.Hash) []*ask.Peer {
	peers := p.roster.Peers()
	rank := func(pr *ask.Peer) int {
		if h := pr.Peer(); h.TRoot == root || h.URoot == root {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(peers, func(a, b *ask.Peer) int { return rank(a) - rank(b) })
	return peers
}

// ask puts the question to a peer; what becomes of it goes to results, which has
// room for it.
func (p *Prover) ask(ctx context.Context, pr *ask.Peer, root trie.Hash, key trie.Key, results chan<- found) {
	k := [trie.KeySize]byte(key)
	p.roster.Ask(ctx, pr, &wire.ProofReq{Root: root, Key: &k}, func(answer wire.Message, err error) {
		var r found
		if r.err = err; err == nil {
			r.proof, r.err = verified(pr, answer, root, key)
		}
		results <- r
	})
}

// verified is the proof that a peer gave.
func verified(pr *ask.Peer, answer wire.Message, root trie.Hash, key trie.Key) (trie.Proof, error) {
	m, ok := answer.(*wire.Proof)
	if !ok || len(m.Data) == 0 {
		return trie.Proof{}, ErrNotHeld
	}
	proof, err := trie.ParseProof(m.Data)
	if err == nil {
		_, err = proof.Verify(root, key)
	}
	if err != nil && !errors.Is(err, trie.ErrSaturated) { // that one is the trie's fault
		pr.Fault(session.FaultProof)
	}
	return proof, err
}
