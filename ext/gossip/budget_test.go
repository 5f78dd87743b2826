package gossip

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestBudget(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBudget(100, 10, now)
	if !b.spend(100, now) || b.spend(1, now) {
		t.Fatal("not what it held at first")
	}
	if now = now.Add(time.Second); b.spend(11, now) || !b.spend(10, now) {
		t.Error("not what a second fills")
	}
	if b.refund(7); b.spend(8, now) || !b.spend(7, now) {
		t.Error("not what was refunded")
	}
	if now = now.Add(time.Hour); b.spend(101, now) || !b.spend(100, now) {
		t.Error("it holds more than it may")
	}
}

// TestWhatEntersLaterIsGivenBack: a child that came before its parent costs its
// peer nothing in the end.
func TestWhatEntersLaterIsGivenBack(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	parent := n.Spend("parent", []tx.Outpoint{n.GenesisCoin(0)})
	child := n.Spend("child", []tx.Outpoint{ledgertest.Coin(parent)})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		st := nd.meet(2)
		p := nd.puller(st.Session)
		left := func() int {
			synctest.Wait()
			p.useless.mu.Lock()
			defer p.useless.mu.Unlock()
			return int(p.useless.left)
		}
		if err := nd.Take(t.Context(), st.Session, ledgertest.Raws(child)); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != MaxUseless-len(child.Raw()) {
			t.Errorf("%d bytes are left while it waits", got)
		}
		nd.add(parent)
		if got := left(); got != MaxUseless {
			t.Errorf("%d bytes are left after it entered", got)
		}
	})
}
