package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ext/adversary"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/keeper"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// checkHealth asks the peers now and returns the one coin's health.
func checkHealth(t *testing.T, n *Node) api.CoinHealth {
	t.Helper()
	h, err := n.Backend().CheckHealth(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Coins) != 1 || h.CheckedAt == 0 || h.Enough != keeper.Enough {
		t.Fatalf("health %+v", h)
	}
	return h.Coins[0]
}

// TestHealthCountsWhoHolds: three other nodes hold the history of a coin, and then two;
// a peer that shows false hashes is never counted, and banned; without peers nobody is
// asked.
func TestHealthCountsWhoHolds(t *testing.T) {
	const length = 70 // more than one challenge takes
	net := ledgertest.NewNetwork(1, 0)
	chain := net.Chains(length, 1, rand.New(rand.NewPCG(1, 2)))
	holder := start(t, Options{
		Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Watch: []tx.Key{tx.PublicKey(net.Owner)},
		neverBan: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") },
	})
	if _, err := holder.Backend().CheckHealth(testContext(t)); !errors.Is(err, api.Offline) {
		t.Errorf("with nobody to ask: %v", err)
	}
	for _, x := range chain {
		submit(t, holder, x)
	}
	if h, err := holder.Backend().Health(testContext(t)); err != nil || len(h.Coins) != 1 || h.Coins[0].HeldMin != api.HeldUnknown || h.Ancestors != length+1 {
		t.Errorf("before anybody was asked: %+v, %v", h, err)
	}
	var others []*Node
	for range keeper.Enough {
		o := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Peers: []netip.AddrPort{addrOf(holder)}})
		await(t, o, "it has the ledger", func() bool { return o.ledger.Has(chain[length-1].ID()) })
		others = append(others, o)
	}
	await(t, holder, "all are there", func() bool { return len(holder.service.Sessions()) == len(others) })
	want := api.CoinHealth{
		TxID: chain[length-1].ID().String(), Amount: api.Amount(chain[length-1].Out[0].Amount), History: length + 1, HeldMin: keeper.Enough,
	}
	await(t, holder, "all three are counted", func() bool { return checkHealth(t, holder).HeldMin == keeper.Enough })
	if got := checkHealth(t, holder); got.HeldMin != want.HeldMin || got.Thin || got.TxID != want.TxID || got.Amount != want.Amount || got.History != want.History {
		t.Errorf("with all: %+v, want %+v", got, want)
	}

	stop(t, others[0])
	await(t, holder, "one is gone", func() bool { return len(holder.service.Sessions()) == len(others)-1 })
	liar := netip.MustParseAddr("127.0.0.7")
	lied := lie(t, holder, net, liar)
	await(t, holder, "the liar is there", func() bool { return len(holder.service.Sessions()) == len(others) })
	await(t, holder, "the liar has lied", func() bool { // its session may stand before its family listens
		if got := checkHealth(t, holder); got.HeldMin != keeper.Enough-1 || !got.Thin {
			t.Fatalf("with one less and a liar: %+v", got)
		}
		select {
		case <-lied:
			return true
		default:
			return false
		}
	})
	await(t, holder, "the liar is banned", func() bool { return holder.service.Banned(liar) })
	if got := checkHealth(t, holder); got.HeldMin != keeper.Enough-1 {
		t.Errorf("without the liar: %+v", got)
	}
}

// TestCountsOutliveARestart: who holds the history is known to the next run, and without a node.
func TestCountsOutliveARestart(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	payment := net.Spend("", []tx.Outpoint{net.GenesisCoin(0)})
	watch := []tx.Key{tx.PublicKey(net.Owner)}
	opts := Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Watch: watch}
	file, err := (&tx.File{Genesis: net.Genesis, Tx: net.Genesis}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opts.Dir.Join(file); err != nil {
		t.Fatal(err)
	}
	holder := start(t, opts)
	submit(t, holder, payment)
	other := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Peers: []netip.AddrPort{addrOf(holder)}})
	await(t, other, "it has the payment", func() bool { return other.ledger.Has(payment.ID()) })
	await(t, holder, "it is counted", func() bool { return checkHealth(t, holder).HeldMin == 1 })
	stop(t, holder)

	again := start(t, opts)
	h, err := again.Backend().Health(testContext(t))
	if err != nil || len(h.Coins) != 1 || h.Coins[0].HeldMin != 1 || h.CheckedAt == 0 || !h.Online {
		t.Errorf("after a restart: %+v, %v", h, err)
	}
	stop(t, again)
	o, err := OpenOffline(opts.Dir, watch, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if h, err := o.Health(testContext(t)); err != nil || len(h.Coins) != 1 || h.Coins[0].HeldMin != 1 || h.Online {
		t.Errorf("without a node: %+v, %v", h, err)
	}
}

// TestABrokenFileOfCounts: it keeps nothing from starting, and is written anew.
func TestABrokenFileOfCounts(t *testing.T) {
	net := ledgertest.NewNetwork(1, 0)
	payment := net.Spend("", []tx.Outpoint{net.GenesisCoin(0)})
	whole := fmt.Sprintf(`{"txid":%q,"holders":7,"checked":1}`, payment.ID())
	for name, content := range map[string]string{
		"empty": "", "cut": "[" + whole, "no list": whole, "binary": "\x00\xff", "no id": `[{"txid":"x","holders":7,"checked":1}]`,
		"too large": "[" + strings.Repeat(" ", maxKept) + whole + "]",
	} {
		t.Run(name, func(t *testing.T) {
			dir := config.Folder(t.TempDir())
			if err := os.WriteFile(dir.Keeper(), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			k := newKeeping(nil, dir.Keeper(), nil)
			if got := k.duty.Counts(); len(got) > 0 {
				t.Errorf("recalled %v", got)
			}
			k.duty.Update([]keeper.Coin{{Outpoint: ledgertest.Coin(payment), Amount: 1}}, func(tx.ID) []tx.ID { return nil })
			k.duty.Checked(map[tx.ID]int{payment.ID(): 2}, time.Now())
			k.unsaved = true
			if err := k.save(); err != nil {
				t.Fatal(err)
			}
			if got := newKeeping(nil, dir.Keeper(), nil).duty.Counts(); len(got) != 1 || got[0].Holders != 2 {
				t.Errorf("afterwards %v", got)
			}
		})
	}
}

// lie connects a peer that claims to hold whatever it is asked about. The channel is
// closed when the node hangs up on it.
func lie(t *testing.T, n *Node, net *ledgertest.Network, from netip.Addr) <-chan struct{} {
	t.Helper()
	p := call(t, n, net, from)
	state, err := n.Backend().Status(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	s := n.ledger.Snapshot()
	hello := &wire.Hello{
		Version: wire.Version, Rules: 1, Net: net.Genesis.ID(), UserAgent: "liar", Features: wire.FeatureHold,
		Nonce: [16]byte{0xff, 7}, State: wire.State{Count: state.Transactions, Weight: state.Weight, Depth: state.Depth, TRoot: s.T.Root(), URoot: s.U.Root()},
	}
	if err := p.Say(hello, 0); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		answerFalsely(p)
	}()
	t.Cleanup(func() { p.Close(); <-ended })
	return ended
}

func answerFalsely(p *adversary.Peer) {
	for {
		m, err := p.Hear()
		if err != nil {
			return
		}
		if req, ok := m.(*wire.HoldReq); ok {
			answer := &wire.Hold{Nonce: req.Nonce, Hashes: req.IDs}
			if p.Say(answer, 0) != nil {
				return
			}
		}
	}
}

// TestHistoryIsAnnounced: a torrent client that knows an ancestor's infohash and a node
// of the DHT finds it at the holder of the coin, though nobody else has it. A reload
// changes the budget.
func TestHistoryIsAnnounced(t *testing.T) {
	hub, err := bt.Open(bt.Config{Listen: loopback, DHT: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closeEngine(t, hub)
	net := ledgertest.NewNetwork(1, 0)
	chain := net.Chains(3, 1, rand.New(rand.NewPCG(1, 2)))
	budget := 0
	load := func() (*settings.Loaded, error) {
		return settings.Load(settings.Source{Flags: map[string]string{
			"listen": loopback, "bootstrap": hub.Addr().String(), "lsd": "false", "port_mapping": "false", "keeper_announces": strconv.Itoa(budget),
		}})
	}
	l, err := load()
	if err != nil {
		t.Fatal(err)
	}
	holder := start(t, Options{Dir: config.Folder(t.TempDir()), Genesis: net.Genesis, Watch: []tx.Key{tx.PublicKey(net.Owner)}, Settings: l, Reload: load})
	for _, x := range chain {
		submit(t, holder, x)
	}
	health := func() api.Health {
		h, err := holder.Backend().Health(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if h := health(); h.Budget != 0 || h.Announced != 0 || h.Ancestors != 4 {
		t.Errorf("without a budget: %+v", h)
	}
	budget = 100 * 3600
	if _, err := holder.Reload(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, holder, "all is announced", func() bool { h := health(); return h.Announced == h.Ancestors })

	seeker, err := bt.Open(bt.Config{Listen: loopback, DHT: true, Bootstrap: []string{hub.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer closeEngine(t, seeker)
	dir := t.TempDir()
	first := chain[0]
	torrent, err := seeker.Add(bt.Source{Infohash: first.Infohash(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := torrent.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, torrent.Name())); err != nil || !bytes.Equal(got, first.Raw()) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func closeEngine(t *testing.T, e *bt.Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		t.Error(err)
	}
}
