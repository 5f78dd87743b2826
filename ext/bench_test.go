package ext_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// The cold sync: 100,000 payments in 64 chains, in both processes the same.
const (
	coldTxs    = 100_000
	coldChains = 64
)

// serveEnv makes this program the serving process of BenchmarkColdSync; its
// value is the folder of the store. It prints where it listens once it holds
// everything, and serves until its standard input ends, which it does with the
// benchmark however that ends.
const serveEnv = "TTX_BENCH_SERVE"

func TestMain(m *testing.M) {
	dir := os.Getenv(serveEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := serveCold(dir); err != nil {
		fmt.Fprintln(os.Stderr, "serving process:", err)
		os.Exit(1)
	}
}

func coldNetwork() (*ledgertest.Network, []*tx.Tx) {
	n := ledgertest.NewNetwork(coldChains, 0)
	return n, n.Chains(coldTxs, coldChains, rand.New(rand.NewPCG(1, 2)))
}

func serveCold(dir string) error {
	n, chain := coldNetwork()
	s, err := store.OpenDisk(dir, nil)
	if err != nil {
		return err
	}
	p, err := open(n, setup{store: s, book: book.New(true)})
	if err != nil {
		return err
	}
	if _, err := p.ledger.Add(context.Background(), "local", ledgertest.Raws(chain...)...); err != nil {
		return err
	}
	fmt.Println(p.engine.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return p.close()
}

// startServer runs serveCold in another process and returns its address.
func startServer(b *testing.B) netip.AddrPort {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), serveEnv+"="+b.TempDir())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	addr, err := netip.ParseAddrPort(strings.TrimSpace(line))
	if err != nil {
		b.Fatal(err)
	}
	return addr
}

// BenchmarkColdSync takes an empty node to the t_root of a node in another
// process that holds 100,000 transactions: dialling, handshakes, streaming,
// decoding, verification, application and fsync, on both sides' share of the
// same cores. bound-tx/s is what verification alone does with the same
// transactions and all cores, measured in the same run; share-% is the one in
// the other.
func BenchmarkColdSync(b *testing.B) {
	n, chain := coldNetwork()
	server, root := startServer(b), rootOf(b, n, chain)
	var syncing, verifying time.Duration
	for b.Loop() {
		b.StopTimer()
		verifying += verifyAll(b, n, chain)
		runtime.GC()
		b.StartTimer()
		syncing += coldSync(b, n, server, root)
	}
	rate := func(d time.Duration) float64 { return float64(b.N) * coldTxs / d.Seconds() }
	b.ReportMetric(rate(syncing), "tx/s")
	b.ReportMetric(rate(verifying), "bound-tx/s")
	b.ReportMetric(100*verifying.Seconds()/syncing.Seconds(), "share-%")
}

// rootOf is the t_root of the genesis and a chain.
func rootOf(b *testing.B, n *ledgertest.Network, chain []*tx.Tx) trie.Hash {
	b.Helper()
	p := start(b, n, nil)
	p.add(b, chain...)
	return p.ledger.Snapshot().T.Root()
}

// verifyAll verifies transactions with their parents at hand on every core:
// signatures, and that each new key is a point.
func verifyAll(b *testing.B, n *ledgertest.Network, chain []*tx.Tx) time.Duration {
	b.Helper()
	known := map[tx.ID]*tx.Tx{n.Genesis.ID(): n.Genesis}
	for _, x := range chain {
		known[x.ID()] = x
	}
	began := time.Now()
	var g errgroup.Group
	for part := range slices.Chunk(chain, (len(chain)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			for _, x := range part {
				if err := x.Verify(n.Genesis, func(id tx.ID) *tx.Tx { return known[id] }); err != nil {
					return err
				}
				if err := x.CheckKeys(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// coldSync starts an empty node and returns after what time it had the root.
func coldSync(b *testing.B, n *ledgertest.Network, server netip.AddrPort, root trie.Hash) time.Duration {
	b.Helper()
	s, err := store.OpenDisk(b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	addresses := book.New(true)
	addresses.Add(server, book.Hand)
	began := time.Now()
	p, err := open(n, setup{store: s, book: addresses})
	if err != nil {
		b.Fatal(err)
	}
	p.await(b, root)
	took := time.Since(began)
	b.StopTimer()
	if err := p.close(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	return took
}

// BenchmarkPropagation pays at one end of a line of eight nodes and waits for
// the other end to hold it. Stores are in memory: eight nodes have eight disks.
func BenchmarkPropagation(b *testing.B) {
	l := startLine(b, 8)
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		l.pay(b)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}

// line is a network whose nodes each have a session with the one before and the
// one after, and with nobody else.
type line struct {
	network *ledgertest.Network
	coin    tx.Outpoint
	nodes   []*peer
}

// startLine starts nodes one by one, each dialling the one before. As soon as
// the two have met the one before is full, so that whoever hears of it by PEX
// cannot make a short cut.
func startLine(b *testing.B, nodes int) *line {
	b.Helper()
	n := ledgertest.NewNetwork(1, 0)
	l := &line{network: n, coin: n.GenesisCoin(0)}
	for i := range nodes {
		s := setup{store: store.NewMemory(), book: book.New(false), most: neighbours(i, nodes)}
		if i > 0 {
			s.book.Add(l.nodes[i-1].engine.Addr(), book.Hand)
		}
		p, err := open(n, s)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := p.close(); err != nil {
				b.Error(err)
			}
		})
		l.nodes = append(l.nodes, p)
		l.pay(b)
	}
	for i, p := range l.nodes {
		if got, want := len(p.service.Sessions()), neighbours(i, nodes); got != want {
			b.Fatalf("node %d has %d sessions, not %d: not a line", i, got, want)
		}
	}
	return l
}

// neighbours counts those of the node at place i of a line.
func neighbours(i, nodes int) int {
	if i == 0 || i == nodes-1 {
		return 1
	}
	return 2
}

// pay makes a payment at the first node and returns when the last one has it.
func (l *line) pay(b *testing.B) {
	b.Helper()
	payment := l.network.Spend("", []tx.Outpoint{l.coin})
	l.coin = ledgertest.Coin(payment)
	first, last := l.nodes[0], l.nodes[len(l.nodes)-1]
	first.add(b, payment)
	last.await(b, first.ledger.Snapshot().T.Root())
}
