package sim

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// redialAfter is the pause between the end of a connection and the next one, as
// in the address book.
const redialAfter = time.Second

// link is what joins two nodes: one connection after the other.
type link struct {
	network *Network
	number  int // in the order in which they were made
	ends    [2]*Node
	ways    [2]way // frames to ends[0], to ends[1]
	stop    context.CancelFunc
	ended   chan struct{}

	mu   sync.Mutex
	cut  bool
	held []delivery
}

// way is one direction of a link; it belongs to the mail.
type way struct {
	rng     *rand.Rand
	latency time.Duration // the least
	last    time.Time     // arrival of the last frame
}

func newWay(cfg *Config, seed uint64) way {
	w := way{rng: rand.New(rand.NewPCG(cfg.Seed, seed))}
	w.latency = cfg.Least + time.Duration(w.rng.Int64N(int64(cfg.Most-cfg.Least-cfg.jitter())+1))
	return w
}

// Connect joins two nodes; the link connects them anew whenever a connection
// ends.
func (n *Network) Connect(a, b int) {
	ctx, stop := context.WithCancel(context.Background())
	l := &link{
		network: n, number: len(n.links), ends: [2]*Node{n.Nodes[a], n.Nodes[b]},
		stop: stop, ended: make(chan struct{}),
	}
	for i := range l.ways {
		l.ways[i] = newWay(&n.cfg, uint64(a)<<40|uint64(b)<<8|uint64(2+i))
	}
	n.links = append(n.links, l)
	go l.run(ctx)
}

// run keeps the two nodes connected.
func (l *link) run(ctx context.Context) {
	defer close(l.ended)
	for ctx.Err() == nil {
		l.converse(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(redialAfter):
		}
	}
}

// converse serves one connection at both ends.
func (l *link) converse(ctx context.Context) {
	var wg sync.WaitGroup
	for i, c := range newConns(l) {
		wg.Go(func() { _ = l.ends[i].Stack.Serve(ctx, c) })
	}
	wg.Wait()
}

func (l *link) close() {
	l.stop()
	<-l.ended
}

// hold keeps a frame back while the link is cut.
func (l *link) hold(d delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		l.held = append(l.held, d)
	}
	return l.cut
}

// setCut cuts or heals, and returns what was held back and may go on.
func (l *link) setCut(cut bool) []delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		return nil
	}
	held := l.held
	l.held = nil
	return held
}

// Mesh connects everybody with everybody.
func (n *Network) Mesh() {
	for a := range n.Nodes {
		for b := range a {
			if !n.Nodes[a].offline && !n.Nodes[b].offline {
				n.Connect(b, a)
			}
		}
	}
}

// Graph connects every node with degree others or one or two more: it is a
// union of random rings, so it hangs together.
func (n *Network) Graph(degree int) {
	linked := make(map[[2]int]bool)
	for range (degree + 1) / 2 {
		ring := n.rng.Perm(len(n.Nodes))
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			a, b := min(a, b), max(a, b)
			if a != b && !linked[[2]int{a, b}] {
				linked[[2]int{a, b}] = true
				n.Connect(a, b)
			}
		}
	}
}

// Offline keeps a node from being connected by Mesh; nothing else of it stops.
func (n *Network) Offline(nodes ...int) {
	for _, i := range nodes {
		n.Nodes[i].offline = true
	}
}

// Cut cuts the links between nodes that are apart: frames are held back.
func (n *Network) Cut(apart func(a, b int) bool) {
	for _, l := range n.links {
		if apart(l.ends[0].Number, l.ends[1].Number) {
			l.setCut(true)
		}
	}
}

// Heal mends all links: what was held back goes on, with a latency from now.
func (n *Network) Heal() {
	for _, l := range n.links {
		n.mail.resend(l.setCut(false))
	}
}
