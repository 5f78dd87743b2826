package catchup

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/sync"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node keeps a real ledger in step over sessions.
type node struct {
	*Catchup
	t      *testing.T
	net    *ledgertest.Network
	svc    *session.Service
	faults sessiontest.Faults
}

// afterGenesis is a clock for ledgers in a bubble, whose own starts before any
// test network does.
func afterGenesis() time.Time { return time.UnixMilli(1_800_000_000_000) }

// newNode makes a node that ends with its bubble. Nothing feeds its downloads
// before run.
func newNode(t *testing.T, n *ledgertest.Network, txs ...*tx.Tx) *node {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory(), Now: afterGenesis})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	g := gossip.New(l, nil)
	nd := &node{Catchup: New(l, g, nil), t: t, net: n}
	nd.svc, err = session.New(session.Config{
		Net: n.Genesis.ID(), Rules: 1, UserAgent: "test", Logger: nd.faults.Logger(),
		State:    func() wire.State { return gossip.State(l.Snapshot()) },
		Families: append(g.Families(), nd.Families()...),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Add(t.Context(), "local", ledgertest.Raws(txs...)...); err != nil {
		t.Fatal(err)
	}
	return nd
}

// run starts what feeds downloads, and the announcements.
func (nd *node) run() *node {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() {
		nd.Run(ctx)
		ended <- struct{}{}
	}()
	go func() {
		nd.gossip.Run(ctx, nd.svc.Sessions)
		ended <- struct{}{}
	}()
	nd.t.Cleanup(func() {
		stop()
		<-ended
		<-ended
	})
	return nd
}

// meet opens a session with a stranger, the node number n, who holds state.
func (nd *node) meet(n int, state wire.State) *sessiontest.Stranger {
	nd.t.Helper()
	return sessiontest.Meet(nd.t, nd.svc, n, sessiontest.Hello(nd.net.Genesis.ID(), n, state))
}

// root is the ledger's.
func (nd *node) root() trie.Hash { return nd.ledger.Snapshot().T.Root() }

// awaitRoot waits, by the bubble's clock, until the ledger has a root.
func (nd *node) awaitRoot(root trie.Hash) {
	nd.t.Helper()
	for range 600 {
		if nd.root() == root {
			return
		}
		sessiontest.Advance(checkEvery)
	}
	nd.t.Fatalf("other roots, %d transactions", nd.ledger.Snapshot().Transactions())
}

func (nd *node) running() *download {
	nd.mu.Lock()
	defer nd.mu.Unlock()
	return nd.stream
}

func TestTwoLedgersBecomeEqual(t *testing.T) {
	n := ledgertest.NewNetwork(16, 1)
	all := n.Chains(600, 16, rand.New(rand.NewPCG(3, 3)))
	own := n.Spend("only here", []tx.Outpoint{n.GenesisCoin(3)})
	cases := map[string]struct{ a, b []*tx.Tx }{
		"one is empty":       {all, nil},
		"one lacks the top":  {all, all[:550]},
		"both have news":     {append(all[:400:400], own), all},
		"both are different": {[]*tx.Tx{own}, all[:100]},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := newNode(t, n, c.a...).run(), newNode(t, n, c.b...).run()
				union := newNode(t, n, slices.Concat(c.a, c.b)...).root()
				atA, atB := sessiontest.Connect(t, a.svc, b.svc, 1, 2)
				a.awaitRoot(union)
				b.awaitRoot(union)
				sessiontest.Advance(checkEvery + patience)
				if !a.Met(atA.Session) || !b.Met(atB.Session) {
					t.Error("they have not met")
				}
				if f := slices.Concat(a.faults.Found(), b.faults.Found()); len(f) != 0 {
					t.Errorf("faults %v", f)
				}
			})
		})
	}
}

// A node that is far behind streams from whom it can, though one of its peers
// says that all depths are empty.
func TestALiarDoesNotStallTheDownload(t *testing.T) {
	n := ledgertest.NewNetwork(16, 1)
	all := n.Chains(behind+100, 16, rand.New(rand.NewPCG(4, 4)))
	synctest.Test(t, func(t *testing.T) {
		honest, nd := newNode(t, n, all...).run(), newNode(t, n).run()
		lie := gossip.State(honest.ledger.Snapshot())
		lie.TRoot[0]++
		liar := nd.meet(9, lie)
		asked := sessiontest.Only[*wire.Get](liar.Heard())
		if len(asked) != fetchersPerPeer || nd.running() == nil {
			t.Fatalf("asked for %d ranges; want %d", len(asked), fetchersPerPeer)
		}
		sessiontest.Connect(t, nd.svc, honest.svc, 1, 2)
		for range asked {
			liar.Say(&wire.Tx{})
		}
		nd.awaitRoot(honest.root())
		if nd.running() != nil {
			t.Error("the download has not ended")
		}
		faults := nd.faults.Found()
		if len(faults) == 0 || slices.ContainsFunc(faults, func(f session.Fault) bool { return f != session.FaultUseless }) {
			t.Errorf("faults %v; want useless answers", faults)
		}
		if again := sessiontest.Only[*wire.Get](liar.Heard()); len(again) != 0 {
			t.Errorf("the liar was asked for %d ranges again", len(again))
		}
	})
}

// farAhead is the state of a peer that a new node streams from.
func farAhead(depth uint32) wire.State {
	return wire.State{Count: 3 * behind, Weight: 1, Depth: depth, TRoot: [32]byte{1}}
}

func TestALoneLiarIsLeftAlone(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n).run()
		liar := nd.meet(2, farAhead(1000))
		for range sessiontest.Only[*wire.Get](liar.Heard()) {
			liar.Say(&wire.Tx{})
		}
		sessiontest.Advance(checkEvery)
		if nd.running() != nil {
			t.Error("the download goes on")
		}
		if asked := sessiontest.Only[*wire.Get](liar.Heard()); len(asked) != 0 {
			t.Errorf("asked for %d ranges again at once", len(asked))
		}
	})
}

// The peer takes back what it said: nobody can bring the rest.
func TestADownloadEndsWithItsPeersReach(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n).run()
		st := nd.meet(2, farAhead(20*Window*segmentTxs))
		asked := sessiontest.Only[*wire.Get](st.Heard())
		if len(asked) != fetchersPerPeer {
			t.Fatalf("asked for %d ranges; want %d", len(asked), fetchersPerPeer)
		}
		st.Say(&wire.State{Count: 3 * behind, Depth: 1, TRoot: [32]byte{1}})
		synctest.Wait()
		for range asked {
			st.Say(&wire.Tx{Txs: ledgertest.Raws(n.Genesis)})
		}
		if more := sessiontest.Only[*wire.Get](st.Heard()); len(more) != 0 {
			t.Errorf("asked for %d ranges beyond the reach", len(more))
		}
		if nd.running() != nil {
			t.Error("the download has not ended")
		}
	})
}

func TestADownloadEndsWithItsOnlySession(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	for name, fed := range map[string]bool{"under way": true, "not begun": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nd := newNode(t, n)
				if fed {
					nd.run()
				}
				st := nd.meet(2, farAhead(1000))
				if nd.running() == nil {
					t.Fatal("no download")
				}
				st.Session.Close()
				_ = st.Reason()
				synctest.Wait()
				if nd.running() != nil {
					t.Error("the download outlives its session, and every later one would join it")
				}
				if len(nd.partners) != 0 {
					t.Error("something of the session is kept")
				}
			})
		})
	}
}

// What a peer has more than we do may lie below our own depth, where nothing
// is streamed from: it is found by reconciliation.
func TestWhatStreamsLeaveOutIsReconciled(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	deep := n.Spend("deep", []tx.Outpoint{n.GenesisCoin(0)})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, deep).run()
		st := nd.meet(2, farAhead(0))
		sessiontest.Advance(2 * checkEvery)
		if asked := sessiontest.Only[*wire.Sync](st.Heard()); len(asked) != 1 {
			t.Errorf("%d reconciliations were begun; want 1", len(asked))
		}
	})
}

// opening is the first turn of a reconciliation of somebody who holds what
// nobody else does.
func opening(t *testing.T, sid uint64) *wire.Sync {
	t.Helper()
	var empty trie.Trie
	set := empty.Edit()
	for i := range 200 {
		set.Insert(trie.DepthKey(uint32(i), [32]byte{byte(i), 7}), 1)
	}
	_, turn := sync.Start(sync.Config{Trie: set.Commit()})
	m, err := turn.Message(sid)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestServedReconciliationsAreBounded(t *testing.T) {
	n := ledgertest.NewNetwork(4, 1)
	all := n.Chains(100, 4, rand.New(rand.NewPCG(5, 5)))
	const excess = 3
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all...)
		st := nd.meet(2, gossip.State(nd.ledger.Snapshot()))
		for minute := range 2 {
			for i := range MaxServedPerMinute + excess {
				st.Say(opening(t, uint64(2*(minute*1000+i))))
				if open := len(openWith(nd, st)); open > MaxServed {
					t.Fatalf("%d reconciliations are open; at most %d may", open, MaxServed)
				}
			}
			answers := sessiontest.Only[*wire.Sync](st.Heard())
			if len(answers) != MaxServedPerMinute {
				t.Errorf("%d answers in a minute; want %d", len(answers), MaxServedPerMinute)
			}
			if got := count(nd.faults.Found(), session.FaultRate); got != (minute+1)*excess {
				t.Errorf("%d faults; want %d", got, (minute+1)*excess)
			}
			sessiontest.Advance(time.Minute)
		}
	})
}

func count(faults []session.Fault, f session.Fault) (n int) {
	for _, found := range faults {
		if found == f {
			n++
		}
	}
	return n
}

// openWith is what a stranger has open with a node.
func openWith(nd *node, st *sessiontest.Stranger) map[uint64]*reconciliation {
	synctest.Wait()
	nd.mu.Lock()
	defer nd.mu.Unlock()
	if peer := nd.partners[st.Session]; peer != nil {
		return peer.open
	}
	return nil
}

func TestContradictionsAreFaults(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meet(2, gossip.State(nd.ledger.Snapshot()))
		st.Say(opening(t, 2))
		again := opening(t, 2)
		again.Root[0]++
		st.Say(again)
		synctest.Wait()
		if got := nd.faults.Found(); !slices.Equal(got, []session.Fault{session.FaultSync}) {
			t.Errorf("faults %v; want %v", got, session.FaultSync)
		}
		if open := len(openWith(nd, st)); open != 0 {
			t.Errorf("%d reconciliations are still open", open)
		}
	})
}

// The further witnesses of a forked voter are reconciled like anything else: a
// node that met them before the fork came to light has them for good, so one
// that refused them would never be in step with it (docs/adr/0007).
func TestAForkersFurtherWitnessesAreReconciled(t *testing.T) {
	n := ledgertest.NewNetwork(1, 4)
	paid := n.Spend("", []tx.Outpoint{n.GenesisCoin(0)})
	pair := []*tx.Tx{paid, n.Vote(0, n.Genesis), n.Fork(0, paid)}
	seen := slices.Clone(pair)
	for range 5 {
		seen = append(seen, n.Vote(0))
	}
	synctest.Test(t, func(t *testing.T) {
		a, b := newNode(t, n, seen...).run(), newNode(t, n, pair...).run()
		sessiontest.Connect(t, a.svc, b.svc, 1, 2)
		b.awaitRoot(a.root())
		if got, want := b.ledger.Snapshot().Transactions(), uint64(1+len(seen)); got != want {
			t.Errorf("%d transactions; want %d", got, want)
		}
	})
}
