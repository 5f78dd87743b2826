package node

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// payerEnv names the data folder of the process that pays until it is
	// killed, watchEnv the address of the node that outlives it.
	payerEnv, watchEnv = "TTX_TEST_PAYER", "TTX_TEST_WATCHER"
	// roundsEnv says how often TestKillNine kills; see .ci/kill-nine.
	roundsEnv     = "TTX_KILL_ROUNDS"
	defaultRounds = 5
	// payers pay at the same time, each along a chain of its own.
	payers = 4
	// paid, voted and ready begin the lines by which the process acknowledges.
	paid, voted, ready = "paid", "voted", "ready"
)

// TestKillNine kills a node that votes at random moments, while four senders
// pay: under load, while it starts, while it stops. What it acknowledged is
// there, again and again; the roots recomputed from the log are the stored ones;
// and no witness number was signed twice, as far as the log and another node,
// which hears of everything and is never killed, can tell.
func TestKillNine(t *testing.T) {
	rounds := defaultRounds
	if text := os.Getenv(roundsEnv); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("%s=%q is not a number of rounds", roundsEnv, text)
		}
	}
	net := ledgertest.NewNetwork(payers, 1)
	watcher := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis})
	k := &killing{t: t, dir: config.Folder(t.TempDir()), genesis: net.Genesis, watcher: watcher, numbers: map[uint64]tx.ID{}}
	for kills := 0; kills < rounds; {
		moment := []func(*victim){underLoad, atStart, underLoad, atStop}[kills%4]
		before := len(k.acknowledged)
		killed, how := k.round(moment)
		if killed {
			kills++
		}
		t.Logf("kill %d: %s; %d acknowledged", kills, how, len(k.acknowledged)-before)
		k.check()
	}
	k.settle(net)
}

// killing is what is known outside of the process that is killed.
type killing struct {
	t            *testing.T
	dir          config.Folder
	genesis      *tx.Tx
	watcher      *Node
	acknowledged []tx.ID
	numbers      map[uint64]tx.ID // of all witnesses ever seen
}

// victim is a running process. Its moment sets killed off.
type victim struct {
	kill   func()         // ends it with SIGKILL
	stop   func()         // asks it to stop
	heard  map[string]int // how many lines of a kind it has said
	after  int            // how many payments it may acknowledge at least
	done   bool           // the moment has come
	how    string         // for the log
	within time.Duration  // the kill comes at most so much later
}

// underLoad kills after some payments.
func underLoad(v *victim) {
	if !v.done && v.heard[paid] >= v.after {
		v.later(fmt.Sprintf("under load, after %d payments", v.after), v.kill)
	}
}

// atStart kills while the ledger is replayed, the node put together, or the
// first payments come.
func atStart(v *victim) {
	if !v.done {
		v.later("while starting", v.kill)
	}
}

// atStop kills while the node closes.
func atStop(v *victim) {
	if !v.done && v.heard[paid] >= v.after {
		v.stop()
		v.within = stopWithin
		v.later("while stopping", v.kill)
	}
}

// later does something at a random moment soon.
func (v *victim) later(how string, do func()) {
	d := time.Duration(rand.Int64N(int64(v.within)))
	v.done, v.how = true, fmt.Sprintf("%s, %v later", how, d.Round(time.Millisecond))
	time.AfterFunc(d, do)
}

// check opens the folder as the next start does.
func (k *killing) check() {
	k.t.Helper()
	l, err := OpenLedger(k.dir, k.genesis, nil, nil)
	if err != nil {
		k.t.Fatalf("after %d acknowledged: %v", len(k.acknowledged), err)
	}
	checkHas(k.t, l, k.acknowledged)
	snapshot := l.Snapshot()
	if err := l.Close(); err != nil {
		k.t.Fatal(err)
	}
	k.note(checkLog(k.t, k.dir, snapshot))
	k.note(rawsOf(k.t, k.watcher.ledger))
	if forkedStake(k.watcher) > 0 {
		k.t.Fatal("the watcher knows two witnesses of one number")
	}
}

// note looks for numbers that were signed twice.
func (k *killing) note(raws [][]byte) {
	k.t.Helper()
	for _, raw := range raws {
		x, err := tx.DecodeKnown(raw)
		if err != nil {
			k.t.Fatal(err)
		}
		if x.Kind != tx.KindWitness {
			continue
		}
		if before, seen := k.numbers[x.Seq]; seen && before != x.ID() {
			k.t.Fatalf("number %d was signed twice: %s and %s", x.Seq, before, x.ID())
		}
		k.numbers[x.Seq] = x.ID()
	}
}

// settle starts the node once more, in peace, until both hold the same.
func (k *killing) settle(net *ledgertest.Network) {
	k.t.Helper()
	n := start(k.t, Options{Dir: k.dir, Genesis: k.genesis, Voter: net.Voters[0], Peers: []netip.AddrPort{addrOf(k.watcher)}})
	for _, id := range k.acknowledged {
		await(k.t, k.watcher, "the watcher has all that was acknowledged", func() bool { return k.watcher.ledger.Has(id) })
	}
	k.note(rawsOf(k.t, k.watcher.ledger))
	if forkedStake(n) > 0 || forkedStake(k.watcher) > 0 {
		k.t.Error("the voter has forked")
	}
	k.t.Logf("%d acknowledged in all, %d witnesses", len(k.acknowledged), len(k.numbers))
}

func rawsOf(t *testing.T, l *ledger.Ledger) (raws [][]byte) {
	t.Helper()
	l.Descend(trie.TopKey(), func(_ uint32, id tx.ID) bool {
		raw, err := l.Raw(id)
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, raw)
		return true
	})
	return raws
}

func checkHas(t *testing.T, l *ledger.Ledger, acknowledged []tx.ID) {
	t.Helper()
	lost := 0
	for _, id := range acknowledged {
		if !l.Has(id) {
			lost++
		}
	}
	l.Read(func(d *dag.DAG) {
		t.Logf("%d acknowledged, %d lost, %d in the ledger, %d confirmed",
			len(acknowledged), lost, d.Len(), l.Snapshot().Confirmed)
		if lost > 0 || d.Forked() > 0 {
			t.Errorf("%d of %d acknowledged transactions are lost, stake %d has forked", lost, len(acknowledged), d.Forked())
		}
	})
}

// checkLog recomputes the t_root from the bytes of the log alone, and compares
// it with what the ledger opened with and with what was stored before the kill.
// It returns the log.
func checkLog(t *testing.T, dir config.Folder, opened *ledger.Snapshot) [][]byte {
	t.Helper()
	s, err := store.OpenDisk(dir.Ledger(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var raws [][]byte
	if err := s.Scan(0, func(_ uint64, rec store.Record) error {
		raws = append(raws, rec.Raw)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	root := rootOf(t, raws)
	if root != opened.T.Root() || uint64(len(raws)) != opened.Transactions() {
		t.Errorf("the log's %d transactions have t_root %x, the ledger's %d %x",
			len(raws), root, opened.Transactions(), opened.T.Root())
	}
	u := opened.U.Root()
	stored, err := s.Meta("ledger/roots") // count u64 || t_root || u_root
	if err != nil || len(stored) != 8+2*len(root) || !bytes.Equal(stored[8:8+len(root)], root[:]) || !bytes.Equal(stored[8+len(root):], u[:]) {
		t.Errorf("stored roots %x, %v; recomputed %x and %x", stored, err, root, u)
	}
	return raws
}

// round runs payForever in a process of its own and kills it at the moment. It
// says how, and takes note of what was acknowledged. A node that is asked to stop
// may be quicker than the kill.
func (k *killing) round(moment func(*victim)) (killed bool, how string) {
	k.t.Helper()
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(k.t), self)
	cmd.Env = append(os.Environ(), payerEnv+"="+string(k.dir), watchEnv+"="+k.watcher.Info().Listen)
	var problems strings.Builder
	cmd.Stderr = &problems
	stdin, err1 := cmd.StdinPipe() // it ends with us, whatever ends us
	stdout, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		k.t.Fatal(err, err1, err2)
	}
	defer stdin.Close()
	v := &victim{
		kill: func() { _ = cmd.Process.Kill() }, stop: func() { _ = stdin.Close() },
		heard: map[string]int{}, after: 1 + rand.IntN(150), within: killWithin,
	}
	moment(v)
	for lines := bufio.NewScanner(stdout); lines.Scan(); moment(v) {
		kind, id := acknowledgement(k.t, lines.Text())
		v.heard[kind]++
		if kind != ready {
			k.acknowledged = append(k.acknowledged, id)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true, v.how
	case err == nil && v.done:
		return false, v.how + ": too late, it had stopped"
	}
	k.t.Fatalf("the node was not killed: %v after %v\n%s", err, v.heard, problems.String())
	return false, ""
}

// How long after its occasion a kill comes at most: about as long as a start and
// a stop take.
const (
	killWithin = 150 * time.Millisecond
	stopWithin = 20 * time.Millisecond
)

func acknowledgement(t *testing.T, line string) (kind string, id tx.ID) {
	t.Helper()
	kind, text, _ := strings.Cut(line, " ")
	if kind == ready {
		return kind, id
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		t.Fatalf("not an acknowledgement: %q", line)
	}
	return kind, tx.ID(raw)
}

// payForever is the killed process: a node that votes alone, and its payers. It
// prints what is acknowledged, each line in one write, and stops when its input
// ends.
func payForever(dir config.Folder) int {
	network := ledgertest.NewNetwork(payers, 1)
	watcher, err := netip.ParseAddrPort(os.Getenv(watchEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	n, err := Start(Options{
		Dir: dir, Genesis: network.Genesis, Listen: loopback, Voter: network.Voters[0], Peers: []netip.AddrPort{watcher},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(ready)
	go printVotes(n)
	ctx, cancel := context.WithCancel(context.Background())
	g, ctx := errgroup.WithContext(ctx)
	for k := range payers {
		g.Go(func() error { return payChain(ctx, n, k) })
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	closed := n.Close() // with the payers still at it
	cancel()
	_ = g.Wait()
	if closed != nil {
		fmt.Fprintln(os.Stderr, closed)
		return 1
	}
	return 0
}

// payChain pays coin k of the genesis on and on, from where the ledger stands.
func payChain(ctx context.Context, n *Node, k int) error {
	network := ledgertest.NewNetwork(payers, 1) // it is deterministic, and not shared
	coin := network.GenesisCoin(k)
	for i := 0; ctx.Err() == nil; i++ {
		payment := network.Spend(fmt.Sprintf("payment %d of %d", i, k), []tx.Outpoint{coin})
		coin = ledgertest.Coin(payment)
		if n.ledger.Has(payment.ID()) {
			continue
		}
		done, err := n.Backend().Submit(ctx, payment.Raw())
		if err != nil {
			return err
		}
		fmt.Println(paid, done.TxID)
	}
	return ctx.Err()
}

// printVotes acknowledges witnesses: an event speaks of what is on disk.
func printVotes(n *Node) {
	for n.ctx.Err() == nil {
		sub := n.ledger.Subscribe()
		for event := range sub.C {
			for _, it := range event.Accepted {
				if it.Kind == tx.KindWitness {
					fmt.Println(voted, it.ID)
				}
			}
		}
		sub.Close()
	}
}
