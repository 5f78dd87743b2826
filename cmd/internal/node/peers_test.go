package node

import (
	"net/netip"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
)

// TestWhatIsToldOfPeers: who holds what we hold is in step; who makes another state of it, or names another
// rule set, decides by other rules; what it said and did wrong is counted.
func TestWhatIsToldOfPeers(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	n := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	ours := n.ledger.Snapshot()
	same := wire.State{Count: 1, TRoot: ours.T.Root(), URoot: ours.U.Root()}
	other := same
	other.URoot = [32]byte{1}
	for i, c := range []struct {
		name         string
		rules        uint32
		state        wire.State
		inSync, odds bool
	}{
		{"in step", 1, same, true, false},
		{"another state of the same", 1, other, true, true},
		{"behind", 1, wire.State{}, false, false},
		{"another rule set", 2, same, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := netip.AddrFrom4([4]byte{127, 0, 0, byte(10 + i)})
			p := call(t, n, net, from)
			if err := p.Say(&wire.Hello{
				Version: wire.Version, Rules: c.rules, Net: net.Genesis.ID(), UserAgent: "stranger/1", State: c.state, Nonce: [16]byte{0xff, byte(i)},
			}, 0); err != nil {
				t.Fatal(err)
			}
			var got api.Peer
			await(t, n, "it is a peer", func() bool {
				list, err := n.Backend().Peers(testContext(t))
				if err != nil || len(list) != 1 {
					return false
				}
				got = list[0]
				return true
			})
			if got.InSync != c.inSync || got.OtherRules != c.odds || got.Rules != c.rules || got.Client != "stranger/1" {
				t.Errorf("%+v", got)
			}
			if got.Received <= 0 || got.Sent <= 0 || got.Since <= 0 || got.Score != 0 {
				t.Errorf("traffic and score of %+v", got)
			}
			if err := p.Say(&wire.Pong{}, 0); err != nil { // an answer that nobody asked for
				t.Fatal(err)
			}
			await(t, n, "its fault is counted", func() bool {
				list, err := n.Backend().Peers(testContext(t))
				return err == nil && len(list) == 1 && list[0].Score > 0 && list[0].Received > got.Received
			})
			p.Close()
			await(t, n, "it is gone", func() bool { return len(n.service.Sessions()) == 0 })
		})
	}
}
