package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// proveTimeout bounds how long peers are asked for what voters claim: a proof
// without it is one all the same.
const proveTimeout = 20 * time.Second

const (
	// claimWait is how long the export of a new payment waits for what shows that it
	// is confirmed: voters sign a state in which it is a second after they have
	// nothing more to confirm (docs/adr/0022-closing-witness.md). claimLook is the
	// pause between two looks, and newFor how old a payment is that is waited for.
	claimWait = 5 * time.Second
	claimLook = 250 * time.Millisecond
	newFor    = time.Minute
)

// ExportProof implements api.Backend.
func (b *backend) ExportProof(ctx context.Context, r api.ProofRequest) ([]byte, error) {
	t, err := b.find(r.ID)
	if err != nil {
		return nil, err
	}
	if err := checkTrackers(r); err != nil {
		return nil, err
	}
	chain, err := api.ChainOf(r.Chain)
	if err != nil {
		return nil, err
	}
	opts := proofs.BuildOptions{Chain: proofs.Chain(chain), Trackers: r.Trackers}
	if r.Peers {
		opts.Peers = b.proofPeers(r.Private)
	}
	base := proofBase{b, time.Now().Add(proveTimeout)}
	p, err := retry(ctx, b.claimWait(t), func() (*proofs.Proof, bool, error) {
		p, err := proofs.Build(ctx, base, t.ID(), opts)
		return p, err != nil || showsConfirmed(p), err
	})
	if err != nil {
		return nil, tooMuch(err, t.ID())
	}
	content, err := p.Encode()
	if err != nil {
		return nil, tooMuch(err, t.ID())
	}
	if b.seeker != nil && len(r.Trackers) > 0 {
		b.seeker.announce(wanted{id: t.ID(), infohash: t.Infohash(), trackers: r.Trackers, own: true})
	}
	return content, nil
}

// claimWait is how long it is worth to wait for voters to claim a payment.
func (b *backend) claimWait(t *tx.Tx) time.Duration {
	if b.service == nil || b.wordOf(t.ID()) != api.StatusConfirmed || time.Since(time.UnixMilli(t.Time)) > newFor {
		return 0
	}
	return claimWait
}

// showsConfirmed reports whether a proof needs nothing more.
func showsConfirmed(p *proofs.Proof) bool {
	v, err := p.Verify(proofs.Options{})
	return err == nil && v.Level == proofs.Confirmed
}

// retry calls f until it is done or has failed, or the time for it is over: then what it returned last is what there is.
func retry[T any](ctx context.Context, most time.Duration, f func() (v T, done bool, err error)) (T, error) {
	for end := time.Now().Add(most); ; {
		v, done, err := f()
		if done || err != nil || !time.Now().Before(end) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-time.After(claimLook):
		}
	}
}

// tooMuch says what to do about a history that no file holds.
func tooMuch(err error, id tx.ID) error {
	if errors.Is(err, proofs.ErrTooLarge) {
		return &api.Error{Message: fmt.Sprintf("the proof of %s: %v", id, err), Code: api.TooMany,
			Hint: "take less of its history: --chain recent, or --chain none"}
	}
	return fmt.Errorf("prove %s: %w", id, err)
}

// checkTrackers refuses what no tracker is, and what is private unless that is
// asked for.
func checkTrackers(r api.ProofRequest) error {
	if len(r.Trackers) > tx.MaxTrackers {
		return &api.Error{Message: fmt.Sprintf("%d trackers: a proof names at most %d", len(r.Trackers), tx.MaxTrackers), Code: api.BadRequest}
	}
	for _, t := range r.Trackers {
		if err := tx.CheckTracker(t); err != nil {
			return &api.Error{Message: err.Error(), Code: api.BadRequest}
		}
		if !r.Private && !publicTracker(t) {
			return &api.Error{Message: fmt.Sprintf("the tracker %.80q is at a private address", t), Code: api.BadRequest,
				Hint: "--private-peers lets the proof name it"}
		}
	}
	return nil
}

// publicTracker reports whether a tracker's address is a public one, or a name
// that may have one. It looks nothing up.
func publicTracker(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		return bt.Public(addr)
	}
	// Names without a dot are of the local network, and numbers are addresses in other clothes.
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != host && !strings.EqualFold(last, "localhost") && !strings.EqualFold(last, "local") &&
		strings.Trim(last, "0123456789") != "" && net.ParseIP(host) == nil
}

// proofPeers are the addresses that a proof of ours names.
func (b *backend) proofPeers(private bool) []string {
	var list []string
	for _, text := range b.peers() {
		addr, err := netip.ParseAddrPort(text)
		if err == nil && (private || bt.Public(addr.Addr())) && len(list) < tx.MaxPeers {
			list = append(list, text)
		}
	}
	return list
}

// proofBase is what proofs are built from: the ledger, and whom it can ask.
type proofBase struct {
	b *backend
	// until is how long peers may be asked.
	until time.Time
}

var _ proofs.Source = proofBase{}

func (s proofBase) Genesis() *tx.Tx { return s.b.ledger.Genesis() }

func (s proofBase) Tx(id tx.ID) (*tx.Tx, error) { return s.b.ledger.Tx(id) }

func (s proofBase) Depth(id tx.ID) (depth uint32, ok bool) {
	s.b.ledger.Read(func(d *dag.DAG) { depth, ok = d.Depth(id) })
	return depth, ok
}

func (s proofBase) Children(id tx.ID) (ids []tx.ID) {
	s.b.ledger.Read(func(d *dag.DAG) { ids = d.Children(id) })
	return ids
}

func (s proofBase) Spenders(o tx.Outpoint) (ids []tx.ID) {
	s.b.ledger.Read(func(d *dag.DAG) { ids = d.Spenders(o) })
	return ids
}

func (s proofBase) Confirmed(id tx.ID) (is bool) {
	s.b.ledger.Read(func(d *dag.DAG) { is = d.Status(id).Word == dag.Confirmed })
	return is
}

func (s proofBase) LatestWitness(voter tx.Key) (id tx.ID, ok bool) {
	s.b.ledger.Read(func(d *dag.DAG) {
		var w dag.Witness
		w, ok = d.LatestWitness(voter)
		id = w.ID
	})
	return id, ok
}

// errNoState means that nobody who was asked has the state of a root any more.
var errNoState = errors.New("no state with this root is kept")

// Prove finds a path in a state that this node held itself, or asks its peers.
func (s proofBase) Prove(ctx context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	if state, ok := s.b.ledger.Root(root); ok {
		return state.Prove(key), nil
	}
	if s.b.service == nil {
		return trie.Proof{}, errNoState
	}
	ctx, cancel := context.WithDeadline(ctx, s.until)
	defer cancel()
	return s.b.service.Prove(ctx, root, key)
}
