package adversary_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// invalid are transactions that can never enter T, by what is wrong with them.
func (w *world) invalid() map[string][]byte {
	good := w.net.Spend("good", []tx.Outpoint{w.coin(0)})
	least := uint64(len(good.Raw())) * w.net.Genesis.Params.BurnPerByte
	return map[string][]byte{
		"signature":        ledgertest.Forge(good),
		"burns nothing":    w.net.Burning("free", 0, w.coin(1)).Raw(),
		"burns too little": w.net.Burning("good", least-1, w.coin(2)).Raw(),
		"no transaction":   []byte("d1:m3:onee"),
	}
}

// TestInvalidTransactions, on every way in: the first one ends the session and
// bans, and none enters T.
func TestInvalidTransactions(t *testing.T) {
	ways := map[string]func(w *world, s *stranger, raw []byte){
		"asked for by id": func(_ *world, s *stranger, raw []byte) {
			id, infohash := tx.Identify(raw)
			s.say(&wire.Inv{Items: []wire.Item{{ID: id, Infohash: infohash}}})
			for _, g := range s.gets() {
				s.say(&wire.Tx{Txs: [][]byte{raw}})
				_ = g
			}
		},
		"rival": func(w *world, s *stranger, raw []byte) {
			s.say(&wire.Rival{Txs: [][]byte{w.net.Genesis.Raw(), raw}})
		},
		"a range, streamed": func(w *world, s *stranger, raw []byte) {
			state := w.state()
			state.Count, state.Weight, state.Depth, state.TRoot = 1<<20, math.MaxInt64, 1<<10, [32]byte{1}
			s.say(&state)
			for range 100 {
				for _, g := range s.gets() {
					if g.IDs == nil {
						s.say(&wire.Tx{Txs: [][]byte{raw}})
					}
				}
				if !s.Open() {
					return
				}
				sessiontest.Advance(100 * time.Millisecond)
			}
		},
	}
	for way, bring := range ways {
		for _, what := range []string{"signature", "burns nothing", "burns too little", "no transaction"} {
			t.Run(way+"/"+what, func(t *testing.T) {
				besiege(t, 0, func(t *testing.T, w *world) {
					before := w.alice.ledger.Snapshot().Transactions()
					s := w.call()
					bring(w, s, w.invalid()[what])
					s.wantBanned(session.FaultInvalid, 1)
					if after := w.alice.ledger.Snapshot().Transactions(); after != before {
						t.Errorf("%d transactions entered", after-before)
					}
				})
			})
		}
	}
}

// TestInvalidSignaturesAtFullSpeed: a frame full of forgeries, most of which
// waited for one parent: all of them cost their verification once and the sender
// his session, though nobody waits for their verdicts any more.
func TestInvalidSignaturesAtFullSpeed(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		parent := w.net.Spend("parent", []tx.Outpoint{w.coin(0)})
		var forged [][]byte
		for i := range 100 {
			child := w.net.Spend(fmt.Sprint(i), []tx.Outpoint{ledgertest.Coin(parent)})
			forged = append(forged, ledgertest.Forge(child))
		}
		s := w.call()
		for _, raw := range forged[:50] {
			s.say(&wire.Rival{Txs: [][]byte{raw, raw}})
		}
		sessiontest.Advance(0)
		if n := w.alice.ledger.Waiting(); n != 50 {
			t.Fatalf("%d wait for their parent", n)
		}
		s.wantFaults(session.FaultInvalid, 0)
		w.alice.add(t, parent)
		s.wantBanned(session.FaultInvalid, 1)
		if n := w.alice.ledger.Waiting(); n != 0 {
			t.Errorf("%d still wait", n)
		}
		// The same again, and the liar hangs up before it comes to light.
		parent = w.net.Spend("parent", []tx.Outpoint{w.coin(1)})
		child := ledgertest.Forge(w.net.Spend("child", []tx.Outpoint{ledgertest.Coin(parent)}))
		gone := w.call()
		gone.say(&wire.Rival{Txs: [][]byte{child, child}})
		sessiontest.Advance(0)
		gone.pipe.Close()
		_ = gone.Reason()
		w.alice.add(t, parent)
		sessiontest.Advance(0)
		if !w.alice.bans.Has(gone.addr(), time.Now()) {
			t.Error("who hung up in time is not banned")
		}
		w.awaitStep(parent.ID())
	})
}

// TestBothSpendsOfManyCoins: one spend told to Alice and another to Bob, of many
// coins. Nobody is at fault, both hold both, and see each coin as conflicted.
func TestBothSpendsOfManyCoins(t *testing.T) {
	const coins = 100
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call()
		var one, other []*tx.Tx
		for i := range coins {
			one = append(one, w.net.Spend("one", []tx.Outpoint{w.coin(i)}))
			other = append(other, w.net.Spend("other", []tx.Outpoint{w.coin(i)}))
		}
		s.say(invOf(one...))
		w.bob.add(t, other...)
		s.answer(byID(one...), (*tx.Tx).Raw)
		w.awaitStep(other[coins-1].ID())
		w.awaitStep(one[coins-1].ID())
		for i := range coins {
			w.alice.ledger.Read(func(d *dag.DAG) {
				if n := len(d.Spenders(w.coin(i))); n != 2 {
					t.Errorf("coin %d has %d spenders", i, n)
				}
			})
		}
		if f := w.alice.faults.of(s.number); len(f) != 0 || !s.Open() {
			t.Errorf("faults %v", f)
		}
	})
}

// TestAHundredRivals of one coin: two are announced, all are reconciled.
func TestAHundredRivals(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s, listener := w.call(), w.call()
		listener.greedy = true
		var rivals []*tx.Tx
		for i := range 100 {
			rivals = append(rivals, w.net.Spend(fmt.Sprint(i), []tx.Outpoint{w.coin(0)}))
		}
		for _, r := range rivals {
			s.say(invOf(r))
			s.answer(byID(rivals...), (*tx.Tx).Raw)
		}
		w.awaitStep(rivals[99].ID())
		for _, r := range rivals {
			if !w.bob.ledger.Has(r.ID()) {
				t.Fatal("reconciliation left out a rival")
			}
		}
		announced, known := 0, byID(rivals...)
		for _, m := range listener.hear() {
			if inv, ok := m.(*wire.Inv); ok {
				for _, it := range inv.Items {
					if known[it.ID] != nil {
						announced++
					}
				}
			}
		}
		if announced != 2 {
			t.Errorf("%d rivals were announced; want 2", announced)
		}
	})
}

// TestAForkersWitnesses: the pair that shows the fork is relayed, what its voter
// signs afterwards is not announced; sets become equal all the same.
func TestAForkersWitnesses(t *testing.T) {
	besiege(t, 4, func(t *testing.T, w *world) {
		s, listener := w.call(), w.call()
		listener.greedy = true
		payment := w.net.Spend("x", []tx.Outpoint{w.coin(0)})
		first := w.net.Vote(0, payment)
		second := w.net.Fork(0, w.net.Genesis)
		witnesses := []*tx.Tx{payment, first, second}
		for range 20 {
			witnesses = append(witnesses, w.net.Vote(0, payment))
		}
		for _, x := range witnesses {
			s.say(invOf(x))
			s.answer(byID(witnesses...), (*tx.Tx).Raw)
		}
		w.awaitStep(witnesses[len(witnesses)-1].ID())
		announced, shown := map[tx.ID]bool{}, 0
		for _, m := range listener.hear() {
			switch m := m.(type) {
			case *wire.Inv:
				for _, it := range m.Items {
					announced[it.ID] = true
				}
			case *wire.Rival:
				shown++
			}
		}
		if !announced[first.ID()] || !announced[second.ID()] || shown != 1 {
			t.Errorf("the pair was announced: %v, %v; shown %d times", announced[first.ID()], announced[second.ID()], shown)
		}
		for _, x := range witnesses[3:] {
			if announced[x.ID()] {
				t.Error("a later witness of a forked voter was announced")
			}
		}
	})
}

// TestLyingState: counts, weights and depths that nobody has, with ranges that
// bring nothing, or only buy time.
func TestLyingState(t *testing.T) {
	some := make([]byte, 0, 300)
	some = append(some, "d1:m200:"...)
	some = append(append(some, make([]byte, 200)...), 'e')
	answers := map[string]func(w *world, g *wire.Get) wire.Message{
		"empty ranges": func(*world, *wire.Get) wire.Message { return &wire.Tx{} },
		"ranges that hardly go on": func(_ *world, g *wire.Get) wire.Message {
			next := after(g.From)
			return &wire.Tx{Txs: [][]byte{some}, Next: &next}
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			besiege(t, 0, func(t *testing.T, w *world) {
				s := w.call(func(h *wire.Hello) {
					h.State = wire.State{
						Count: 1 << 60, Weight: math.MaxUint64, Depth: 1<<31 - 1, Confirmed: 1<<31 - 1,
						TRoot: [32]byte{0xff}, URoot: [32]byte{0xff},
					}
				})
				for n := 0; s.Open() && n < 1000; n++ {
					for _, m := range s.hear() {
						switch m := m.(type) {
						case *wire.Get:
							s.say(answer(w, m))
						case *wire.Sync:
							s.say(&wire.Sync{SID: m.SID, Root: [32]byte{0xff}})
						}
					}
					sessiontest.Advance(time.Second)
					if n == 5 {
						w.pay()
					}
				}
				s.wantBanned(session.FaultUseless, timesToBan(session.FaultUseless))
			})
		})
	}
}

// after is the next key.
func after(key [36]byte) [36]byte {
	for i := len(key) - 1; i >= 0; i-- {
		if key[i]++; key[i] != 0 {
			break
		}
	}
	return key
}

// TestLyingSync: regions that no trie has.
func TestLyingSync(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call(func(h *wire.Hello) { h.TRoot[0]++ })
		for sid := uint64(1); s.Open() && sid < 100; sid += 2 {
			lie, err := wire.AppendRegions(nil, []wire.Region{{Kind: wire.RegionRoot, Bits: 300, Count: math.MaxUint64}})
			if err != nil { // our own encoder refuses it
				lie = append([]byte{1, 1, 44}, make([]byte, 38+8+32)...)
			}
			s.say(&wire.Sync{SID: sid | 1<<40, Root: [32]byte{9}, Regions: lie})
			for _, m := range s.hear() {
				if q, ok := m.(*wire.Sync); ok {
					s.say(&wire.Sync{SID: q.SID, Root: [32]byte{byte(sid)}, Regions: lie})
				}
			}
			sessiontest.Advance(time.Second)
		}
		s.wantBanned(session.FaultSync, timesToBan(session.FaultSync))
	})
}

// TestAFalseRuleAlarm: one peer's word for another result is not believed,
// however often it gives it; that of two places is.
func TestAFalseRuleAlarm(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		lie := func(h *wire.Hello) { h.URoot[0]++ }
		liar := w.call(lie)
		for range 5 {
			sessiontest.Advance(time.Second)
			again := w.state()
			again.URoot[0]++
			liar.say(&again)
			w.callFrom(liar.number, lie, func(h *wire.Hello) { h.Nonce[7]++ }) // another session of the same place
		}
		sessiontest.Advance(time.Second)
		if w.alice.RulesDiffer() {
			t.Error("one place was enough")
		}
		w.call(lie)
		sessiontest.Advance(time.Second)
		if !w.alice.RulesDiffer() {
			t.Error("two places are no alarm")
		}
	})
}

// TestTakeOverWithAStolenNonce: who says that he is Bob does not become him.
func TestTakeOverWithAStolenNonce(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		bobs := w.alice.Sessions()[0]
		for range 3 {
			thief := w.call(func(h *wire.Hello) { h.Nonce = bobs.Peer().Nonce })
			if !thief.Open() {
				t.Errorf("a session of its own: %v", thief.Reason())
			}
		}
		select {
		case <-bobs.Done():
			t.Error("Bob's session was ended")
		default:
		}
		if n := len(w.alice.Sessions()); n != 4 {
			t.Errorf("%d sessions", n)
		}
	})
}
