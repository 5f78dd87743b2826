package voter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// closed checks that all voters claim the state that they have come to, and how
// many witnesses each of them signed for nothing else.
func closed(t *testing.T, s *sim, least, most int) {
	t.Helper()
	for i, n := range s.nodes {
		if n.claimed != n.held {
			t.Errorf("node %d does not claim what is confirmed", i)
		}
		if n.closings < least || n.closings > most {
			t.Errorf("node %d wrote %d closing witnesses, want %d to %d", i, n.closings, least, most)
		}
	}
}

// A payment confirmed by the last witnesses is in no state that these claim. One
// more of each voter claims it, and that is all: s.run ends.
func TestTheLastPaymentIsClaimed(t *testing.T) {
	for _, voters := range []int{1, 4, 64} {
		t.Run(fmt.Sprint(voters), func(t *testing.T) {
			s := newSim(t, uint64(voters), equal(voters), 20*ms, 100*ms)
			for i := range 3 {
				paid := s.pay(0, coin(s.genesis(), i))
				s.run()
				if !s.everywhere(paid, dag.Confirmed) {
					t.Fatalf("%v", s.words(paid))
				}
				closed(t, s, i+1, i+1)
			}
		})
	}
}

// While payments come, the witnesses that confirm one claim those before it.
func TestABusyNetworkNeedsNoClosing(t *testing.T) {
	for _, voters := range []int{1, 4, 16} {
		t.Run(fmt.Sprint(voters), func(t *testing.T) {
			s := newSim(t, uint64(voters), equal(voters), 20*ms, 100*ms)
			const payments = 60
			for i := range payments {
				s.at(time.Duration(i)*500*ms, func() { s.pay(i%voters, coin(s.genesis(), i)) })
			}
			s.at(payments*500*ms, func() {
				for i, n := range s.nodes {
					if n.closings != 0 {
						t.Errorf("node %d wrote %d closing witnesses", i, n.closings)
					}
				}
			})
			s.run()
			closed(t, s, 0, 1)
		})
	}
}

// Nor do closing witnesses go on where rivals are undecided for good: two voters
// each stand for one of two spends, and cannot go back.
func TestAFrozenConflictIsClosedOnce(t *testing.T) {
	s := newSim(t, 1, equal(4), 20*ms, 100*ms)
	g := s.genesis()
	var rivals []tx.ID
	for _, memo := range []int{0, 1} {
		e := dag.Entry{ID: s.id(), Kind: tx.KindTransfer, Time: int64(memo), In: []tx.Outpoint{coin(g, 0)}, Refs: []tx.ID{g}}
		rivals = append(rivals, e.ID)
		s.publish(0, e)
	}
	for i, n := range s.nodes { // as if they had been split
		n.signed, n.policy = 1, voter.New(voter.Config{Key: n.key, Next: 1})
		s.publish(i, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: n.key, Refs: []tx.ID{rivals[i/2]}})
	}
	s.run()
	closed(t, s, 0, 0) // nothing has been confirmed
	paid := s.pay(0, coin(g, 1))
	s.run()
	if !s.everywhere(paid, dag.Confirmed) || !s.everywhere(rivals[0], dag.Conflicted) {
		t.Fatalf("payment %v, rivals %v", s.words(paid), s.words(rivals[0]))
	}
	closed(t, s, 1, 1)
}

// alone is a voter of four with a payment confirmed that it did not claim; the
// test speaks for everybody.
func alone(t *testing.T) (*sim, *node) {
	s := newSim(t, 1, equal(4), ms, 2*ms)
	for _, n := range s.nodes {
		n.offline = true
	}
	paid := s.pay(0, coin(s.genesis(), 0))
	for _, v := range s.voters[1:] {
		s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: v.Key, Refs: []tx.ID{paid}})
	}
	n := s.nodes[0]
	if n.dag.Status(paid).Word != dag.Confirmed {
		t.Fatal("not confirmed")
	}
	return s, n
}

// A voter that never signed stands on the genesis, and says nothing. It waits for
// the quiet, says when it is over, and what is confirmed meanwhile puts it off.
func TestClosingWaitsForTheQuiet(t *testing.T) {
	s, n := alone(t)
	n.policy.ObserveState(n.held, n.claimed, s.now)
	look := s.now.Add(voter.Quiet / 2)
	n.policy.ObserveState(n.held, n.claimed, look)
	plan := n.policy.Plan(n.dag, look, 4)
	if plan.Silence != voter.Nothing || !plan.Next.Equal(s.now.Add(voter.Quiet)) {
		t.Fatalf("in the middle: %+v", plan)
	}
	more := [32]byte{1}
	n.policy.ObserveState(more, n.claimed, look)
	plan = n.policy.Plan(n.dag, look, 4)
	if plan.Silence != voter.Nothing || !plan.Next.Equal(look.Add(voter.Quiet)) {
		t.Fatalf("put off: %+v", plan)
	}
	now := plan.Next
	n.policy.ObserveState(more, more, now)
	if plan := n.policy.Plan(n.dag, now, 4); plan.Silence != voter.Nothing {
		t.Fatalf("claimed already: %+v", plan)
	}
	n.policy.ObserveState(more, n.claimed, now)
	if plan := n.policy.Plan(n.dag, now, 2); plan.Silence != voter.Lonely {
		t.Fatalf("lonely: %+v", plan)
	}
	plan = n.policy.Plan(n.dag, now, 4)
	if plan.Silence != voter.Spoken || plan.Seq != 0 || len(plan.Refs) != 1 || plan.Refs[0] != s.genesis() {
		t.Fatalf("quiet: %+v", plan)
	}
	if plan := n.policy.Plan(n.dag, now.Add(voter.Idle), 4); plan.Silence != voter.Unwritten {
		t.Errorf("it plans a second one: %+v", plan)
	}
}

// When a third of the stake has forked nothing is final: no claims.
func TestNoClosingUnderAnAlarm(t *testing.T) {
	s, n := alone(t)
	for _, v := range s.voters[2:] {
		s.publish(0, dag.Entry{ID: s.id(), Kind: tx.KindWitness, Voter: v.Key, Refs: []tx.ID{s.genesis()}})
	}
	if !n.dag.Alarm() {
		t.Fatal("no alarm")
	}
	n.policy.ObserveState(n.held, n.claimed, s.now)
	if plan := n.policy.Plan(n.dag, s.now.Add(voter.Idle), 4); plan.Silence != voter.Nothing {
		t.Errorf("%+v", plan)
	}
}
