package ext_test

import (
	"context"
	"errors"
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

// peer is a whole node but its command line: real sockets, a real ledger.
type peer struct {
	engine  *bt.Engine
	ledger  *ledger.Ledger
	service *ext.Service

	met      chan netip.AddrPort // where the extension was seen on a torrent
	done     chan struct{}
	finished chan struct{}
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

// setup says what a peer is made of. It owns the store.
type setup struct {
	store store.Store
	book  *book.Book
	hints []netip.AddrPort
	most  int // connections; 0 is the engine's default
}

// open makes a peer, which has to be closed.
func open(n *ledgertest.Network, s setup) (*peer, error) {
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s.store})
	if err != nil {
		return nil, err
	}
	p := &peer{
		ledger: l, met: make(chan netip.AddrPort),
		done: make(chan struct{}), finished: make(chan struct{}),
	}
	p.engine, err = bt.Open(bt.Config{
		Listen: "127.0.0.1:0", OnDemand: onDemand{l}, OnPeer: p.meet, SwarmPeers: s.most,
	})
	if err != nil {
		return nil, err
	}
	p.service, err = ext.Open(ext.Config{Engine: p.engine, Ledger: l, Book: s.book, Hints: s.hints, UserAgent: "ttx/test"})
	if err != nil {
		return nil, err
	}
	go p.introduce()
	return p, p.service.Join()
}

func (p *peer) meet(_ [20]byte, a netip.AddrPort) {
	select {
	case p.met <- a:
	case <-p.done:
	}
}

func (p *peer) introduce() {
	defer close(p.finished)
	for {
		select {
		case a := <-p.met:
			p.service.Introduce(a)
		case <-p.done:
			return
		}
	}
}

func (p *peer) close() error {
	close(p.done)
	<-p.finished
	p.service.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(p.engine.Close(ctx), p.ledger.Close())
}

// start opens a peer that lives as long as its test and dials others.
func start(t testing.TB, n *ledgertest.Network, hints []netip.AddrPort, dial ...*peer) *peer {
	t.Helper()
	b := book.New(true)
	for _, d := range dial {
		b.Add(d.engine.Addr(), book.Hand)
	}
	p, err := open(n, setup{store: store.NewMemory(), book: b, hints: hints})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *peer) add(t testing.TB, txs ...*tx.Tx) {
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
func (p *peer) await(t testing.TB, root trie.Hash) {
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
