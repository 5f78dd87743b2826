package voter_test

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/voter"
)

// sim is a network of voters in virtual time: every node has its own DAG, and
// whatever one accepts reaches each other node after a random delay, in no
// particular order.
type sim struct {
	t      *testing.T
	r      *rand.Rand
	delay  func(from, to int) (time.Duration, bool) // false: lost
	now    time.Time
	queue  events
	order  int
	nodes  []*node
	voters []tx.Voter
	all    []dag.Entry
	ids    uint64
	made   map[tx.ID]time.Time
	took   map[tx.ID]time.Duration // until the last node confirmed it
}

// node is one voter's node.
type node struct {
	dag      *dag.DAG
	policy   *voter.Voter
	key      tx.Key
	linked   uint64
	offline  bool
	waiting  []dag.Entry // parents missing
	wake     time.Time
	signed   uint64
	closings int      // witnesses that only claim a state
	held     [32]byte // stands for u_root: a digest of what is confirmed
	claimed  [32]byte // held when it signed last
	silences map[voter.Silence]int
}

type event struct {
	at    time.Time
	order int
	run   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

// newSim makes a network whose messages take between least and most.
func newSim(t *testing.T, seed uint64, stakes []uint64, least, most time.Duration) *sim {
	s := &sim{t: t, r: rand.New(rand.NewPCG(seed, 2)), now: time.UnixMilli(1_000_000)}
	s.made, s.took = make(map[tx.ID]time.Time), make(map[tx.ID]time.Duration)
	s.delay = func(int, int) (time.Duration, bool) {
		return least + time.Duration(s.r.Int64N(int64(most-least)+1)), true
	}
	total := uint64(0)
	for _, stake := range stakes {
		s.voters = append(s.voters, tx.Voter{Key: tx.Key(s.id()), Stake: stake})
		total += stake
	}
	genesis := dag.Entry{ID: s.id(), Kind: tx.KindGenesis}
	for _, v := range s.voters {
		n := &node{
			dag: dag.New(s.voters), policy: voter.New(voter.Config{Key: v.Key}),
			key: v.Key, linked: total, silences: make(map[voter.Silence]int),
		}
		s.nodes = append(s.nodes, n)
	}
	s.all = append(s.all, genesis)
	for i, n := range s.nodes {
		s.accept(i, genesis)
		n.claimed = n.held // nobody claims the beginning
	}
	return s
}

func (s *sim) id() tx.ID {
	s.ids++
	b := binary.BigEndian.AppendUint64([]byte("sim"), s.ids^s.r.Uint64())
	return sha256.Sum256(b)
}

func (s *sim) genesis() tx.ID { return s.all[0].ID }

func (s *sim) at(d time.Duration, run func()) {
	s.order++
	heap.Push(&s.queue, event{s.now.Add(d), s.order, run})
}

// run lets everything happen. It ends because voters fall silent.
func (s *sim) run() {
	for steps := 0; s.queue.Len() > 0; steps++ {
		if steps > 2_000_000 {
			s.t.Fatal("the network does not come to rest")
		}
		e := heap.Pop(&s.queue).(event)
		s.now = e.at
		e.run()
	}
}

// pay makes a transfer at one node, with refs as a wallet there chooses them.
func (s *sim) pay(at int, in ...tx.Outpoint) tx.ID {
	e := dag.Entry{
		ID: s.id(), Kind: tx.KindTransfer, Time: s.now.UnixMilli(), In: in,
		Refs: s.nodes[at].dag.RefsForTransfer(s.r.IntN, 3),
	}
	s.publish(at, e)
	return e.ID
}

func (s *sim) publish(at int, e dag.Entry) {
	s.all = append(s.all, e)
	s.made[e.ID] = s.now
	s.accept(at, e)
	for to := range s.nodes {
		if d, ok := s.delay(at, to); to != at && ok {
			s.at(d, func() { s.accept(to, e) })
		}
	}
}

// accept brings what is solid into a node's DAG, and lets its voter think.
func (s *sim) accept(at int, e dag.Entry) {
	n := s.nodes[at]
	n.waiting = append(n.waiting, e)
	for again := true; again; {
		again = false
		for i, e := range n.waiting {
			if n.dag.Has(e.ID) || !n.solid(e) {
				continue
			}
			n.waiting = slices.Delete(n.waiting, i, i+1)
			delta, err := n.dag.Add(e)
			if err != nil {
				s.t.Fatal(err)
			}
			for _, id := range delta.Confirmed {
				n.held = xor(n.held, id)
				s.took[id] = s.now.Sub(s.made[id])
			}
			n.policy.Observe(e.ID, s.now)
			again = true
			break
		}
	}
	s.think(at)
}

func (n *node) solid(e dag.Entry) bool {
	missing := func(id tx.ID) bool { return !n.dag.Has(id) }
	return !slices.ContainsFunc(e.Refs, missing) &&
		!slices.ContainsFunc(e.In, func(o tx.Outpoint) bool { return missing(o.Tx) })
}

func (s *sim) think(at int) {
	n := s.nodes[at]
	if n.offline {
		return
	}
	n.policy.ObserveState(n.held, n.claimed, s.now)
	plan := n.policy.Plan(n.dag, s.now, n.linked)
	n.silences[plan.Silence]++
	if plan.Silence == voter.Spoken {
		if plan.Seq != n.signed {
			s.t.Fatalf("planned number %d after signing %d", plan.Seq, n.signed)
		}
		n.signed++
		n.claimed = n.held
		if n.saysNothing(plan.Refs) {
			n.closings++
		}
		s.publish(at, dag.Entry{
			ID: s.id(), Kind: tx.KindWitness, Time: s.now.UnixMilli(),
			Voter: n.key, Seq: plan.Seq, Refs: plan.Refs,
		})
		return
	}
	if plan.Next.Before(s.now.Add(voter.Idle)) && (!n.wake.After(s.now) || plan.Next.Before(n.wake)) {
		n.wake = plan.Next
		s.at(plan.Next.Sub(s.now), func() { s.think(at) })
	}
}

// saysNothing: beside its voter's previous witness a closing one has no refs, or
// only the genesis.
func (n *node) saysNothing(refs []tx.ID) bool {
	latest, ok := n.dag.LatestWitness(n.key)
	return len(refs) == 1 && (ok && refs[0] == latest.ID || refs[0] == n.dag.At(0))
}

// xor is the digest of a set, whatever the order in which it grew.
func xor(a [32]byte, b tx.ID) [32]byte {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// words returns what each node says of a transaction.
func (s *sim) words(id tx.ID) []dag.Word {
	var out []dag.Word
	for _, n := range s.nodes {
		out = append(out, n.dag.Status(id).Word)
	}
	return out
}

func (s *sim) everywhere(id tx.ID, w dag.Word) bool {
	return !slices.ContainsFunc(s.words(id), func(got dag.Word) bool { return got != w })
}

func equal(n int) []uint64 { return slices.Repeat([]uint64{1}, n) }
