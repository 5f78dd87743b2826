package node

import (
	"net/netip"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ext/adversary"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/network"
)

// TestABanSurvivesARestart: who is banned is refused by the next run of the node,
// and nobody else is.
func TestABanSurvivesARestart(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	opts := Options{
		Dir: config.Folder(t.TempDir()), Genesis: net.Genesis,
		neverBan: func(netip.Addr) bool { return false }, // or loopback would be
	}
	n := start(t, opts)
	banned, other := netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")
	p := call(t, n, net, banned)
	greet(t, p, net)
	if err := p.SayRaw([]byte("no frame at all")); err != nil {
		t.Fatal(err)
	}
	p.AwaitEnd()
	await(t, n, "it is banned", func() bool { return n.service.Banned(banned) })
	if n.service.Banned(other) {
		t.Error("an innocent address is banned")
	}
	stop(t, n)

	again := start(t, opts)
	if !again.service.Banned(banned) {
		t.Error("the restart forgot the ban")
	}
	wantRefused(t, again, net, banned)
	greet(t, call(t, again, net, other), net)
}

// dial connects to a node's rendezvous from an address.
func dial(t *testing.T, n *Node, net *ledgertest.Network, from netip.Addr) (*adversary.Peer, error) {
	t.Helper()
	return adversary.Dial(testContext(t), addrOf(n), network.Rendezvous(net.Genesis.ID()), adversary.Identity{
		From: from, PeerID: [20]byte{from.As4()[3]},
	})
}

// wantRefused checks that the node hangs up on an address, which may come as
// early as in the handshake, and says nothing before.
func wantRefused(t *testing.T, n *Node, net *ledgertest.Network, from netip.Addr) {
	t.Helper()
	p, err := dial(t, n, net, from)
	if err != nil {
		return
	}
	defer p.Close()
	if m, err := p.Hear(); err == nil {
		t.Errorf("a banned peer was told %s", m.Type())
	}
}

func call(t *testing.T, n *Node, net *ledgertest.Network, from netip.Addr) *adversary.Peer {
	t.Helper()
	p, err := dial(t, n, net, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// greet exchanges hellos.
func greet(t *testing.T, p *adversary.Peer, net *ledgertest.Network) {
	t.Helper()
	hello := &wire.Hello{
		Version: wire.Version, Rules: 1, Net: net.Genesis.ID(), UserAgent: "adversary",
		Nonce: [16]byte{0xff, p.LocalAddr().Addr().As4()[3]},
	}
	if err := p.Say(hello, 0); err != nil {
		t.Fatal(err)
	}
	if m, err := p.Hear(); err != nil || m.Type() != "hello" {
		t.Fatalf("the node's first message: %v, %v", m, err)
	}
}
