package gossip

import (
	"testing"
	"testing/synctest"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// meetModern opens a session with a stranger who takes news.
func (nd *node) meetModern(n int) *sessiontest.Stranger {
	nd.t.Helper()
	hello := sessiontest.Hello(nd.net.Genesis.ID(), n, wire.State{Count: 1})
	hello.Features |= wire.FeatureNews
	return sessiontest.Meet(nd.t, nd.svc, n, hello)
}

// told are the ids that came in full, and by inv.
func told(st *sessiontest.Stranger) (full, byInv int) {
	heard := st.Heard()
	for _, inv := range sessiontest.Only[*wire.Inv](heard) {
		byInv += len(inv.Items)
	}
	return len(sessiontest.Only[*wire.News](heard)), byInv
}

// What begins here goes to everybody in full; who does not take that, and what
// is too large for it, is told by inv. What a peer brought goes to a few.
func TestNewsComeInFull(t *testing.T) {
	const inputs = 50
	n := ledgertest.NewNetwork(2+inputs, 1)
	all := spends(n, 2)
	var many []tx.Outpoint
	for i := range inputs {
		many = append(many, n.GenesisCoin(2+i))
	}
	large := n.Spend("large", many)
	if len(large.Raw()) <= wire.MaxNews {
		t.Fatalf("%d bytes are not large", len(large.Raw()))
	}
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		plain := nd.meet(2)
		var modern []*sessiontest.Stranger
		for i := range Fanout + 2 {
			modern = append(modern, nd.meetModern(3+i))
		}
		nd.add(all[0], large)
		if full, byInv := told(plain); full != 0 || byInv != 2 {
			t.Errorf("who takes no news got %d in full, %d by inv", full, byInv)
		}
		for i, st := range modern {
			if full, byInv := told(st); full != 1 || byInv != 1 {
				t.Errorf("stranger %d got %d in full, %d by inv", i, full, byInv)
			}
		}
		plain.Say(&wire.Rival{Txs: ledgertest.Raws(all[1], all[1])})
		relayed := 0
		for _, st := range modern {
			full, _ := told(st)
			relayed += full
		}
		if relayed < Fanout-1 || relayed > Fanout {
			t.Errorf("%d strangers got what a peer brought; want %d, or one less", relayed, Fanout)
		}
	})
}

// sentBurst is how much we send at once.
const sentBurst = NewsBurst / 2

// Beyond the budget of a session transactions are announced.
func TestNewsHaveABudget(t *testing.T) {
	n := ledgertest.NewNetwork(sentBurst+3, 1)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		st := nd.meetModern(2)
		nd.add(spends(n, sentBurst+3)...)
		if full, byInv := told(st); full != sentBurst || byInv != 3 {
			t.Errorf("%d in full, %d by inv; want %d and 3", full, byInv, sentBurst)
		}
	})
}

func TestNewsAreTaken(t *testing.T) {
	n := ledgertest.NewNetwork(3, 1)
	all := spends(n, 2)
	child := n.Spend("child", []tx.Outpoint{ledgertest.Coin(all[1])})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		st, other := nd.meetModern(2), nd.meetModern(3)
		for range 2 { // several peers bring the same
			st.Say(&wire.News{Tx: ledgertest.Raws(all[0])[0]})
		}
		st.Say(&wire.News{Tx: ledgertest.Raws(child)[0]})
		if full, _ := told(other); full != 1 || !nd.ledger.Has(all[0].ID()) {
			t.Errorf("the other peer got %d in full", full)
		}
		if asked := gets(st); len(asked) != 1 || len(asked[0].IDs) != 1 || asked[0].IDs[0] != all[1].ID() {
			t.Errorf("asked for %v; want the parent", asked)
		}
		nd.wantFaults()
		st.Say(&wire.News{Tx: ledgertest.Raws(invalid(t, n))[0]})
		nd.wantFaults(session.FaultInvalid)
	})
}

// A peer that sends the same for ever is held to a rate.
func TestNewsHaveARate(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	it := spends(n, 1)[0]
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meetModern(2)
		for range NewsBurst {
			st.Say(&wire.News{Tx: ledgertest.Raws(it)[0]})
		}
		nd.wantFaults()
		st.Say(&wire.News{Tx: ledgertest.Raws(it)[0]})
		nd.wantFaults(session.FaultRate)
	})
}
