package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ledger/tx"
)

// TestForkersBelowAThird sign every number twice, for one rival on one side and
// for the other on the other, at any time. Nothing clashes, and since an exposed
// forker counts for everything, one of the two wins.
func TestForkersBelowAThird(t *testing.T) {
	for _, c := range []struct{ voters, forkers int }{{4, 1}, {7, 2}, {10, 3}} {
		t.Run(fmt.Sprintf("%d of %d", c.forkers, c.voters), func(t *testing.T) {
			stuck := 0
			for seed := range uint64(*seeds) {
				cfg := sim.Config{Seed: seed, Voters: c.voters, Puppets: c.forkers, Coins: 2}
				stuck += play(t, cfg, conflict{play: func(t *testing.T, n *sim.Network) []tx.ID { return fork(t, n, c.forkers) }})
			}
			t.Logf("%d of %d undecided", stuck, *seeds)
			if stuck > 0 {
				t.Error("an exposed forker counts for everything, so it has to be decided")
			}
		})
	}
}

// fork releases two rivals at two honest nodes, and the forkers' votes for either
// beside it.
func fork(t *testing.T, n *sim.Network, forkers int) []tx.ID {
	honest := len(n.Nodes) - forkers
	sides := [2]*sim.Node{n.Nodes[0], n.Nodes[honest-1]}
	var rivals [2]*tx.Tx
	for i, side := range sides {
		var err error
		if rivals[i], err = side.Spend(fmt.Sprint(i), n.Money.GenesisCoin(0)); err != nil {
			t.Fatal(err)
		}
	}
	offer := func(i int, x *tx.Tx) {
		if err := sides[i].Offer(x); err != nil {
			t.Fatal(err)
		}
	}
	offer(0, rivals[0])
	n.Wait(time.Duration(n.Random().IntN(300)) * ms)
	offer(1, rivals[1])
	for v := honest; v < len(n.Nodes); v++ {
		n.Wait(time.Duration(n.Random().IntN(300)) * ms)
		offer(0, n.Money.Vote(v, rivals[0]))
		n.Wait(time.Duration(n.Random().IntN(100)) * ms)
		offer(1, n.Money.Fork(v, rivals[1]))
	}
	return []tx.ID{rivals[0].ID(), rivals[1].ID()}
}
