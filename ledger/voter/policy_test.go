package voter_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

const ms = time.Millisecond

func coin(id tx.ID, i int) tx.Outpoint { return tx.Outpoint{Tx: id, Index: uint32(i)} }

// Payments that nobody contests are confirmed by all, chains of them included,
// and then everybody is silent: no witness is written about witnesses, but one
// each to claim the end. In virtual time: messages take 20 to 100 ms, and the hold is 200.
func TestPaymentsAreConfirmed(t *testing.T) {
	for _, voters := range []int{1, 2, 4, 7, 16, 64} {
		t.Run(fmt.Sprint(voters), func(t *testing.T) {
			s := newSim(t, uint64(voters), equal(voters), 20*ms, 100*ms)
			var paid []tx.ID
			for i := range 40 {
				s.at(time.Duration(i)*50*ms, func() {
					at := i % voters
					in := coin(s.genesis(), i)
					if known := s.nodes[at].dag; i%3 == 0 && len(paid) > 0 && known.Has(paid[len(paid)-1]) {
						in = coin(paid[len(paid)-1], 0)
					}
					paid = append(paid, s.pay(at, in))
				})
			}
			s.run()
			for _, id := range paid {
				if !s.everywhere(id, dag.Confirmed) {
					t.Errorf("%s: %v", id, s.words(id))
				}
			}
			delete(s.took, s.genesis())
			took := slices.Sorted(maps.Values(s.took))
			t.Logf("confirmed everywhere after %v (median), %v (worst)", took[len(took)/2], took[len(took)-1])
			if took[len(took)/2] > 1500*ms {
				t.Errorf("that is too long")
			}
		})
	}
}

// The prototype's first failure: two spends of one coin, released at different
// nodes at once, split its nodes for ever. Here exactly one is confirmed by
// all, and the other one rejected by all.
func TestDoubleSpendSplitsNobody(t *testing.T) {
	for seed := range uint64(600) {
		voters := 1 + int(seed%7)
		s := newSim(t, seed, equal(voters), 10*ms, 100*ms)
		var a, b tx.ID
		s.at(0, func() {
			a = s.pay(0, coin(s.genesis(), 0))
			b = s.pay(voters-1, coin(s.genesis(), 0))
		})
		s.run()
		oneOf(t, s, a, b)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func oneOf(t *testing.T, s *sim, a, b tx.ID) {
	t.Helper()
	if s.everywhere(b, dag.Confirmed) {
		a, b = b, a
	}
	if !s.everywhere(a, dag.Confirmed) || !s.everywhere(b, dag.Rejected) {
		t.Errorf("%v against %v", s.words(a), s.words(b))
	}
}

// The second spend comes when some have voted for the first, at any time.
func TestLateDoubleSpend(t *testing.T) {
	for seed := range uint64(600) {
		s := newSim(t, seed, equal(5), 10*ms, 100*ms)
		var a, b tx.ID
		s.at(0, func() { a = s.pay(0, coin(s.genesis(), 0)) })
		s.at(time.Duration(seed)*5*ms, func() { b = s.pay(4, coin(s.genesis(), 0)) })
		s.run()
		oneOf(t, s, a, b)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Conflicts over several coins, in circles, with payments on top and between:
// all come to a decision, honest payments are confirmed whatever they happened
// to reference.
func TestTangledConflictsAreDecided(t *testing.T) {
	for seed := range uint64(400) {
		s := newSim(t, seed, equal(4), 10*ms, 90*ms)
		var rivals, honest []tx.ID
		g := s.genesis()
		for k := range 3 {
			s.at(time.Duration(s.r.IntN(300))*ms, func() {
				base := 10 * k
				for i := range 4 {
					rivals = append(rivals, s.pay(i, coin(g, base+i), coin(g, base+(i+1)%4)))
				}
			})
		}
		for i := range 12 {
			s.at(time.Duration(i)*60*ms, func() { honest = append(honest, s.pay(i%4, coin(g, 100+i))) })
		}
		s.run()
		for _, id := range honest {
			if !s.everywhere(id, dag.Confirmed) {
				t.Errorf("payment: %v", s.words(id))
			}
		}
		for _, id := range rivals {
			if !s.everywhere(id, dag.Confirmed) && !s.everywhere(id, dag.Rejected) {
				t.Errorf("rival: %v", s.words(id))
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A fifth of the stake offline only takes a little longer.
func TestSomeOffline(t *testing.T) {
	s := newSim(t, 1, equal(5), 10*ms, 100*ms)
	s.nodes[2].offline = true
	var a, b tx.ID
	s.at(0, func() {
		a = s.pay(0, coin(s.genesis(), 0))
		b = s.pay(4, coin(s.genesis(), 0))
	})
	s.run()
	oneOf(t, s, a, b)
}

// Two sides of a broken network, each spending one coin: without the rule of
// loneliness each side votes for its own, and the coin is frozen for ever.
func TestLonelyAreSilent(t *testing.T) {
	s := newSim(t, 1, equal(4), 10*ms, 100*ms)
	whole := s.delay
	cut := func(from, to int) bool { return from/2 != to/2 }
	var heldBack []func()
	s.delay = func(from, to int) (time.Duration, bool) {
		if !cut(from, to) {
			return whole(from, to)
		}
		sent := s.all[len(s.all)-1]
		heldBack = append(heldBack, func() { s.accept(to, sent) })
		return 0, false
	}
	for _, n := range s.nodes {
		n.linked = 2
	}
	var a, b tx.ID
	s.at(0, func() {
		a = s.pay(0, coin(s.genesis(), 0))
		b = s.pay(3, coin(s.genesis(), 0))
	})
	s.run()
	for i, n := range s.nodes {
		if n.signed != 0 || n.silences[voter.Lonely] == 0 {
			t.Errorf("node %d wrote %d witnesses while lonely", i, n.signed)
		}
	}
	s.delay = whole
	for _, n := range s.nodes {
		n.linked = 4
	}
	for _, deliver := range heldBack {
		s.at(50*ms, deliver)
	}
	s.run()
	oneOf(t, s, a, b)
}

// Who holds two thirds alone is never lonely, whatever links say; who holds
// less is.
func TestLoneliness(t *testing.T) {
	for _, c := range []struct {
		stakes []uint64
		linked uint64
		lonely bool
	}{
		{[]uint64{1}, 0, false},
		{[]uint64{2, 1}, 0, false},
		{[]uint64{2, 1}, 2, false},
		{[]uint64{1, 1}, 1, true},
		{[]uint64{1, 1, 1}, 1, true},
		{[]uint64{1, 1, 1}, 2, false},
		{[]uint64{5, 3}, 0, true},
		{[]uint64{1 << 61, 1 << 60}, 1 << 61, false},
	} {
		s := newSim(t, 1, c.stakes, ms, 2*ms)
		s.nodes[0].linked = c.linked
		n := s.nodes[0]
		s.pay(0, coin(s.genesis(), 0))
		plan := n.policy.Plan(n.dag, s.now.Add(time.Second), c.linked)
		if got := plan.Silence == voter.Lonely; got != c.lonely {
			t.Errorf("stakes %v, linked %d: silence %q", c.stakes, c.linked, plan.Silence)
		}
	}
}

// Restarts lose nothing and repeat no number: the policy starts anew from the
// DAG and the number on disk, in the middle of a conflict.
func TestRestart(t *testing.T) {
	for seed := range uint64(100) {
		s := newSim(t, seed, equal(4), 10*ms, 100*ms)
		var a, b tx.ID
		s.at(0, func() {
			a = s.pay(0, coin(s.genesis(), 0))
			b = s.pay(3, coin(s.genesis(), 0))
		})
		for i := range 30 {
			s.at(time.Duration(i)*40*ms, func() {
				n := s.nodes[s.r.IntN(4)]
				n.policy = voter.New(voter.Config{Key: n.key, Next: n.signed})
				n.policy.ObserveAll(n.dag, s.now)
				s.pay(0, coin(s.genesis(), 1+i))
			})
		}
		s.run()
		oneOf(t, s, a, b)
		for i, n := range s.nodes {
			if n.dag.Forked() != 0 {
				t.Errorf("node %d saw a fork", i)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A number is given out once. Until its witness is in T, or the number is
// given back unsigned, there is no other plan.
func TestNumberIsGivenOutOnce(t *testing.T) {
	s := newSim(t, 1, equal(1), ms, 2*ms)
	n := s.nodes[0]
	n.offline = true // the test speaks for it
	s.pay(0, coin(s.genesis(), 0))
	now := s.now.Add(time.Second)
	plan := n.policy.Plan(n.dag, now, 1)
	if plan.Silence != voter.Spoken || plan.Seq != 0 {
		t.Fatalf("%+v", plan)
	}
	now = now.Add(time.Second)
	if again := n.policy.Plan(n.dag, now, 1); again.Silence != voter.Unwritten || len(again.Refs) != 0 {
		t.Errorf("second plan %+v", again)
	}
	n.policy.Return(0)
	if again := n.policy.Plan(n.dag, now, 1); again.Seq != 0 || again.Silence != voter.Spoken {
		t.Errorf("after Return: %+v", again)
	}
	signed := voter.New(voter.Config{Key: n.key, Next: 1})
	signed.Return(0)
	if plan := signed.Plan(n.dag, now, 1); plan.Silence != voter.Unwritten {
		t.Errorf("a number that the disk remembers was planned again: %+v", plan)
	}
}

// Plans name the time at which something ripens, or the pause ends.
func TestNext(t *testing.T) {
	s := newSim(t, 1, equal(1), ms, 2*ms)
	n := s.nodes[0]
	n.offline = true
	start := s.now
	s.pay(0, coin(s.genesis(), 0))
	plan := n.policy.Plan(n.dag, start, 1)
	if plan.Silence != voter.Nothing || !plan.Next.Equal(start.Add(voter.DefaultHold)) {
		t.Fatalf("unripe: %+v", plan)
	}
	plan = n.policy.Plan(n.dag, plan.Next, 1)
	if plan.Silence != voter.Spoken {
		t.Fatalf("ripe: %+v", plan)
	}
	spoke := start.Add(voter.DefaultHold)
	s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: n.key, Refs: plan.Refs})
	plan = n.policy.Plan(n.dag, spoke, 1)
	if plan.Silence != voter.Early || !plan.Next.Equal(spoke.Add(voter.MinInterval)) {
		t.Fatalf("just spoken: %+v", plan)
	}
	plan = n.policy.Plan(n.dag, plan.Next, 1)
	if plan.Silence != voter.Nothing {
		t.Fatalf("nothing new: %+v", plan)
	}
}

// Strangers to the table and exposed keys stay silent.
func TestWhoMayNotVote(t *testing.T) {
	s := newSim(t, 1, equal(4), ms, 2*ms)
	n := s.nodes[0]
	n.offline = true
	stranger := voter.New(voter.Config{Key: tx.Key{1}})
	if plan := stranger.Plan(n.dag, s.now, 4); plan.Silence != voter.NotVoter {
		t.Errorf("stranger: %+v", plan)
	}
	for range 2 {
		s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: n.key, Refs: []tx.ID{s.genesis()}})
	}
	if plan := n.policy.Plan(n.dag, s.now, 4); plan.Silence != voter.Forked {
		t.Errorf("forked: %+v", plan)
	}
}

// Whoever builds on an honest payment and on an undecided rival cannot keep
// voters from the payment: they refer to it past its tip.
func TestRefusedTipIsReplacedByItsParents(t *testing.T) {
	s := newSim(t, 1, equal(3), ms, 2*ms)
	n := s.nodes[0]
	n.offline = true
	transfer := func(i int, refs ...tx.ID) tx.ID {
		e := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: []tx.Outpoint{coin(s.genesis(), i)}, Refs: refs}
		s.publish(0, e)
		return e.ID
	}
	honest := transfer(0, s.genesis())
	a := transfer(1, s.genesis())
	transfer(2, honest, a) // the tip
	s.now = s.now.Add(voter.DefaultHold)
	b := transfer(1, s.genesis())
	if plan := n.policy.Plan(n.dag, s.now, 3); len(plan.Refs) != 1 || plan.Refs[0] != honest {
		t.Errorf("while the conflict is young: %+v, honest %s", plan, honest)
	}
	n.policy = voter.New(voter.Config{Key: n.key})
	plan := n.policy.Plan(n.dag, s.now, 3)
	if winner := min(a.String(), b.String()); plan.Refs[0].String() != winner {
		t.Errorf("ripe: refs %v, of the rivals %s has the smaller id", plan.Refs, winner)
	}
}

// When what a voter said is dead, it speaks for the survivor, though it has
// both rivals in its past and would say nothing by itself.
func TestSpeaksForTheSurvivor(t *testing.T) {
	s := newSim(t, 1, []uint64{1, 4}, ms, 2*ms)
	n := s.nodes[0]
	for _, n := range s.nodes {
		n.offline = true
	}
	transfer := func(in ...tx.Outpoint) tx.ID {
		e := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: in, Refs: []tx.ID{s.genesis()}}
		s.publish(0, e)
		return e.ID
	}
	seq := map[int]uint64{}
	last := map[int]tx.ID{}
	witness := func(v int, refs ...tx.ID) {
		if seq[v] > 0 {
			refs = append([]tx.ID{last[v]}, refs...)
		}
		e := dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: s.voters[v].Key, Seq: seq[v], Refs: refs}
		seq[v]++
		last[v] = e.ID
		s.publish(0, e)
	}
	g := s.genesis()
	a := transfer(coin(g, 0), coin(g, 1))
	b := transfer(coin(g, 0), coin(g, 2))
	witness(0, a)
	witness(0, b) // names b too, without effect: a stands first
	c := transfer(coin(g, 1))
	witness(1, c)
	if got := n.dag.Status(a).Word; got != dag.Rejected {
		t.Fatalf("a is %s", got)
	}
	if got := n.dag.Status(b); got.Word != dag.Pending || got.Stake != 1 {
		t.Fatalf("b is %+v, the vote behind a does not count", got)
	}
	// The other voter has both in its past and never said anything on coin 0.
	both := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: []tx.Outpoint{coin(g, 3)}, Refs: []tx.ID{a, b}}
	s.publish(0, both)
	witness(1, both.ID)
	if n.dag.Status(b).Word != dag.Pending {
		t.Fatal("b is decided too early")
	}
	other := voter.New(voter.Config{Key: s.voters[1].Key})
	plan := other.Plan(n.dag, s.now, 5)
	if len(plan.Refs) != 2 || plan.Refs[1] != b {
		t.Fatalf("refs %v, want b %s", plan.Refs, b)
	}
	witness(1, plan.Refs[1:]...)
	if got := n.dag.Status(b).Word; got != dag.Confirmed {
		t.Errorf("b is %s in the end", got)
	}
}

// A rival that I support fully comes before one that has more support: to name
// that one as well would only spread my votes.
func TestStaysWithWhatItSupports(t *testing.T) {
	s := newSim(t, 1, equal(4), ms, 2*ms)
	for _, n := range s.nodes {
		n.offline = true
	}
	g := s.genesis()
	transfer := func(in ...tx.Outpoint) tx.ID {
		e := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: in, Refs: []tx.ID{g}}
		s.publish(0, e)
		return e.ID
	}
	witness := func(v int, ref tx.ID) {
		s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: s.voters[v].Key, Refs: []tx.ID{ref}})
	}
	x, y := transfer(coin(g, 0)), transfer(coin(g, 0), coin(g, 1))
	transfer(coin(g, 1))
	witness(0, x)
	witness(1, y)
	witness(2, y)
	n := s.nodes[0]
	for _, ref := range n.policy.Plan(n.dag, s.now.Add(time.Second), 4).Refs {
		if ref == y {
			t.Error("it names the rival of what it supports")
		}
	}
}

// The loser of a conflict may be a tip that carries something else. To refer to
// it beside the winner would take back the word for the winner.
func TestTipDoesNotTakeBackAWord(t *testing.T) {
	s := newSim(t, 1, equal(3), ms, 2*ms)
	n := s.nodes[0]
	n.offline = true
	g := s.genesis()
	for i := range 2 {
		in := []tx.Outpoint{coin(g, 0), coin(g, 1+i)}
		s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: in, Refs: []tx.ID{g}})
	}
	winner := s.all[1].ID
	if s.all[2].ID.String() < winner.String() {
		winner = s.all[2].ID
	}
	plan := n.policy.Plan(n.dag, s.now.Add(time.Second), 3)
	if len(plan.Refs) != 1 || plan.Refs[0] != winner {
		t.Errorf("refs %v, want the winner %s alone", plan.Refs, winner)
	}
}

// In a circle of conflicts a rival that references another rival can only be
// named together with a word for that one, on the input where nothing that is
// preferred stands. It is named all the same: that other one dies with it. (Else
// nobody ever said anything.)
func TestARivalOnTopOfAnotherIsNamed(t *testing.T) {
	for seed := range uint64(100) {
		s := newSim(t, seed, equal(4), 10*ms, 50*ms)
		var rivals []tx.ID
		s.at(0, func() {
			g := s.genesis()
			for i := range 3 {
				e := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, In: []tx.Outpoint{coin(g, i), coin(g, (i+1)%3)}}
				e.Refs = append([]tx.ID{g}, rivals...)
				rivals = append(rivals, e.ID)
				s.publish(0, e)
			}
		})
		s.run()
		confirmed := 0
		for _, id := range rivals {
			switch {
			case s.everywhere(id, dag.Confirmed):
				confirmed++
			case !s.everywhere(id, dag.Rejected):
				t.Errorf("seed %d: %v", seed, s.words(id))
			}
		}
		if confirmed != 1 {
			t.Fatalf("seed %d: %d are confirmed", seed, confirmed)
		}
	}
}
