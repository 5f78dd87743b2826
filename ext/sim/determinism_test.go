package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/sim"
)

// TestOneSeedOneRun: payments, a double spend, a partition and its end, twice
// with each seed. What every node learned, and at which nanosecond, is the same.
func TestOneSeedOneRun(t *testing.T) {
	hashes := make(map[[32]byte]bool)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			first := busy(t, seed)
			if second := busy(t, seed); second != first {
				t.Errorf("two runs, two traces: %x and %x", first, second)
			}
			hashes[first] = true
		})
	}
	if len(hashes) != 4 {
		t.Errorf("%d different traces of 4 seeds: the seed does not matter", len(hashes))
	}
}

// busy runs a network in which much happens at once.
func busy(t *testing.T, seed uint64) (hash [32]byte) {
	run(t, sim.Config{Seed: seed, Voters: 7, Others: 1, Coins: 24}, func(t *testing.T, n *sim.Network) {
		meet(n)
		for i := range 20 {
			pay(t, n.Nodes[n.Random().IntN(8)], "", n.Money.GenesisCoin(i))
			switch i {
			case 3:
				pay(t, n.Nodes[0], "one", n.Money.GenesisCoin(20))
				pay(t, n.Nodes[7], "other", n.Money.GenesisCoin(20))
			case 8:
				n.Cut(func(a, b int) bool { return (a < 4) != (b < 4) })
			case 14:
				n.Heal()
			}
			n.Wait(time.Duration(n.Random().IntN(300)) * ms)
		}
		settle(t, n)
		hash = n.Trace.Hash()
	})
	return hash
}
