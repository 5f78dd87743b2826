package ext_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// patience bounds every wait of these tests; it is never what they measure.
const patience = 60 * time.Second

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
