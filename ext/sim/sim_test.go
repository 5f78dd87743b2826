package sim_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/sim"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seeds is how many seeds the scenarios of conflicts are run with; `make sim`
// takes more.
var seeds = flag.Int("seeds", 2, "how many seeds each scenario is run with")

const (
	ms = time.Millisecond
	// quiet is how long nothing has to happen before a network counts as having
	// come to rest: longer than any pause of a voter or a reconciliation that
	// has something to do.
	quiet = 3 * time.Second
	// patience bounds that.
	patience = 2 * time.Minute
)

// run gives a scenario a network of its own.
func run(t *testing.T, cfg sim.Config, scenario func(*testing.T, *sim.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n, err := sim.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		scenario(t, n)
	})
}

// meet connects everybody with everybody and waits until those who vote may.
func meet(n *sim.Network) {
	n.Mesh()
	n.Wait(2 * time.Second)
}

// pay makes a payment at a node.
func pay(t *testing.T, nd *sim.Node, memo string, coins ...tx.Outpoint) tx.ID {
	t.Helper()
	p, err := nd.Pay(memo, coins...)
	if err != nil {
		t.Fatal(err)
	}
	return p.ID()
}

// settle waits until the network has come to rest, and checks what has to hold
// whatever happened: all nodes hold the same and say the same, nothing was ever
// confirmed at one and dead at another.
func settle(t *testing.T, n *sim.Network) {
	t.Helper()
	if !n.Settle(quiet, patience) {
		t.Errorf("the nodes have not come to rest with equal roots after %v", patience)
	}
	if clash := n.Trace.Clashes(); len(clash) != 0 {
		t.Errorf("confirmed at one node and dead at one: %v", clash)
	}
}

// verdict is what the network made of some transactions.
type verdict struct{ confirmed, rejected, undecided int }

func (v verdict) String() string {
	return fmt.Sprintf("%d confirmed, %d rejected, %d undecided", v.confirmed, v.rejected, v.undecided)
}

// judge counts what all nodes agree on; a transaction on which they do not is an
// error.
func judge(t *testing.T, n *sim.Network, ids []tx.ID) (v verdict) {
	t.Helper()
	for _, id := range ids {
		words := n.Words(id)
		if slices.ContainsFunc(words, func(w dag.Word) bool { return w != words[0] }) {
			t.Errorf("%s: %v", id, words)
		}
		switch words[0] {
		case dag.Confirmed:
			v.confirmed++
		case dag.Rejected, dag.Orphaned:
			v.rejected++
		default:
			v.undecided++
		}
	}
	return v
}
