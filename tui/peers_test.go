package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

type fakeNodes struct{ nodes Nodes }

func (f *fakeNodes) Nodes(context.Context) (Nodes, error) { return f.nodes, nil }

func (f *fakeNodes) Weight(w uint64) string { return fmt.Sprintf("%d.%08d", w/1e8, w%1e8) }

func nodesLab() (*fakeNodes, Backend) {
	ago := func(d time.Duration) time.Time { return clock().Add(-d) }
	f := &fakeNodes{Nodes{
		Network: "lab", Ours: Node{Transactions: 12_300, Weight: 512_00000000, Depth: 4100, Confirmed: 4090, Root: strings.Repeat("ab", 32)},
		List: []Node{
			{Address: "192.0.2.7:7478", Client: "ttx/0.3", Outgoing: true, Transactions: 12_300, Weight: 512_00000000, Depth: 4100, Confirmed: 4090, Root: strings.Repeat("ab", 32), InStep: true, Rules: 1, Received: 5 << 20, Sent: 812_000, Since: ago(3 * time.Hour)},
			{Address: "192.0.2.8:7478", Client: "ttx/0.3", Transactions: 9000, Weight: 400_00000000, Depth: 3000, Root: "01", Rules: 1, Received: 1000, Sent: 9 << 30, Since: ago(time.Minute)},
			{Address: "[2001:db8::9]:7478", Client: "ttx/0.4-dev", Outgoing: true, Transactions: 12_400, Weight: 513_00000000, Depth: 4102, Root: "02", Rules: 1, Score: 20, Since: ago(4 * time.Second)},
			{Address: "192.0.2.10:7478", Client: "fork/9", Transactions: 12_300, Weight: 512_00000000, Depth: 4100, Root: "03", InStep: true, OtherRules: true, Rules: 2, Score: 95, Since: ago(50 * time.Hour)},
			{Address: "192.0.2.11:7478", Client: "ttx/0.3", Transactions: 12_300, Weight: 511_00000000, Depth: 4100, Root: "04", Rules: 1, Since: clock()},
		},
	}}
	b := lab().backend()
	b.Peers = f
	return f, b
}

func TestGoldenPeers(t *testing.T) {
	for _, size := range sizes() {
		w, h := size[0], size[1]
		f, b := nodesLab()
		a := drawn(t, b, "peers", w, h)
		golden(t, "peers", a.View(), w, h)
		settle(a, a.key(keyMsg("enter")))
		golden(t, "peer", a.View(), w, h)
		for i := range f.nodes.List {
			n := &f.nodes.List[i]
			n.Client, n.Root, n.Transactions, n.Weight, n.Depth, n.Received = hostile, hostile, 1<<64-1, 1<<64-1, 1<<32-1, 1<<62
		}
		a = drawn(t, b, "peers", w, h)
		golden(t, "peers_hostile", a.View(), w, h)
		settle(a, a.key(keyMsg("enter")))
		golden(t, "peer_hostile", a.View(), w, h)
		f.nodes.List = nil
		golden(t, "peers_none", drawn(t, b, "peers", w, h).View(), w, h)
	}
}

func TestPeersAreComparedWithUs(t *testing.T) {
	_, b := nodesLab()
	m := start(t, b, 140, 24)
	see(t, m, "in step with")
	press(m, "4")
	see(t, m, "ours: height 4,100", "in step", "behind", "ahead", "other rules", "differs", "fork/9")
	press(m, "/", "f", "o", "r", "k", "enter", "enter")
	see(t, m, "Node 192.0.2.10:7478", "rule set 2", "95 of 100", "it called")
	press(m, "esc", "esc", "s", "s", "s")
	see(t, m, "Height↓")
	quit(t, m)
}
