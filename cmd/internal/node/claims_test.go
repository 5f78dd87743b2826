package node

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// claims are those of all witnesses in a node's ledger.
func claims(t *testing.T, n *Node) (all []tx.Claim) {
	t.Helper()
	var ids []tx.ID
	n.ledger.Descend(trie.TopKey(), func(_ uint32, id tx.ID) bool {
		ids = append(ids, id)
		return true
	})
	for _, id := range ids {
		x, err := n.ledger.Tx(id)
		if err != nil {
			t.Fatal(err)
		}
		if x.Claim != nil {
			all = append(all, *x.Claim)
		}
	}
	return all
}

// TestAVoterServesWhatItClaimed: another node, which never had the voter's states,
// gets a path under each root that the voter ever signed, also after the voter's
// restart.
func TestAVoterServesWhatItClaimed(t *testing.T) {
	const payments = 8
	net := ledgertest.NewNetwork(payments, 1)
	opts := Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Voter: net.Voters[0]}
	voter := start(t, opts)
	var first tx.ID
	for i := range payments {
		x := net.Spend(fmt.Sprint(i), []tx.Outpoint{net.GenesisCoin(i)})
		submit(t, voter, x)
		await(t, voter, "it is confirmed", func() bool { return confirmed(voter, x.ID()) })
		if i == 0 {
			first = x.ID()
		}
	}
	stop(t, voter)
	voter = start(t, opts)

	light := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Peers: []netip.AddrPort{addrOf(voter)}})
	await(t, light, "it is in step", func() bool {
		return light.ledger.Snapshot().T.Root() == voter.ledger.Snapshot().T.Root()
	})
	all := claims(t, light)
	if len(all) < payments {
		t.Fatalf("%d claims", len(all))
	}
	depth, err := light.ledger.Status(first)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, c := range all {
		if _, here := light.ledger.At(c.TRoot, c.URoot); !here {
			asked++
		}
		for what, q := range map[string]struct {
			root trie.Hash
			key  trie.Key
		}{
			"t_root": {c.TRoot, trie.DepthKey(depth.Depth, first)},
			"u_root": {c.URoot, tx.Outpoint{Tx: first}.Bytes()},
		} {
			p, err := light.service.Prove(testContext(t), q.root, q.key)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if f, err := p.Verify(q.root, q.key); err != nil || what == "t_root" && !f.Included {
				t.Errorf("%s: %+v, %v", what, f, err)
			}
		}
	}
	if asked == 0 {
		t.Error("the light node held every state itself: nothing was asked for")
	}
}
