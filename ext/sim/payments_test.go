package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

// payments are conflict-free: one after the other at the nodes in turn.
type payments struct {
	voters, others, offline int
	count                   int
	every                   time.Duration
	seed                    uint64
}

func (p payments) String() string {
	return fmt.Sprintf("%d voters, %d of them offline, %d others", p.voters, p.offline, p.others)
}

// times is how long payments took to be confirmed: at the nodes one by one, and
// until the last of them.
type times struct{ anywhere, everywhere []time.Duration }

func median(d []time.Duration) time.Duration { return d[len(d)/2] }

// measure plays payments, all of which have to be confirmed everywhere.
func (p payments) measure(t *testing.T) (took times) {
	cfg := sim.Config{Seed: p.seed, Voters: p.voters, Others: p.others, Coins: p.count}
	run(t, cfg, func(t *testing.T, n *sim.Network) {
		var online []*sim.Node
		for i, nd := range n.Nodes {
			if i < p.offline {
				n.Offline(i)
			} else {
				online = append(online, nd)
			}
		}
		n.Mesh()
		n.Wait(1500 * ms)
		made := make(map[tx.ID]time.Duration)
		for i := range p.count {
			at := n.Now()
			made[pay(t, online[i%len(online)], "", n.Money.GenesisCoin(i))] = at
			n.Wait(p.every)
		}
		all := func() bool {
			return !slices.ContainsFunc(online, func(nd *sim.Node) bool { return nd.Ledger.Snapshot().Confirmed <= uint64(p.count) })
		}
		if !n.Until(all, 30*time.Second) {
			t.Fatal("not everything is confirmed everywhere")
		}
		took = confirmed(n, made)
		if clash := n.Trace.Clashes(); len(clash) != 0 {
			t.Errorf("confirmed at one node and dead at one: %v", clash)
		}
	})
	return took
}

func confirmed(n *sim.Network, made map[tx.ID]time.Duration) (took times) {
	last := make(map[tx.ID]time.Duration)
	for _, c := range n.Trace.Changes() {
		if at, ours := made[c.ID]; ours && c.Word == dag.Confirmed {
			took.anywhere = append(took.anywhere, c.At-at)
			last[c.ID] = c.At - at
		}
	}
	for _, d := range last {
		took.everywhere = append(took.everywhere, d)
	}
	slices.Sort(took.anywhere)
	slices.Sort(took.everywhere)
	return took
}

// check compares the medians with the most that finality allows; the clock is
// the bubble's, so they are the same in every run.
func (p payments) check(t *testing.T, most time.Duration) times {
	t.Helper()
	took := p.measure(t)
	if t.Failed() {
		return took
	}
	t.Logf("%v: confirmed after %v at a node, after %v at the last one (medians)",
		p, median(took.anywhere).Round(ms), median(took.everywhere).Round(ms))
	if got := median(took.anywhere); got > most {
		t.Errorf("%v: %v; want at most %v", p, got, most)
	}
	return took
}

// TestPaymentsAreConfirmedSoon: the medians of the design are 0.5 s for 4 and 0.5
// to 0.6 s for 16 voters; a fifth of them offline adds less than 0.2 s.
func TestPaymentsAreConfirmedSoon(t *testing.T) {
	for _, c := range []struct {
		p    payments
		most time.Duration
	}{
		{payments{voters: 4, count: 30, every: 100 * ms}, 600 * ms},
		{payments{voters: 5, count: 30, every: 100 * ms}, 600 * ms},
		{payments{voters: 16, count: 20, every: 100 * ms}, 650 * ms},
	} {
		t.Run(c.p.String(), func(t *testing.T) {
			all := c.p.check(t, c.most)
			if c.p.voters < 5 {
				return // one of four is more than a fifth
			}
			fewer := c.p
			fewer.offline = c.p.voters / 5
			less := fewer.check(t, c.most+200*ms)
			if t.Failed() {
				return
			}
			if more := median(less.anywhere) - median(all.anywhere); more >= 200*ms {
				t.Errorf("a fifth offline adds %v", more)
			}
		})
	}
}

// TestPaymentsOfOthers are made at nodes that do not vote.
func TestPaymentsOfOthers(t *testing.T) {
	payments{voters: 4, others: 4, count: 30, every: 100 * ms}.check(t, 700*ms)
}
