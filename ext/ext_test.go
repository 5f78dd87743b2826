package ext_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/ext"
	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// patience bounds every wait of these tests; it is never what they measure.
const patience = 60 * time.Second

// peer is a whole node but its command line: real sockets, a real ledger.
type peer struct {
	engine  *bt.Engine
	ledger  *ledger.Ledger
	service *ext.Service
}

type onDemand struct{ l *ledger.Ledger }

func (o onDemand) Lookup(h [20]byte) (info, data []byte, ok bool) {
	id, err := o.l.FindInfohash(h)
	if err != nil {
		return nil, nil, false
	}
	raw, err := o.l.Raw(id)
	return tx.InfoBytes(raw), raw, err == nil
}

func start(t *testing.T, n *ledgertest.Network, hints []netip.AddrPort, dial ...*peer) *peer {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{ledger: l}
	met := make(chan netip.AddrPort)
	done := make(chan struct{})
	p.engine, err = bt.Open(bt.Config{
		Listen: "127.0.0.1:0", OnDemand: onDemand{l},
		OnPeer: func(_ [20]byte, a netip.AddrPort) {
			select {
			case met <- a:
			case <-done:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := book.New(true)
	for _, d := range dial {
		b.Add(d.engine.Addr(), book.Hand)
	}
	p.service, err = ext.Open(ext.Config{Engine: p.engine, Ledger: l, Book: b, Hints: hints, UserAgent: "ttx/test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.service.Join(); err != nil {
		t.Fatal(err)
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			select {
			case a := <-met:
				p.service.Introduce(a)
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		<-finished
		p.service.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.engine.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *peer) add(t *testing.T, txs ...*tx.Tx) {
	t.Helper()
	outcomes, err := p.ledger.Add(t.Context(), "local", ledgertest.Raws(txs...)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Verdict != ledger.Accepted && o.Verdict != ledger.Known {
			t.Fatalf("%s: verdict %v (%v)", o.ID, o.Verdict, o.Err)
		}
	}
}

// await waits until the ledger's t_root is root.
func (p *peer) await(t *testing.T, root trie.Hash) {
	t.Helper()
	sub := p.ledger.Subscribe()
	defer sub.Close()
	deadline := time.After(patience)
	for p.ledger.Snapshot().T.Root() != root {
		select {
		case <-sub.C:
		case <-deadline:
			t.Fatalf("%d transactions after %v, other roots", p.ledger.Snapshot().Transactions(), patience)
		}
	}
}

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestALineOfNodesHearsEveryPayment(t *testing.T) {
	n := ledgertest.NewNetwork(4, 0)
	a := start(t, n, nil)
	b := start(t, n, nil, a)
	c := start(t, n, nil, b)
	for _, x := range n.Chains(50, 4, rng()) {
		a.add(t, x)
	}
	root := a.ledger.Snapshot().T.Root()
	b.await(t, root)
	c.await(t, root)
}

func TestTwoThatDivergedBecomeOne(t *testing.T) {
	n := ledgertest.NewNetwork(8, 0)
	chain := n.Chains(400, 4, rng())
	a, whole := start(t, n, nil), start(t, n, nil)
	whole.add(t, chain...)
	other := n.Spend("aside", []tx.Outpoint{n.GenesisCoin(5)})
	whole.add(t, other)
	a.add(t, chain[:300]...)
	a.add(t, other)
	b := start(t, n, nil, a)
	b.add(t, chain[:200]...)
	a.add(t, chain[300:]...)
	b.await(t, whole.ledger.Snapshot().T.Root())
	a.await(t, whole.ledger.Snapshot().T.Root())
}

func TestColdStartStreamsFromSeveralPeers(t *testing.T) {
	n := ledgertest.NewNetwork(32, 0)
	chain := n.Chains(6000, 32, rng())
	a, b := start(t, n, nil), start(t, n, nil)
	a.add(t, chain...)
	b.add(t, chain...)
	late := start(t, n, nil, a, b)
	late.await(t, a.ledger.Snapshot().T.Root())
}

// TestATransactionTorrentIsTheOnlyBootstrap: an id, an infohash and an address
// where it is seeded; the peers are met on the torrent itself.
func TestATransactionTorrentIsTheOnlyBootstrap(t *testing.T) {
	n := ledgertest.NewNetwork(4, 0)
	chain := n.Chains(100, 4, rng())
	a := start(t, n, nil)
	b := start(t, n, nil, a)
	a.add(t, chain...)
	b.await(t, a.ledger.Snapshot().T.Root())
	late := start(t, n, []netip.AddrPort{b.engine.Addr()})
	last := chain[99]
	if _, err := late.service.Fetcher().Want(t.Context(), last.ID(), last.Infohash()); err != nil {
		t.Fatal(err)
	}
	late.await(t, a.ledger.Snapshot().T.Root())
}
