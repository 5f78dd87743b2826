package gossip

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// spends are independent transfers, each of a coin of the genesis.
func spends(n *ledgertest.Network, count int) []*tx.Tx {
	out := make([]*tx.Tx, count)
	for i := range out {
		out[i] = n.Spend("spend", []tx.Outpoint{n.GenesisCoin(i)})
	}
	return out
}

func TestGetByIDs(t *testing.T) {
	n := ledgertest.NewNetwork(4, 1)
	all := spends(n, 4)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all[:3]...)
		st := nd.meet(2)
		st.Say(getOf(all[2].ID(), all[3].ID(), all[0].ID()))
		st.Say(getOf(all[3].ID(), tx.ID{1}))
		heard := st.Heard()
		answers, missing := sessiontest.Only[*wire.Tx](heard), sessiontest.Only[*wire.NotFound](heard)
		if len(heard) != 2 || len(answers) != 1 || len(missing) != 1 {
			t.Fatalf("heard %v; want a tx and a notfound", heard)
		}
		if got := idsIn(answers[0].Txs); !slices.Equal(got, []tx.ID{all[2].ID(), all[0].ID()}) {
			t.Errorf("got %v: not what is held, in the order asked for", got)
		}
		if !slices.Equal(missing[0].IDs, [][32]byte{all[3].ID(), {1}}) {
			t.Errorf("notfound %v", missing[0].IDs)
		}
	})
}

func TestAnAnswerByIDsFitsInAFrame(t *testing.T) {
	n := ledgertest.NewNetwork(8, 1)
	all := n.Chains(300, 8, rand.New(rand.NewPCG(1, 1)))
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all...)
		st := nd.meet(2)
		left := idsIn(ledgertest.Raws(all...))
		for frames := 0; len(left) > 0; frames++ {
			st.Say(getOf(left...))
			answers := sessiontest.Only[*wire.Tx](st.Heard())
			if len(answers) != 1 || len(answers[0].Txs) == 0 {
				t.Fatalf("%d answers with %d to come", len(answers), len(left))
			}
			got := idsIn(answers[0].Txs)
			if !slices.Equal(got, left[:len(got)]) {
				t.Fatal("not a prefix of what was asked for")
			}
			if left = left[len(got):]; frames == 0 && len(left) == 0 {
				t.Error("one frame held all: the bound was not tried")
			}
		}
	})
}

// TestARangeIsWalkedByItsCursor asks for the whole depth order.
func TestARangeIsWalkedByItsCursor(t *testing.T) {
	n := ledgertest.NewNetwork(8, 1)
	all := n.Chains(400, 8, rand.New(rand.NewPCG(2, 2)))
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all...)
		st := nd.meet(2)
		var want, got []tx.ID
		nd.ledger.Snapshot().T.Ascend(trie.Key{}, func(k trie.Key, _ uint64) bool {
			want = append(want, k.ID())
			return true
		})
		get, frames := &wire.Get{To: trie.TopKey()}, 0
		for more := true; more; frames++ {
			st.Say(get)
			answers := sessiontest.Only[*wire.Tx](st.Heard())
			if len(answers) != 1 {
				t.Fatalf("%d answers", len(answers))
			}
			got = append(got, idsIn(answers[0].Txs)...)
			if more = answers[0].Next != nil; more {
				get = &wire.Get{From: *answers[0].Next, To: trie.TopKey()}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d transactions in %d frames; want all %d, each once, in depth order", len(got), frames, len(want))
		}
		if frames < 2 {
			t.Error("one frame held all: the cursor was not tried")
		}
	})
}

func TestARangeIsOpenBelowAndClosedAbove(t *testing.T) {
	n := ledgertest.NewNetwork(6, 1)
	all := spends(n, 6)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all...)
		var keys []trie.Key
		nd.ledger.Snapshot().T.Ascend(trie.Key{}, func(k trie.Key, _ uint64) bool {
			keys = append(keys, k)
			return true
		})
		st := nd.meet(2)
		st.Say(&wire.Get{From: keys[2], To: keys[4]})
		st.Say(&wire.Get{From: keys[6], To: trie.TopKey()})
		answers := sessiontest.Only[*wire.Tx](st.Heard())
		if len(answers) != 2 {
			t.Fatalf("%d answers", len(answers))
		}
		if got := idsIn(answers[0].Txs); !slices.Equal(got, []tx.ID{keys[3].ID(), keys[4].ID()}) || answers[0].Next != nil {
			t.Errorf("got %v", got)
		}
		if len(answers[1].Txs) != 0 || answers[1].Next != nil {
			t.Error("an empty range is not answered by an empty tx")
		}
	})
}

func TestAnnouncedIsAskedForOnce(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	all := spends(n, 2)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all[0])
		st := nd.meet(2)
		st.Say(invOf(all...))
		st.Say(invOf(all...))
		asked := gets(st)
		if len(asked) != 1 || !slices.Equal(asked[0].IDs, [][32]byte{all[1].ID()}) {
			t.Fatalf("asked %v; want once, for what is not there", asked)
		}
		st.Say(&wire.Tx{Txs: ledgertest.Raws(all[1])})
		if again := gets(st); len(again) != 0 || !nd.ledger.Has(all[1].ID()) {
			t.Errorf("asked again %v; in the ledger: %v", again, nd.ledger.Has(all[1].ID()))
		}
		nd.wantFaults()
	})
}

// A transaction whose parents are missing makes us ask for them.
func TestParentsAreAskedFor(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	parent := n.Spend("parent", []tx.Outpoint{n.GenesisCoin(0)})
	child := n.Spend("child", []tx.Outpoint{ledgertest.Coin(parent)})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meet(2)
		st.Say(invOf(child))
		for _, next := range []*tx.Tx{child, parent} {
			asked := gets(st)
			if len(asked) != 1 || !slices.Equal(asked[0].IDs, [][32]byte{next.ID()}) {
				t.Fatalf("asked %v; want %s", asked, next.ID())
			}
			st.Say(&wire.Tx{Txs: ledgertest.Raws(next)})
		}
		synctest.Wait()
		if !nd.ledger.Has(child.ID()) {
			t.Error("it is not in the ledger")
		}
		nd.wantFaults()
	})
}

func TestBadAnswersAreFaults(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	all := spends(n, 2)
	bad := invalid(t, n)
	cases := map[string]struct {
		announced *wire.Inv
		answer    [][]byte
		fault     session.Fault
	}{
		"unasked":         {invOf(all[0]), ledgertest.Raws(all[1]), session.FaultUseless},
		"asked and other": {invOf(all[0]), ledgertest.Raws(all...), session.FaultUnsolicited},
		"twice the same":  {invOf(all[0]), ledgertest.Raws(all[0], all[0]), session.FaultUnsolicited},
		"nothing":         {invOf(all[0]), nil, session.FaultUnsolicited},
		"invalid":         {invOf(bad), ledgertest.Raws(bad), session.FaultInvalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nd := newNode(t, n)
				st := nd.meet(2)
				st.Say(c.announced)
				if asked := gets(st); len(asked) != 1 {
					t.Fatalf("%d gets", len(asked))
				}
				st.Say(&wire.Tx{Txs: slices.Clone(c.answer)})
				nd.wantFaults(c.fault)
				if st.Open() == c.fault.Drops() {
					t.Errorf("open: %v", st.Open())
				}
				if count := nd.ledger.Snapshot().Transactions(); count != 1 {
					t.Errorf("%d transactions in the ledger; want the genesis alone", count)
				}
			})
		})
	}
}

// invalid is a transfer whose signature is not its owner's.
func invalid(t *testing.T, n *ledgertest.Network) *tx.Tx {
	t.Helper()
	good := n.Spend("bad", []tx.Outpoint{n.GenesisCoin(0)})
	bad, err := tx.Decode(good.Raw())
	if err != nil {
		t.Fatal(err)
	}
	bad.Out[0].Amount--
	if err := bad.Seal(); err != nil {
		t.Fatal(err)
	}
	return bad
}

func TestInvsAreBoundedByMaxPull(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meet(2)
		const invs = MaxPull/wire.MaxInv + 3
		for i := range invs {
			inv := new(wire.Inv)
			for j := range wire.MaxInv {
				inv.Items = append(inv.Items, wire.Item{ID: [32]byte{1, byte(i), byte(j), byte(j >> 8)}})
			}
			st.Say(inv)
		}
		asked := gets(st)
		if len(asked) != 1 || len(asked[0].IDs) != askAtOnce {
			t.Fatalf("%d gets at once; want one", len(asked))
		}
		p := nd.puller(st.Session)
		if len(p.queue) > MaxPull || len(p.queued) != len(p.queue) || len(p.queue) < MaxPull-askAtOnce {
			t.Errorf("%d ids wait, %d are marked; at most %d may", len(p.queue), len(p.queued), MaxPull)
		}
		if known := len(p.knows.young) + len(p.knows.old); known > 2*MaxKnown+wire.MaxInv {
			t.Errorf("%d ids are remembered; want at most %d", known, 2*MaxKnown)
		}
		for range MaxRanges + 5 {
			nd.PullRange(st.Session, trie.Key{}, trie.TopKey())
		}
		if len(p.ranges) != MaxRanges {
			t.Errorf("%d ranges wait; want %d", len(p.ranges), MaxRanges)
		}
		st.Session.Close()
		_ = st.Reason()
		if len(nd.pullers) != 0 || len(nd.claims) != 0 {
			t.Errorf("%d pullers, %d claims outlive their session", len(nd.pullers), len(nd.claims))
		}
	})
}

func TestTwoPeersAreNotAskedForOneID(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	all := spends(n, 2)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		first, second := nd.meet(2), nd.meet(3)
		first.Say(invOf(all[0]))
		if asked := gets(first); len(asked) != 1 {
			t.Fatalf("%d gets", len(asked))
		}
		second.Say(invOf(all...))
		asked := gets(second)
		if len(asked) != 1 || !slices.Equal(asked[0].IDs, [][32]byte{all[1].ID()}) {
			t.Fatalf("the second peer was asked %v; want what nobody is bringing", asked)
		}
		third := nd.meet(4)
		sessiontest.Advance(claimFor)
		third.Say(invOf(all[0]))
		if asked := gets(third); len(asked) != 1 {
			t.Error("nobody else is asked once the claim is over")
		}
	})
}

func TestNoInvBackToItsSource(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	all := spends(n, 2)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		source, knows, other := nd.meet(2), nd.meet(3), nd.meet(4)
		source.Say(invOf(all[0]))
		gets(source)
		knows.Say(invOf(all[0]))
		gets(knows)
		source.Say(&wire.Tx{Txs: ledgertest.Raws(all[0])})
		if counts := heardInvs(other); counts[all[0].ID()] != 1 || len(counts) != 1 {
			t.Errorf("the others heard %v", counts)
		}
		for name, st := range map[string]*sessiontest.Stranger{"the source": source, "who announced it": knows} {
			if counts := heardInvs(st); len(counts) != 0 {
				t.Errorf("%s heard %v", name, counts)
			}
		}
	})
}

// A few hear of what a peer brought, all of what begins here.
func TestFanout(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	both := spends(n, 2)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		var all []*sessiontest.Stranger
		for i := range Fanout + 4 {
			all = append(all, nd.meet(2+i))
		}
		source := nd.meet(1)
		nd.add(both[0])
		source.Say(&wire.Rival{Txs: ledgertest.Raws(both[1], both[1])})
		counts := make(map[tx.ID]int)
		for _, st := range all {
			for id, n := range heardInvs(st) {
				counts[id] += n
			}
		}
		if got := counts[both[0].ID()]; got != len(all) {
			t.Errorf("%d peers heard of what began here; want %d", got, len(all))
		}
		if got := counts[both[1].ID()]; got != Fanout && got != Fanout-1 { // the source may be among the chosen
			t.Errorf("%d peers heard of what a peer brought; want %d", got, Fanout)
		}
	})
}

func TestStateIsToldAtMostEvery(t *testing.T) {
	n := ledgertest.NewNetwork(10, 1)
	all := spends(n, 10)
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		st := nd.meet(2)
		sessiontest.Advance(10 * stateEvery)
		st.Heard()
		for _, it := range all {
			nd.add(it)
			synctest.Wait()
		}
		first := sessiontest.Only[*wire.State](st.Heard())
		sessiontest.Advance(10 * stateEvery)
		later := sessiontest.Only[*wire.State](st.Heard())
		if len(first) > 1 || len(later) != 1 {
			t.Fatalf("%d states at once, %d after; want at most one and one", len(first), len(later))
		}
		if want := State(nd.ledger.Snapshot()); *later[0] != want || want.Count != 11 {
			t.Errorf("state %+v; want %+v", *later[0], want)
		}
	})
}

// Two spends of a coin are announced and shown; of further ones that nobody
// supports the network hears by reconciliation alone.
func TestRivals(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	var rivals []*tx.Tx
	for i := range 4 {
		rivals = append(rivals, n.Spend(fmt.Sprint("rival ", i), []tx.Outpoint{n.GenesisCoin(0)}))
	}
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		nd.run()
		st := nd.meet(2)
		shown := 0
		for i, r := range rivals {
			nd.add(r)
			heard := st.Heard()
			announced := 0
			for _, inv := range sessiontest.Only[*wire.Inv](heard) {
				announced += len(inv.Items)
			}
			if quiet := i >= MaxAnnouncedRivals; quiet != (announced == 0) {
				t.Errorf("rival %d: announced %d times", i, announced)
			}
			for _, m := range sessiontest.Only[*wire.Rival](heard) {
				shown++
				if got := idsIn(m.Txs); i != 1 || !slices.Equal(got, []tx.ID{rivals[0].ID(), rivals[1].ID()}) {
					t.Errorf("rival %d: shown %v", i, got)
				}
			}
		}
		if shown != 1 {
			t.Errorf("the double spend was shown %d times", shown)
		}
	})
}

func TestAForkIsShown(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	all := spends(n, 2)
	first := n.Vote(0, all[0])
	second := n.Fork(0, all[1])
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n, all...)
		nd.run()
		st := nd.meet(2)
		nd.add(first)
		st.Heard()
		nd.add(second)
		shown := sessiontest.Only[*wire.Rival](st.Heard())
		if len(shown) != 1 {
			t.Fatalf("the fork was shown %d times", len(shown))
		}
		got := idsIn(shown[0].Txs)
		if !slices.Contains(got, first.ID()) || !slices.Contains(got, second.ID()) {
			t.Errorf("shown %v", got)
		}
	})
}

func TestWhatARivalShowsIsTaken(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	a := n.Spend("a", []tx.Outpoint{n.GenesisCoin(0)})
	b := n.Spend("b", []tx.Outpoint{n.GenesisCoin(0)})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meet(2)
		st.Say(&wire.Rival{Txs: ledgertest.Raws(a, b)})
		nd.wantFaults()
		if !nd.ledger.Has(a.ID()) || !nd.ledger.Has(b.ID()) {
			t.Error("not in the ledger")
		}
		bad := invalid(t, n)
		st.Say(&wire.Rival{Txs: ledgertest.Raws(a, bad)})
		nd.wantFaults(session.FaultInvalid)
	})
}
