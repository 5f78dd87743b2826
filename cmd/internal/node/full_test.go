package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// diskSize holds the folder of a node and some hundred payments.
const diskSize = 1 << 20

// TestDiskFull fills a small disk of its own under a node that votes, and makes
// room again.
func TestDiskFull(t *testing.T) {
	bttest.OnDisk(t, diskSize, func(dir string) { liveOnAFullDisk(t, config.Folder(dir)) })
}

func liveOnAFullDisk(t *testing.T, dir config.Folder) {
	net := ledgertest.NewNetwork(1, 1)
	opts := Options{Dir: dir, Genesis: net.Genesis, Voter: net.Voters[0]}
	n := start(t, opts)
	w := &world{t: t, net: net, coin: net.GenesisCoin(0)}
	for range 20 {
		w.mustPay(n)
	}
	await(t, n, "the first payments are confirmed", func() bool { return confirmed(n, w.acked[19]) })

	ballast := filepath.Join(string(dir), "ballast")
	bttest.FillDisk(t, ballast)
	kept := w.payUntilFull(n)
	w.checkFull(n)
	witnesses := lastVote(n, tx.PublicKey(net.Voters[0]))

	// Another node gets all that was acknowledged from the full one, which
	// keeps its session.
	second := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Peers: []netip.AddrPort{addrOf(n)}})
	await(t, second, "a new node has what was acknowledged", func() bool { return hasAll(second, w.acked) })
	if kept != nil && second.ledger.Has(kept.ID()) {
		t.Error("what is not on the disk was given to another node")
	}
	if s := status(t, n); s.Peers != 1 {
		t.Errorf("%d sessions with a full disk", s.Peers)
	}
	if err := saveWhenFull(t, n, ballast); err == nil {
		t.Error("the address book was saved on a full disk")
	} else if got := leftovers(t, dir); len(got) > 0 {
		t.Errorf("a save that failed left %v", got)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	await(t, n, "the node goes on by itself", func() bool { return n.ledger.Failure() == nil })
	if kept != nil {
		await(t, second, "the kept payment is written and sent", func() bool { return second.ledger.Has(kept.ID()) })
		w.coin, w.acked = ledgertest.Coin(kept), append(w.acked, kept.ID())
	}
	w.mustPay(n)
	await(t, n, "it votes again", func() bool {
		return confirmed(n, w.acked[len(w.acked)-1]) && lastVote(n, tx.PublicKey(net.Voters[0])) > witnesses
	})
	if s := status(t, n); len(s.Problems) > 0 {
		t.Errorf("problems are left: %q", s.Problems)
	}
	stop(t, n)
	again := start(t, opts)
	if !hasAll(again, w.acked) || forkedStake(again) > 0 || forkedStake(second) > 0 {
		t.Error("after a restart something acknowledged is lost, or the voter has forked")
	}
}

// saveWhenFull saves the address book. What the node itself gives back of the disk in between, such as a file that it
// was about to replace, is taken first.
func saveWhenFull(t *testing.T, n *Node, ballast string) (err error) {
	t.Helper()
	for range 10 {
		bttest.FillDisk(t, ballast)
		if err = n.book.Save(n.opts.Dir.Peers()); err != nil {
			return err
		}
	}
	return nil
}

// world pays along one chain.
type world struct {
	t     *testing.T
	net   *ledgertest.Network
	coin  tx.Outpoint
	acked []tx.ID
}

func (w *world) pay(n *Node) (*tx.Tx, error) {
	payment := w.net.Spend(fmt.Sprint("payment ", len(w.acked)), []tx.Outpoint{w.coin})
	_, err := n.Backend().Submit(testContext(w.t), payment.Raw())
	if err == nil {
		w.coin, w.acked = ledgertest.Coin(payment), append(w.acked, payment.ID())
	}
	return payment, err
}

func (w *world) mustPay(n *Node) {
	w.t.Helper()
	if _, err := w.pay(n); err != nil {
		w.t.Fatalf("pay: %v", err)
	}
}

// payUntilFull returns the payment that the node took and could not write; nil
// when what it could not write was a vote, and the payment behind it was not
// taken. The log had room ahead for about a hundred.
func (w *world) payUntilFull(n *Node) (kept *tx.Tx) {
	w.t.Helper()
	for range 1000 {
		payment, err := w.pay(n)
		var refused *api.Error
		switch {
		case err == nil:
			continue
		case !errors.Is(err, api.Disk) || !errors.As(err, &refused) || !strings.Contains(refused.Message, "is full") || refused.Hint == "":
			w.t.Fatalf("a full disk: %v", err)
		case strings.Contains(refused.Message, "was not taken"):
			return nil
		}
		return payment
	}
	w.t.Fatal("the disk takes everything")
	return nil
}

// checkFull looks at a node with a full disk: it says so, takes nothing, and
// answers everything else.
func (w *world) checkFull(n *Node) {
	w.t.Helper()
	s := status(w.t, n)
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "is full") || s.Transactions == 0 {
		w.t.Errorf("status %+v", s)
	}
	_, err := n.Backend().Submit(testContext(w.t), w.net.Spend("one more", []tx.Outpoint{w.coin}).Raw())
	if !errors.Is(err, api.Disk) || !strings.Contains(err.Error(), "not taken") {
		w.t.Errorf("another payment: %v", err)
	}
	for _, id := range w.acked {
		raw, err := n.Backend().Raw(testContext(w.t), id.String())
		if err != nil {
			w.t.Fatalf("reading %s: %v", id, err)
		}
		x, err := tx.Decode(raw)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, data, ok := (onDemand{n.ledger}).Lookup(x.Infohash()); !ok || string(data) != string(raw) {
			w.t.Errorf("the torrent of %s is not served", id)
		}
	}
}

func status(t *testing.T, n *Node) api.Status {
	t.Helper()
	s, err := n.Backend().Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hasAll(n *Node, ids []tx.ID) bool {
	for _, id := range ids {
		if !n.ledger.Has(id) {
			return false
		}
	}
	return true
}

// leftovers are files of the folder with the name of something half written.
func leftovers(t *testing.T, dir config.Folder) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(string(dir), ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
