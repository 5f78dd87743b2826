package gossip

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is gossip over a real ledger, under sessions.
type node struct {
	*Gossip
	t      *testing.T
	net    *ledgertest.Network
	svc    *session.Service
	faults sessiontest.Faults
}

// afterGenesis is a clock for ledgers in a bubble, whose own starts before any
// test network does.
func afterGenesis() time.Time { return time.UnixMilli(1_800_000_000_000) }

// newNode makes a node that ends with its bubble.
func newNode(t *testing.T, n *ledgertest.Network, txs ...*tx.Tx) *node {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory(), Now: afterGenesis})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	nd := &node{Gossip: New(l, nil), t: t, net: n}
	nd.svc, err = session.New(session.Config{
		Net: n.Genesis.ID(), Rules: 1, UserAgent: "test", Logger: nd.faults.Logger(),
		State:    func() wire.State { return State(l.Snapshot()) },
		Families: nd.Families(),
	})
	if err != nil {
		t.Fatal(err)
	}
	nd.add(txs...)
	return nd
}

// run starts the announcements.
func (nd *node) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		nd.Run(ctx, nd.svc.Sessions)
	}()
	nd.t.Cleanup(func() {
		stop()
		<-ended
	})
	synctest.Wait()
}

// add gives transactions to the ledger by hand.
func (nd *node) add(txs ...*tx.Tx) {
	nd.t.Helper()
	outcomes, err := nd.ledger.Add(nd.t.Context(), "local", ledgertest.Raws(txs...)...)
	if err != nil {
		nd.t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Verdict != ledger.Accepted {
			nd.t.Fatalf("verdict %v (%v)", o.Verdict, o.Err)
		}
	}
}

// meet opens a session with a stranger, the node number n.
func (nd *node) meet(n int) *sessiontest.Stranger {
	nd.t.Helper()
	return sessiontest.Meet(nd.t, nd.svc, n, sessiontest.Hello(nd.net.Genesis.ID(), n, wire.State{Count: 1}))
}

// wantFaults checks the faults found until now.
func (nd *node) wantFaults(faults ...session.Fault) {
	nd.t.Helper()
	synctest.Wait()
	if got := nd.faults.Found(); !slices.Equal(got, faults) {
		nd.t.Errorf("faults %v; want %v", got, faults)
	}
}

// invOf announces transactions.
func invOf(txs ...*tx.Tx) *wire.Inv {
	inv := new(wire.Inv)
	for _, t := range txs {
		inv.Items = append(inv.Items, wire.Item{ID: t.ID(), Infohash: t.Infohash()})
	}
	return inv
}

// getOf asks for transactions.
func getOf(ids ...tx.ID) *wire.Get {
	get := new(wire.Get)
	for _, id := range ids {
		get.IDs = append(get.IDs, id)
	}
	return get
}

// heardInvs counts how often each transaction was announced.
func heardInvs(st *sessiontest.Stranger) map[tx.ID]int {
	counts := make(map[tx.ID]int)
	for _, inv := range sessiontest.Only[*wire.Inv](st.Heard()) {
		for _, it := range inv.Items {
			counts[it.ID]++
		}
	}
	return counts
}

// gets returns the gets that have come.
func gets(st *sessiontest.Stranger) []*wire.Get { return sessiontest.Only[*wire.Get](st.Heard()) }

func idsIn(txs [][]byte) []tx.ID {
	out := make([]tx.ID, len(txs))
	for i, raw := range txs {
		out[i], _ = tx.Identify(raw)
	}
	return out
}
