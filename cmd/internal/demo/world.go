package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/node"
	"github.com/torrenttx/ttx/cmd/internal/pay"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/ledger/wallet"
)

const (
	// passphrase opens the wallets that Keep leaves behind; their coins exist
	// on the demo's own network only.
	passphrase = "demo"
	// workFactor keeps the scrypt of a throwaway wallet at milliseconds.
	workFactor = 10
	// coinsEach is how many genesis outputs a node gets, so that it can pay
	// several times before the first change is back.
	coinsEach = 16
	// endowment is what each of them is worth.
	endowment = 1000 * tx.TTX
	// burnPerByte is 0.00001 TTX: about 0.004 TTX a payment.
	burnPerByte = tx.TTX / 100_000
	// stepTimeout bounds each wait of the demo.
	stepTimeout = 2 * time.Minute
	// loopback is where the nodes listen, each at a port of its own.
	loopback = "127.0.0.1:0"
)

// world is everybody in the demo.
type world struct {
	opts    Options
	dir     string
	remove  func()
	genesis *tx.Tx
	members []*member
	changed chan struct{} // receives after any node's ledger changed
	done    chan struct{}
	wg      sync.WaitGroup
}

// member is one node with its wallet.
type member struct {
	name    string
	dir     string
	watch   *wallet.Watch
	keys    *wallet.Keys
	node    *node.Node
	started time.Time
	paid    []string // txids
}

// build makes wallets and the network file; nothing runs yet.
func build(opts Options) (*world, error) {
	dir, remove, err := folder(opts.Keep)
	if err != nil {
		return nil, err
	}
	w := &world{opts: opts, dir: dir, remove: remove, changed: make(chan struct{}, 1), done: make(chan struct{})}
	for i := range opts.Nodes {
		m, err := newMember(dir, fmt.Sprintf("node-%d", i+1))
		if err != nil {
			remove()
			return nil, err
		}
		w.members = append(w.members, m)
	}
	if err := w.found(); err != nil {
		remove()
		return nil, err
	}
	opts.Progress("network with %d voters in %s", opts.Nodes, dir)
	return w, nil
}

func newMember(root, name string) (*member, error) {
	m := &member{name: name, dir: filepath.Join(root, name)}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if m.watch, err = wallet.Create(m.dir, wallet.NewMnemonic(), passphrase, wallet.Options{WorkFactor: workFactor}); err != nil {
		return nil, fmt.Errorf("wallet of %s: %w", name, err)
	}
	if m.keys, err = m.watch.Unlock(passphrase); err != nil {
		return nil, fmt.Errorf("wallet of %s: %w", name, err)
	}
	return m, nil
}

// found makes the genesis: every node a voter, every node a few coins.
func (w *world) found() error {
	g := &tx.Tx{
		Kind: tx.KindGenesis, Time: time.Now().UnixMilli(), Memo: "ttx demo",
		Params: &tx.Params{Name: "demo", BurnPerByte: burnPerByte, Rules: 1},
	}
	for _, m := range w.members {
		g.Params.Voters = append(g.Params.Voters, tx.Voter{Key: m.watch.VoterKey(), Stake: 1})
		for range min(coinsEach, tx.MaxOutputs/len(w.members)) {
			g.Out = append(g.Out, tx.Output{Amount: endowment, Lock: tx.KeyLock(m.address())})
		}
	}
	slices.SortFunc(g.Params.Voters, func(a, b tx.Voter) int { return slices.Compare(a.Key[:], b.Key[:]) })
	if err := g.Seal(); err != nil {
		return fmt.Errorf("make the genesis: %w", err)
	}
	w.genesis = g
	file, err := (&tx.File{Genesis: g, Tx: g}).Encode()
	if err != nil {
		return fmt.Errorf("make the network file: %w", err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "network.torrent"), file, 0o600); err != nil {
		return err
	}
	for _, m := range w.members {
		if _, err := config.Folder(m.dir).Join(file); err != nil {
			return err
		}
	}
	return nil
}

// address is the one that a member is paid at.
func (m *member) address() tx.Key { return m.watch.Issued()[0] }

func (w *world) close() {
	close(w.done)
	for _, m := range w.members {
		if m.node != nil {
			if err := m.node.Close(); err != nil {
				w.opts.Progress("%s did not close cleanly: %v", m.name, err)
			}
		}
		m.keys.Close()
	}
	w.wg.Wait()
	w.remove()
}

// startAll starts every node; each knows the address of the one before it and
// learns of the others through BitTorrent.
func (w *world) startAll(ctx context.Context) error {
	for i, m := range w.members {
		opts := node.Options{Voter: m.keys.VoterPrivate()}
		if i > 0 {
			opts.Peers = []netip.AddrPort{w.members[i-1].addr()}
		}
		if err := w.start(m, opts); err != nil {
			return err
		}
		w.opts.Progress("%s listens at %s", m.name, m.node.Info().Listen)
	}
	return w.await(ctx, func(ctx context.Context) bool {
		for _, m := range w.members {
			if status, err := m.node.Backend().Status(ctx); err != nil || status.Peers == 0 {
				return false
			}
		}
		return true
	})
}

func (m *member) addr() netip.AddrPort { return netip.MustParseAddrPort(m.node.Info().Listen) }

func (w *world) start(m *member, opts node.Options) error {
	opts.Dir = config.Folder(m.dir)
	opts.Genesis = w.genesis
	opts.Listen = loopback
	opts.Watch = m.watch.Keys()
	opts.Address = tx.EncodeAddress(m.address())
	opts.Version = w.opts.Version
	if m == w.members[0] && w.opts.Journal != nil {
		opts.Journal = w.opts.Journal
	} else if w.opts.Logger != nil {
		opts.Logger = w.opts.Logger.With("node", m.name)
	}
	m.started = time.Now()
	n, err := node.Start(opts)
	if err != nil {
		return fmt.Errorf("start %s: %w", m.name, err)
	}
	m.node = n
	sub := n.Events()
	w.wg.Go(func() { w.follow(sub) })
	return nil
}

// follow wakes whoever awaits a change.
func (w *world) follow(sub *api.Subscription) {
	defer sub.Close()
	for {
		select {
		case <-w.done:
			return
		case _, ok := <-sub.Events():
			if !ok {
				return
			}
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
}

// recheck bounds the wait for an event that was lost.
const recheck = 250 * time.Millisecond

// await waits until a condition on the nodes holds.
func (w *world) await(ctx context.Context, holds func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	for !holds(ctx) {
		select {
		case <-w.changed:
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// agree reports whether all nodes hold one state.
func (w *world) agree(ctx context.Context) bool {
	first := ""
	for _, m := range w.members {
		status, err := m.node.Backend().Status(ctx)
		if err != nil || first != "" && status.State != first {
			return false
		}
		first = status.State
	}
	return true
}

// status is what a node says of a transaction.
func (m *member) status(ctx context.Context, id string) string {
	info, err := m.node.Backend().Tx(ctx, id)
	if err != nil {
		return "unknown"
	}
	return info.Status
}

// request is a payment of m's to another member.
func (m *member) request(to *member, amount uint64, memo string) pay.Request {
	return pay.Request{
		To: to.address(), Amount: amount, Memo: memo,
		From: m.watch.Issued(), Change: m.address(), Now: time.Now().UnixMilli(),
	}
}

// other picks somebody else.
func (w *world) other(i int) *member {
	return w.members[(i+1+rand.IntN(len(w.members)-1))%len(w.members)]
}
