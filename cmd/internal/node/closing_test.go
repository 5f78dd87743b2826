package node

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// claiming is the stake of voters whose latest witness claims the node's u_root.
func claiming(t *testing.T, n *Node, voters []tx.Voter) (stake uint64) {
	t.Helper()
	held := n.ledger.Snapshot().U.Root()
	for _, row := range voters {
		var latest dag.Witness
		var ok bool
		n.ledger.Read(func(d *dag.DAG) { latest, ok = d.LatestWitness(row.Key) })
		if !ok {
			continue
		}
		w, err := n.ledger.Tx(latest.ID)
		if err != nil {
			t.Fatal(err)
		}
		if trie.Hash(w.Claim.URoot) == held {
			stake += row.Stake
		}
	}
	return stake
}

// TestAReceiptOfTheLastPayment: nothing is paid after it. All the same voters
// with two thirds of the stake come to claim a state in which it is confirmed,
// and a receipt that a node without a vote exports says so to anybody.
func TestAReceiptOfTheLastPayment(t *testing.T) {
	net := ledgertest.NewNetwork(1, 3)
	payee := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	var all []netip.AddrPort
	for _, key := range net.Voters {
		opts := Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Voter: key, Peers: append(all, addrOf(payee))}
		all = append(all, addrOf(start(t, opts)))
	}
	last := net.Genesis
	for i := range 3 {
		last = net.Spend(fmt.Sprint(i), []tx.Outpoint{ledgertest.Coin(last)}, last)
		submit(t, payee, last)
		await(t, payee, "it is confirmed", func() bool { return confirmed(payee, last.ID()) })
	}
	await(t, payee, "all voters claim it", func() bool { return claiming(t, payee, net.Genesis.Params.Voters) == 3 })

	content, err := payee.Backend().ExportProof(testContext(t), api.ProofRequest{ID: last.ID().String(), Chain: string(proofs.None)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := proofs.Decode(content)
	if err != nil {
		t.Fatal(err)
	}
	network := net.Genesis.ID()
	v, err := p.Verify(proofs.Options{Network: &network})
	if err != nil {
		t.Fatal(err)
	}
	if v.Level != proofs.Confirmed || v.By != proofs.ByClaims || !v.ClaimedU.TwoThirds() {
		t.Errorf("%s by %q: %q", v.Level, v.By, v.Words())
	}
}
