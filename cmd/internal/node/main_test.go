package node

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// patience ends a test that hangs; no test waits for it to pass.
	patience = 60 * time.Second
	// loopback is where every node of these tests listens.
	loopback = "127.0.0.1:0"
)

// deadEndEnv says that the process is in a network namespace where nothing is reached.
const deadEndEnv = "NODE_DEAD_END"

// TestMain is also the main of the process that TestKillNine kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(payerEnv); dir != "" {
		os.Exit(payForever(config.Folder(dir)))
	}
	if os.Getenv(deadEndEnv) != "" { // nothing answers there, and who waits for it outlives the test
		os.Exit(m.Run())
	}
	// The torrent library leaves one goroutine behind a closed client, and its DHT
	// those that wait for an answer; bt's tests have the same list.
	var leftovers []goleak.Option
	for _, function := range []string{
		"torrent.(*Client).acceptLimitClearer", "dht/v2.(*Server).Query", "dht/v2.(*Server).transactionQuerySender",
		"dht/v2.(*Server).serveUntilClosed", "dht/v2/traversal.(*Operation).run", "dht/v2/traversal.(*Operation).startQuery.func1.2",
		"dht/v2.(*Server).BootstrapContext", "dht/v2.dnsResolverRefresher",
	} {
		leftovers = append(leftovers, goleak.IgnoreAnyFunction("github.com/anacrolix/"+function))
	}
	goleak.VerifyTestMain(m, leftovers...)
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start starts a node on loopback. It is closed with the test, or by stop.
func start(t *testing.T, opts Options) *Node {
	t.Helper()
	opts.Listen, opts.Version = loopback, "test"
	n, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, n) })
	return n
}

// stop closes a node; a second time does nothing.
func stop(t *testing.T, n *Node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func addrOf(n *Node) netip.AddrPort { return netip.MustParseAddrPort(n.Info().Listen) }

// recheck is how often await looks for what is no event of the ledger.
const recheck = 20 * time.Millisecond

// await waits until a condition on the node holds.
func await(t *testing.T, n *Node, what string, holds func() bool) {
	t.Helper()
	if !waitFor(holds) {
		t.Fatalf("waited in vain until %s; %d transactions here", what, n.ledger.Snapshot().Transactions())
	}
}

// waitFor reports whether a condition came to hold.
func waitFor(holds func() bool) bool {
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			return false
		}
	}
	return true
}

func submit(t *testing.T, n *Node, payment *tx.Tx) {
	t.Helper()
	if _, err := n.Backend().Submit(testContext(t), payment.Raw()); err != nil {
		t.Fatalf("pay: %v", err)
	}
}

// rootOf is the t_root of a set of transactions, parents first, from nothing
// but their bytes: depth and burn are counted here again.
func rootOf(t *testing.T, raws [][]byte) trie.Hash {
	t.Helper()
	known, depths, edit := map[tx.ID]*tx.Tx{}, map[tx.ID]uint32{}, trie.Trie{}.Edit()
	for _, raw := range raws {
		x, err := tx.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		var depth uint32
		for _, p := range x.Parents() {
			if known[p] == nil {
				t.Fatalf("%s stands before its parent %s", x.ID(), p)
			}
			depth = max(depth, depths[p]+1)
		}
		known[x.ID()], depths[x.ID()] = x, depth
		edit.Insert(trie.DepthKey(depth, x.ID()), x.Burn(func(id tx.ID) *tx.Tx { return known[id] }))
	}
	return edit.Commit().Root()
}

// forkedStake is the stake of the voters that signed one number twice, as far as
// the node knows.
func forkedStake(n *Node) (stake uint64) {
	n.ledger.Read(func(d *dag.DAG) { stake = d.Forked() })
	return stake
}

// lastVote is the number of a voter's last witness, -1 when there is none.
func lastVote(n *Node, voter tx.Key) (seq int) {
	seq = -1
	n.ledger.Read(func(d *dag.DAG) {
		if w, ok := d.LatestWitness(voter); ok {
			seq = int(w.Seq)
		}
	})
	return seq
}

func confirmed(n *Node, id tx.ID) bool {
	status, err := n.ledger.Status(id)
	return err == nil && status.Word == dag.Confirmed
}
