package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ledger/tx"
)

// conflict is a way to double-spend: it releases rivals and returns them.
type conflict struct {
	name string
	// play makes the mess. It may let time pass.
	play func(t *testing.T, n *sim.Network) []tx.ID
	// race: voters may vote blind for different rivals, since two of them spread
	// within less than the hold of 200 ms of each other while a trip takes up to
	// that; so the conflict may stay undecided (finality.md of the design, 9).
	race bool
}

// conflicts are those of the design's simulation that no voter takes part in.
func conflicts() []conflict {
	var all []conflict
	for _, gap := range []time.Duration{0, 50, 100, 200, 300, 400, 600, 800, 1200} {
		all = append(all, conflict{fmt.Sprintf("gap of %d ms", gap), release(gap * ms), gap < 400})
	}
	return append(all,
		conflict{"split delivery", splitDelivery, true},
		conflict{"circle of three", circle, false},
		conflict{"joint inputs", joint, false},
		conflict{"six rivals of one coin", crowd, true},
	)
}

// release spends one coin at two nodes, the second time after a gap.
func release(gap time.Duration) func(*testing.T, *sim.Network) []tx.ID {
	return func(t *testing.T, n *sim.Network) []tx.ID {
		last := n.Nodes[len(n.Nodes)-1]
		b, err := last.Spend("b", n.Money.GenesisCoin(0))
		if err != nil {
			t.Fatal(err)
		}
		a := pay(t, n.Nodes[0], "a", n.Money.GenesisCoin(0))
		n.Wait(gap)
		if err := last.Offer(b); err != nil {
			t.Fatal(err)
		}
		return []tx.ID{a, b.ID()}
	}
}

// splitDelivery gives one half of the nodes one spend and the other half the
// other, in the same moment.
func splitDelivery(t *testing.T, n *sim.Network) []tx.ID {
	var rivals []tx.ID
	for half, memo := range []string{"a", "b"} {
		x, err := n.Nodes[half].Spend(memo, n.Money.GenesisCoin(0))
		if err != nil {
			t.Fatal(err)
		}
		for i := half; i < len(n.Nodes); i += 2 {
			if err := n.Nodes[i].Offer(x); err != nil {
				t.Fatal(err)
			}
		}
		rivals = append(rivals, x.ID())
	}
	return rivals
}

// circle: each of three is a rival of both others, on another coin.
func circle(t *testing.T, n *sim.Network) []tx.ID {
	var rivals []tx.ID
	for i := range 3 {
		rivals = append(rivals, pay(t, n.Nodes[i], fmt.Sprint(i), n.Money.GenesisCoin(i), n.Money.GenesisCoin((i+1)%3)))
		n.Wait(time.Duration(n.Random().IntN(200)) * ms)
	}
	return rivals
}

// joint: a payment of two coins against one of each; the two go together.
func joint(t *testing.T, n *sim.Network) []tx.ID {
	c := n.Money.GenesisCoin
	x := pay(t, n.Nodes[0], "both", c(0), c(1))
	n.Wait(time.Duration(n.Random().IntN(200)) * ms)
	y := pay(t, n.Nodes[1], "first", c(0))
	z := pay(t, n.Nodes[2], "second", c(1))
	return []tx.ID{x, y, z}
}

// crowd spends one coin six times.
func crowd(t *testing.T, n *sim.Network) []tx.ID {
	var rivals []tx.ID
	for i := range 6 {
		rivals = append(rivals, pay(t, n.Nodes[i%len(n.Nodes)], fmt.Sprint(i), n.Money.GenesisCoin(0)))
		n.Wait(time.Duration(n.Random().IntN(100)) * ms)
	}
	return rivals
}

func TestConflictsAreDecided(t *testing.T) {
	for _, c := range conflicts() {
		for _, voters := range []int{4, 7} {
			t.Run(fmt.Sprintf("%s/%d voters", c.name, voters), func(t *testing.T) {
				stuck := 0
				for seed := range uint64(*seeds) {
					stuck += play(t, sim.Config{Seed: seed, Voters: voters, Coins: 4}, c)
				}
				t.Logf("%s, %d voters: %d of %d undecided", c.name, voters, stuck, *seeds)
				if stuck > 0 && !c.race {
					t.Error("it has to be decided")
				}
			})
		}
	}
}

// play returns 1 when a conflict stays undecided.
func play(t *testing.T, cfg sim.Config, c conflict) (stuck int) {
	run(t, cfg, func(t *testing.T, n *sim.Network) {
		meet(n)
		rivals := c.play(t, n)
		settle(t, n)
		v := judge(t, n, rivals)
		if v.undecided > 0 {
			stuck = 1
		}
		if t.Failed() {
			t.Logf("seed %d: %v", cfg.Seed, v)
		}
	})
	return stuck
}
