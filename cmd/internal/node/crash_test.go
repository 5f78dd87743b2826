package node

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	// payerEnv names the data folder of the process that pays until it is
	// killed.
	payerEnv = "TTX_TEST_PAYER"
	// payers pay at the same time, each along a chain of its own.
	payers = 4
	// paid and voted begin the lines by which the process acknowledges.
	paid, voted = "paid", "voted"
)

// TestKillNine kills a node, voter included, in the middle of a stream of
// payments. What it had acknowledged is there, again and again.
func TestKillNine(t *testing.T) {
	const rounds, enough = 3, 150
	dir := config.Folder(t.TempDir())
	genesis := ledgertest.NewNetwork(payers, 1).Genesis
	var acknowledged []tx.ID
	for range rounds {
		acknowledged = append(acknowledged, killAmidPayments(t, dir, enough)...)
		l, err := OpenLedger(dir, genesis, nil, nil)
		if err != nil {
			t.Fatalf("after %d acknowledged: %v", len(acknowledged), err)
		}
		checkHas(t, l, acknowledged)
		snapshot := l.Snapshot()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		checkLog(t, dir, snapshot)
	}
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
func checkLog(t *testing.T, dir config.Folder, opened *ledger.Snapshot) {
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
}

// killAmidPayments runs payForever in a process of its own and kills it once
// enough payments and a vote were acknowledged. It returns all that were.
func killAmidPayments(t *testing.T, dir config.Folder, enough int) (acknowledged []tx.ID) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(t), self)
	cmd.Env = append(os.Environ(), payerEnv+"="+string(dir))
	var problems strings.Builder
	cmd.Stderr = &problems
	stdin, err1 := cmd.StdinPipe() // it ends with us, whatever ends us
	stdout, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	defer stdin.Close()
	count, killed := map[string]int{}, false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		kind, id := acknowledgement(t, lines.Text())
		acknowledged = append(acknowledged, id)
		count[kind]++
		if !killed && count[paid] >= enough && count[voted] > 0 {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	err = cmd.Wait()
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || !killed {
		t.Fatalf("the node was not killed while it paid: %v after %v\n%s", err, count, problems.String())
	}
	return acknowledged
}

func acknowledgement(t *testing.T, line string) (kind string, id tx.ID) {
	t.Helper()
	kind, text, _ := strings.Cut(line, " ")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		t.Fatalf("not an acknowledgement: %q", line)
	}
	return kind, tx.ID(raw)
}

// payForever is the killed process: a node that votes alone, and its payers. It
// prints what is acknowledged, each line in one write.
func payForever(dir config.Folder) int {
	network := ledgertest.NewNetwork(payers, 1)
	n, err := Start(Options{Dir: dir, Genesis: network.Genesis, Listen: loopback, Voter: network.Voters[0]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go printVotes(n)
	g, ctx := errgroup.WithContext(context.Background())
	for k := range payers {
		g.Go(func() error { return payChain(ctx, n, k) })
	}
	g.Go(func() error {
		_, err := io.Copy(io.Discard, os.Stdin)
		return errors.Join(errors.New("the test is gone"), err)
	})
	fmt.Fprintln(os.Stderr, g.Wait())
	return 1
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
	for {
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
