package catchup

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// diverged makes two histories with a common base and n more transactions each
// on top.
func diverged(n *ledgertest.Network, base, more int) (common, a, b []*tx.Tx) {
	rng := rand.New(rand.NewPCG(1, 1))
	common = n.Chains(base, 16, rng)
	heads := common[len(common)-16:]
	return common, n.Extend(heads[:8], more, "a", rng), n.Extend(heads[8:], more, "b", rng)
}

// The targets of wire.md for 1,000 recent differences. The conversation is what
// they are about; naming what is then fetched costs about as much again. What is asked for while it is on its way
// comes twice: how much that is depends on whose goroutine runs first. The
// common history is short here; TestCost of ext/sync has a long one.
func TestRecentDifferencesAreCheap(t *testing.T) {
	const maxTalk, maxTurns, maxBeside = 25_000, 6, 50_000
	n := ledgertest.NewNetwork(16, 1)
	common, newA, newB := diverged(n, 100, 500)
	synctest.Test(t, func(t *testing.T) {
		a := newNode(t, n, slices.Concat(common, newA)...).run()
		b := newNode(t, n, slices.Concat(common, newB)...).run()
		sent := talk(t, a, b)
		if want := uint64(1 + 100 + 2*500); a.ledger.Snapshot().Transactions() != want {
			t.Errorf("%d transactions; want %d", a.ledger.Snapshot().Transactions(), want)
		}
		if sent["sync"].Bytes > maxTalk || sent["sync"].Frames > maxTurns {
			t.Errorf("at most %d bytes in %d turns may be said: %v", maxTalk, maxTurns, sent)
		}
		beside := sent["sync"].Bytes + sent["get"].Bytes + sent["give"].Bytes + sent["tx"].Bytes
		once := 0
		for _, x := range slices.Concat(newA, newB) {
			once += len(x.Raw())
		}
		if beside > 2*once+maxBeside {
			t.Errorf("%d bytes were sent, at most twice %d and %d may be: %v", beside, once, maxBeside, sent)
		}
		if sent["give"].Frames == 0 {
			t.Errorf("no transaction was given: %v", sent)
		}
		if f := slices.Concat(a.faults.Found(), b.faults.Found()); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}

// talk lets two nodes become equal, and returns what both have sent.
func talk(t *testing.T, a, b *node) map[string]sessiontest.Traffic {
	t.Helper()
	pipeA, pipeB := sessiontest.NewPipe(1, 2)
	sessiontest.Serve(t, a.svc, pipeA)
	sessiontest.Serve(t, b.svc, pipeB)
	for range 60 {
		if a.root() == b.root() {
			break
		}
		sessiontest.Advance(checkEvery)
	}
	a.awaitRoot(b.root())
	sent := pipeA.Sent()
	for name, traffic := range pipeB.Sent() {
		sent[name] = sessiontest.Traffic{
			Frames: sent[name].Frames + traffic.Frames,
			Bytes:  sent[name].Bytes + traffic.Bytes,
		}
	}
	return sent
}

// What nobody wanted is scored, and so is more than was wanted.
func TestGivingUnasked(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	one := n.Spend("unasked", []tx.Outpoint{n.GenesisCoin(0)})
	synctest.Test(t, func(t *testing.T) {
		nd := newNode(t, n)
		st := nd.meet(2, gossip.State(nd.ledger.Snapshot()))
		st.Say(&wire.Give{Txs: ledgertest.Raws(one)})
		synctest.Wait()
		if got := nd.faults.Found(); !slices.Equal(got, []session.Fault{session.FaultUnsolicited}) || nd.ledger.Has(one.ID()) {
			t.Errorf("faults %v; want %v, and nothing taken", got, session.FaultUnsolicited)
		}
		more := opening(t, 2)
		more.Gives = 1
		st.Say(more)
		synctest.Wait()
		if got := nd.faults.Found(); !slices.Contains(got, session.FaultSync) {
			t.Errorf("faults %v; want %v", got, session.FaultSync)
		}
	})
}

// One session asks at a time; one that brings nothing gives way, and leaves the
// next ones to others.
func TestAskingTakesTurns(t *testing.T) {
	a, s, other := newAsking(), new(session.Session), new(session.Session)
	now := time.Unix(1_800_000_000, 0)
	if !a.take(s, 1, now) || a.take(other, 2, now) {
		t.Fatal("two ask at once")
	}
	late := now.Add(askFor)
	if a.busy(late) || !a.take(other, 2, late) {
		t.Error("one that brings nothing keeps the others waiting")
	}
	a.ended(other, 2)
	a.harvest(other, late)
	if a.take(s, 3, late) {
		t.Error("it asks again at once")
	}
	if !a.take(s, 4, now.Add((1+leaveFor)*askFor)) {
		t.Error("it never asks again")
	}
}

func TestWhatIsGivenWaitsForItsParents(t *testing.T) {
	a, s := newAsking(), new(session.Session)
	now := time.Unix(1_800_000_000, 0)
	a.take(s, 1, now)
	early, announced := [][]byte{{1}}, [][]byte{{2}, {3}}
	if !a.came(s, early, now) || a.harvest(s, now) != nil {
		t.Error("harvested before the conversation is over")
	}
	a.announced(s, 1, 3)
	a.ended(s, 1)
	if a.harvest(s, now) != nil {
		t.Error("harvested before all is here")
	}
	a.came(s, announced, now)
	if got := a.harvest(s, now); len(got) != 3 || a.busy(now) {
		t.Errorf("%d harvested; want 3, and room for another", len(got))
	}
	a.take(s, 2, now)
	a.came(s, [][]byte{make([]byte, MaxHarvest)}, now)
	if len(a.harvest(s, now)) != 1 || !a.busy(now) {
		t.Error("more than MaxHarvest is kept, or the conversation was taken for over")
	}
}
