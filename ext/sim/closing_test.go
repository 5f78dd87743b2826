package sim_test

import (
	"fmt"
	"testing"

	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// closings counts the witnesses of a voter that refer to its previous one alone,
// and returns what its latest one claims.
func closings(t *testing.T, nd *sim.Node, key tx.Key) (n int, last tx.Claim) {
	t.Helper()
	var w dag.Witness
	var ok bool
	nd.Ledger.Read(func(d *dag.DAG) { w, ok = d.LatestWitness(key) })
	for id := w.ID; ok; {
		x, err := nd.Ledger.Tx(id)
		if err != nil {
			t.Fatal(err)
		}
		if id == w.ID {
			last = *x.Claim
		}
		if x.Seq == 0 {
			break
		}
		if id = x.Refs[0]; len(x.Refs) == 1 {
			n++
		}
	}
	return n, last
}

// TestTheLastPaymentIsClaimed: after a payment every voter claims a state in
// which it is confirmed, with one witness more; then, for three minutes, nothing is
// signed at all.
func TestTheLastPaymentIsClaimed(t *testing.T) {
	for seed := range uint64(*seeds) {
		run(t, sim.Config{Seed: seed, Voters: 4, Others: 1, Coins: 2}, func(t *testing.T, n *sim.Network) {
			meet(n)
			for i := range 2 {
				paid := pay(t, n.Nodes[4], fmt.Sprint(i), n.Money.GenesisCoin(i))
				settle(t, n)
				if v := judge(t, n, []tx.ID{paid}); v.confirmed != 1 {
					t.Fatal(v)
				}
				state := n.Nodes[4].Ledger.Snapshot()
				for k, row := range n.Money.Genesis.Params.Voters {
					extra, last := closings(t, n.Nodes[4], row.Key)
					if extra > i+1 || trie.Hash(last.URoot) != state.U.Root() {
						t.Errorf("voter %d: %d closing witnesses after %d payments; the state is claimed: %v", k, extra, i+1, trie.Hash(last.URoot) == state.U.Root())
					}
				}
			}
			before := n.Nodes[4].Ledger.Snapshot().Transactions()
			n.Wait(3 * voter.Idle)
			if after := n.Nodes[4].Ledger.Snapshot().Transactions(); after != before {
				t.Errorf("%d witnesses in three quiet minutes", after-before)
			}
		})
	}
}

// TestABusyNetworkNeedsNoClosing: with two payments a second their own witnesses
// claim what came before.
func TestABusyNetworkNeedsNoClosing(t *testing.T) {
	const payments = 30
	run(t, sim.Config{Seed: 1, Voters: 4, Coins: payments}, func(t *testing.T, n *sim.Network) {
		meet(n)
		for i := range payments {
			pay(t, n.Nodes[i%4], "", n.Money.GenesisCoin(i))
			n.Wait(500 * ms)
		}
		for k, row := range n.Money.Genesis.Params.Voters {
			if extra, _ := closings(t, n.Nodes[k], row.Key); extra != 0 {
				t.Errorf("voter %d wrote %d closing witnesses", k, extra)
			}
		}
		settle(t, n)
	})
}
