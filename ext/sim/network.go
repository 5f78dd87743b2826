package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The latency of a frame when Config says nothing.
const (
	DefaultLeast = 50 * time.Millisecond
	DefaultMost  = 200 * time.Millisecond
)

// Config describes a network.
type Config struct {
	// Seed decides everything that is left to chance.
	Seed uint64
	// Voters is how many of the nodes vote, the first ones, with a stake of one
	// each.
	Voters int
	// Puppets is how many of the voters, the last ones, sign what the scenario
	// signs for them (Money.Vote, Money.Fork) and nothing by themselves. Their nodes
	// answer pings.
	Puppets int
	// Others is how many nodes there are besides.
	Others int
	// Coins is how many equal outputs the genesis has.
	Coins int
	// Least and Most bound the latency of a frame; both 0 means the defaults.
	Least, Most time.Duration
	// Reach is what a voter is told of its surroundings; nil means what its
	// node's signed pings say. It is here to show what they are good for.
	Reach func(*stack.Stack) vote.Reach
}

// jitter is how much the latency of the frames of one direction of a link
// differs: a tenth of the range. TCP keeps the order of frames, so a latency
// drawn anew for each would make every frame wait for the slowest of those
// before it, which no real path does.
func (c *Config) jitter() time.Duration { return (c.Most - c.Least) / 10 }

// Network is a running network. Its methods are for one goroutine, the
// scenario's.
type Network struct {
	// Money makes the payments: the owner of all coins, and the voters' keys.
	Money *ledgertest.Network
	Nodes []*Node
	Trace *Trace

	cfg   Config
	rng   *rand.Rand
	mail  *mail
	links []*link
	began time.Time
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

// New starts the nodes of a network, unconnected.
func New(cfg Config) (*Network, error) {
	if cfg.Least == 0 && cfg.Most == 0 {
		cfg.Least, cfg.Most = DefaultLeast, DefaultMost
	}
	ctx, stop := context.WithCancel(context.Background())
	n := &Network{
		Money: ledgertest.NewNetwork(cfg.Coins, cfg.Voters),
		cfg:   cfg,
		rng:   rand.New(rand.NewPCG(cfg.Seed, 1)),
		mail:  newMail(),
		began: time.Now(),
		stop:  stop,
	}
	n.Trace = &Trace{began: n.began}
	n.wg.Go(func() { n.mail.run(ctx) })
	for i := range cfg.Voters + cfg.Others {
		n.Wait(0)
		node, err := n.startNode(ctx, i)
		if err != nil {
			n.Close()
			return nil, fmt.Errorf("node %d: %w", i, err)
		}
		n.Nodes = append(n.Nodes, node)
	}
	return n, nil
}

// Close stops everything and waits for it.
func (n *Network) Close() {
	n.stop()
	for _, l := range n.links {
		l.close()
	}
	for _, node := range n.Nodes {
		node.close()
	}
	n.wg.Wait()
}

// Now is the time since the network began.
func (n *Network) Now() time.Duration { return time.Since(n.began) }

// stagger is how much longer than asked a scenario waits at most, so that what
// it does next has an instant of its own.
const stagger = 100 * time.Microsecond

// Wait lets time pass, and up to a tenth of a millisecond more.
func (n *Network) Wait(d time.Duration) {
	time.Sleep(d + 1 + time.Duration(n.rng.Int64N(int64(stagger))))
}

// Until lets time pass until done holds, looking every step, at most for a
// while; it reports whether it did.
func (n *Network) Until(done func() bool, most time.Duration) bool {
	const step = 100 * time.Millisecond
	for end := n.Now() + most; !done(); {
		if n.Now() >= end {
			return false
		}
		n.Wait(step)
	}
	return true
}

// Settle waits until no node has accepted anything for quiet and all that are
// connected hold the same; it reports whether they came to that within most.
func (n *Network) Settle(quiet, most time.Duration) bool {
	return n.Until(func() bool { return n.Now()-n.Trace.Last() >= quiet && n.Equal() }, most)
}

// Equal reports whether all connected nodes have the same t_root and u_root.
func (n *Network) Equal() bool {
	var first *Node
	for _, node := range n.Nodes {
		switch {
		case node.offline:
		case first == nil:
			first = node
		case node.Ledger.Snapshot().State != first.Ledger.Snapshot().State:
			return false
		}
	}
	return true
}

// Words returns what each connected node says of a transaction.
func (n *Network) Words(id tx.ID) []dag.Word {
	var words []dag.Word
	for _, node := range n.Nodes {
		if !node.offline {
			words = append(words, node.Word(id))
		}
	}
	return words
}

// Random is the scenario's source of choices.
func (n *Network) Random() *rand.Rand { return n.rng }
