package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// halves cuts a network between its first nodes and the others.
func halves(n *sim.Network, first int) {
	n.Cut(func(a, b int) bool { return (a < first) != (b < first) })
}

// TestAMinorityWaits: while a network is cut, the side with two thirds of the
// stake goes on; the other one is silent, and takes over what was decided.
func TestAMinorityWaits(t *testing.T) {
	run(t, sim.Config{Seed: 1, Voters: 7, Coins: 4}, func(t *testing.T, n *sim.Network) {
		meet(n)
		halves(n, 5)
		n.Wait(1500 * ms) // no pong is fresh any more
		major := pay(t, n.Nodes[0], "major", n.Money.GenesisCoin(0))
		minor := pay(t, n.Nodes[6], "minor", n.Money.GenesisCoin(0))
		other := pay(t, n.Nodes[5], "other", n.Money.GenesisCoin(1))
		n.Wait(10 * time.Second)
		if word := n.Nodes[4].Word(major); word != dag.Confirmed {
			t.Errorf("the larger side says %q of its payment", word)
		}
		if got := n.Nodes[6].Ledger.Snapshot().Transactions(); got != 3 {
			t.Errorf("the smaller side holds %d transactions; want the genesis and two payments, no witness", got)
		}
		n.Heal()
		settle(t, n)
		for id, want := range map[tx.ID]dag.Word{major: dag.Confirmed, minor: dag.Rejected, other: dag.Confirmed} {
			if got := n.Words(id); got[0] != want || got[6] != want {
				t.Errorf("%v; want %s", got, want)
			}
		}
	})
}

// TestALonelyVoterDialsOn past the half of the seats that it leaves to others: with
// 64 voters it needs sessions with 42 of them.
func TestALonelyVoterDialsOn(t *testing.T) {
	const enough = 2
	run(t, sim.Config{Seed: 1, Voters: 4, Others: 1, Coins: 1}, func(t *testing.T, n *sim.Network) {
		meet(n)
		if got := n.Nodes[0].Stack.Room(enough); got != 0 {
			t.Errorf("with 4 sessions and everybody in reach there is room for %d more", got)
		}
		halves(n, 1)
		n.Wait(1500 * ms)
		if got, want := n.Nodes[0].Stack.Room(enough), session.MaxSessions-4; got != want {
			t.Errorf("out of reach of a quorum there is room for %d more; want %d", got, want)
		}
		if got := n.Nodes[4].Stack.Room(enough); got != 0 {
			t.Errorf("a node that does not vote has room for %d more", got)
		}
	})
}

// TestALongPartitionHeals: connections stall for minutes, and end. When the network
// is whole again its nodes find each other at once; they have banned nobody.
func TestALongPartitionHeals(t *testing.T) {
	for _, cut := range []time.Duration{20 * time.Second, 100 * time.Second, 5 * time.Minute} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			run(t, sim.Config{Seed: 1, Voters: 4, Coins: 4}, func(t *testing.T, n *sim.Network) {
				meet(n)
				halves(n, 2)
				payment := pay(t, n.Nodes[0], "", n.Money.GenesisCoin(0))
				n.Wait(cut)
				n.Heal()
				if !n.Until(func() bool { return n.Nodes[3].Word(payment) == dag.Confirmed }, 15*time.Second) {
					t.Errorf("15 s after the end of the partition the other side says %q", n.Nodes[3].Word(payment))
				}
				settle(t, n)
			})
		})
	}
}

// deaf is a voter's surroundings without the rule of loneliness.
type deaf struct {
	*stack.Stack
	total uint64
}

// Reach says that everybody is there.
func (d deaf) Reach() (uint64, <-chan struct{}) { return d.total, nil }

// partition is a network cut in two near the middle, with one coin spent on
// both sides.
type partition struct {
	voters, first int
	// from and to bound how long after the cut each side spends.
	from, to time.Duration
	// sure turns the rule of loneliness off.
	sure bool
}

// play returns 1 when the coin is frozen in the end.
func (p partition) play(t *testing.T, seed uint64) int {
	cfg := sim.Config{Seed: seed, Voters: p.voters, Coins: 2}
	if p.sure {
		cfg.Reach = func(s *stack.Stack) vote.Reach { return deaf{s, uint64(p.voters)} }
	}
	return play(t, cfg, conflict{play: func(t *testing.T, n *sim.Network) []tx.ID {
		halves(n, p.first)
		var rivals []tx.ID
		first := p.from + time.Duration(n.Random().Int64N(int64(p.to-p.from)))
		gap := time.Duration(n.Random().Int64N(int64(p.to - p.from)))
		n.Wait(first)
		rivals = append(rivals, pay(t, n.Nodes[0], "a", n.Money.GenesisCoin(0)))
		n.Wait(gap)
		rivals = append(rivals, pay(t, n.Nodes[p.voters-1], "b", n.Money.GenesisCoin(0)))
		n.Wait(3 * time.Second)
		n.Heal()
		return rivals
	}})
}

// TestLonelyVotersFreezeNothing: the rule that finality's own simulation had an
// oracle for, with signed pings.
func TestLonelyVotersFreezeNothing(t *testing.T) {
	for _, p := range []partition{
		{voters: 4, first: 2, from: 0, to: time.Second},
		{voters: 7, first: 3, from: 0, to: time.Second},
		{voters: 10, first: 5, from: 0, to: time.Second},
		{voters: 4, first: 2, from: 1200 * ms, to: 2 * time.Second},
		{voters: 7, first: 3, from: 1200 * ms, to: 2 * time.Second},
	} {
		name := fmt.Sprintf("%d and %d, spent %v to %v after the cut", p.first, p.voters-p.first, p.from, p.to)
		t.Run(name, func(t *testing.T) {
			with, without := 0, 0
			for seed := range uint64(*seeds) {
				with += p.play(t, seed)
				sure := p
				sure.sure = true
				without += sure.play(t, seed)
			}
			t.Logf("of %d: %d frozen with the rule, %d without", *seeds, with, without)
			if p.from > time.Second && with > 0 {
				t.Errorf("%d of %d are frozen though nobody was in reach of a quorum", with, *seeds)
			}
			if without != *seeds {
				t.Errorf("without the rule %d of %d are frozen: the scenario shows nothing", without, *seeds)
			}
		})
	}
}
