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

// lab is a network of three nodes that vote and one, the payee, that does not.
func lab(t *testing.T) (net *ledgertest.Network, payee *Node, all []netip.AddrPort) {
	t.Helper()
	net = ledgertest.NewNetwork(1, 3)
	payee = start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	for _, key := range net.Voters {
		opts := Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Voter: key, Peers: append(all, addrOf(payee))}
		all = append(all, addrOf(start(t, opts)))
	}
	return net, payee, all
}

// pay makes a payment of the last one's output, and waits until all voters claim
// a state in which it is confirmed.
func pay(t *testing.T, net *ledgertest.Network, payee *Node, memo string, last *tx.Tx) *tx.Tx {
	t.Helper()
	next := net.Spend(memo, []tx.Outpoint{ledgertest.Coin(last)}, last)
	submit(t, payee, next)
	await(t, payee, "it is confirmed", func() bool { return confirmed(payee, next.ID()) })
	await(t, payee, "all voters claim it", func() bool { return claiming(t, payee, net.Genesis.Params.Voters) == 3 })
	return next
}

// receipt has a node export a proof without ancestors, and judges it as a stranger does.
func receipt(t *testing.T, n *Node, net *ledgertest.Network, id tx.ID) (*proofs.Proof, proofs.Verdict) {
	t.Helper()
	content, err := n.Backend().ExportProof(testContext(t), api.ProofRequest{ID: id.String(), Chain: string(proofs.None)})
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
	if v.Level != proofs.Confirmed || !v.ClaimedU.TwoThirds() {
		t.Errorf("%s by %q: %q", v.Level, v.By, v.Words())
	}
	return p, v
}

// TestAReceiptOfTheLastPayment: nothing is paid after it. All the same voters
// with two thirds of the stake come to claim a state in which it is confirmed,
// and a receipt that a node without a vote exports says so to anybody.
func TestAReceiptOfTheLastPayment(t *testing.T) {
	net, payee, _ := lab(t)
	last := net.Genesis
	for i := range 3 {
		last = pay(t, net, payee, fmt.Sprint(i), last)
	}
	if _, v := receipt(t, payee, net, last.ID()); v.By != proofs.ByClaims {
		t.Errorf("by %q: %q", v.By, v.Words())
	}
}

// TestAReceiptFromOneWhoWasNotThere: a node without a vote joins when the payment's
// output is spent already. It never held a state in which it was unspent, and no state
// under whose root a voter signed: each path of the receipt that it exports came from
// the voters, who kept what they claimed.
func TestAReceiptFromOneWhoWasNotThere(t *testing.T) {
	net, payee, voters := lab(t)
	first := pay(t, net, payee, "first", net.Genesis)
	pay(t, net, payee, "second", first)

	late := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Peers: voters})
	await(t, late, "it is in step", func() bool { return late.ledger.Snapshot().T.Root() == payee.ledger.Snapshot().T.Root() })
	await(t, late, "it has met all voters", func() bool { return len(late.service.Sessions()) >= len(voters) })
	p, _ := receipt(t, late, net, first.ID())
	paths := 0
	for _, s := range p.Statements {
		c := p.Chain[s.Witness].Claim
		if _, here := late.ledger.Root(c.URoot); here {
			t.Errorf("the state %x was the node's own", c.URoot)
		}
		paths += len(s.U)
	}
	if paths < 2 {
		t.Errorf("%d paths under what voters claim", paths)
	}
}
