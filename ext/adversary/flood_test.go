package adversary_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ext/gossip"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
)

// invOf announces transactions.
func invOf(txs ...*tx.Tx) *wire.Inv {
	inv := new(wire.Inv)
	for _, t := range txs {
		inv.Items = append(inv.Items, wire.Item{ID: t.ID(), Infohash: t.Infohash()})
	}
	return inv
}

// byID are transactions by their ids.
func byID(txs ...*tx.Tx) map[[32]byte]*tx.Tx {
	all := make(map[[32]byte]*tx.Tx, len(txs))
	for _, t := range txs {
		all[t.ID()] = t
	}
	return all
}

// answer answers gets with what is asked for, as raw returns it, until nothing is
// asked any more or the stranger is dropped. It returns how many it sent.
func (s *stranger) answer(known map[[32]byte]*tx.Tx, raw func(*tx.Tx) []byte) (sent int) {
	for s.Open() {
		gets := s.gets()
		if len(gets) == 0 {
			return sent
		}
		for _, g := range gets {
			var answer wire.Tx
			for _, id := range g.IDs {
				if t := known[id]; t != nil && len(answer.Txs) < 16 {
					answer.Txs = append(answer.Txs, raw(t))
				}
			}
			if len(answer.Txs) == 0 {
				s.say(&wire.NotFound{IDs: g.IDs})
				continue
			}
			s.say(&answer)
			sent += len(answer.Txs)
		}
	}
	return sent
}

// TestEndlessUnsolidChain: each transaction leads to one more ancestor. What
// waits is bounded, and so is what a session may bring that never enters.
func TestEndlessUnsolidChain(t *testing.T) {
	elsewhere := ledgertest.NewNetwork(1, 0)
	coin, memo := elsewhere.GenesisCoin(0), strings.Repeat("m", tx.MaxMemo)
	var chain []*tx.Tx
	for size := 0; size < gossip.MaxUseless+20*wire.MaxTx; size += len(chain[len(chain)-1].Raw()) {
		next := elsewhere.Spend(memo, []tx.Outpoint{coin})
		coin, chain = ledgertest.Coin(next), append(chain, next)
	}
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call()
		s.say(invOf(chain[len(chain)-1]))
		sent := s.answer(byID(chain...), (*tx.Tx).Raw)
		if n := w.alice.ledger.Waiting(); n > ledger.MaxWaitingPerSource {
			t.Errorf("%d wait for one source", n)
		}
		size := len(chain[0].Raw())
		if most := gossip.MaxUseless/size + timesToBan(session.FaultRate); sent > most || sent < ledger.MaxWaitingPerSource {
			t.Errorf("%d of %d bytes each were taken; at most %d may", sent, size, most)
		}
		s.wantBanned(session.FaultRate, timesToBan(session.FaultRate))
		if w.bob.ledger.Waiting() != 0 {
			t.Error("the junk was relayed")
		}
	})
}

// TestUnaskedBulk: answers to nothing.
func TestUnaskedBulk(t *testing.T) {
	junk := []byte("d1:m16000:" + strings.Repeat("j", 16_000) + "e")
	cases := map[string]wire.Message{
		"tx": &wire.Tx{Txs: [][]byte{junk, junk, junk}}, "give": &wire.Give{Txs: [][]byte{junk, junk, junk}},
		"notfound": &wire.NotFound{IDs: make([][32]byte, wire.MaxIDs)}, "proof": &wire.Proof{Data: junk},
		"hold": &wire.Hold{Hashes: make([][32]byte, wire.MaxHold)}, "pong": &wire.Pong{},
	}
	for name, m := range cases {
		t.Run(name, func(t *testing.T) {
			besiege(t, 0, func(t *testing.T, w *world) {
				s := w.call()
				for range 2 * timesToBan(session.FaultUnsolicited) {
					s.say(m)
				}
				s.wantBanned(session.FaultUnsolicited, timesToBan(session.FaultUnsolicited))
			})
		})
	}
}

// TestSilenceAfterEachRequest: a stranger who announces and never delivers, one
// who claims another state and never says which, and one who says nothing at all,
// as somebody does who is cut off: he is let go each time, and banned in the end.
func TestSilenceAfterEachRequest(t *testing.T) {
	t.Run("get", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			s := w.call()
			for n := uint64(1); s.Open() && n < 100; n++ {
				s.say(unknown(n, 1))
				if n%3 == 0 {
					w.pay() // while the node waits for the silent one
				}
				s.dodge()
			}
			s.wantTimedOut()
		})
	})
	t.Run("sync", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			s := w.call(func(h *wire.Hello) { h.TRoot[0]++ })
			for n := 0; s.Open() && n < 100; n++ {
				s.dodge()
			}
			s.wantTimedOut()
		})
	})
	t.Run("everything", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			w.calls++
			for calls := 1; ; calls++ {
				s := w.callFrom(w.calls, func(h *wire.Hello) { h.TRoot[0]++ })
				sessiontest.Advance(session.RequestTimeout + time.Second)
				if err := s.Reason(); !errors.Is(err, session.FaultSilent) {
					t.Fatalf("call %d ended with %v", calls, err)
				}
				if w.alice.bans.Has(s.addr(), time.Now()) {
					return
				}
				if calls > timesToBan(session.FaultSilent)*5/4 { // half a point is forgiven in each
					t.Fatalf("not banned after %d calls", calls)
				}
			}
		})
	})
}

// dodge lets a request time out and talks of something else meanwhile.
func (s *stranger) dodge() {
	s.w.t.Helper()
	sessiontest.Advance(session.RequestTimeout / 2)
	s.say(&wire.Peers{})
	sessiontest.Advance(session.RequestTimeout/2 + time.Second)
}

// wantTimedOut: some timeouts are forgiven meanwhile, a point a minute.
func (s *stranger) wantTimedOut() {
	s.w.t.Helper()
	if err := s.Reason(); !errors.Is(err, session.FaultTimeout) {
		s.w.t.Errorf("ended with %v", err)
	}
	if n := len(s.w.alice.faults.of(s.number)); n > timesToBan(session.FaultTimeout)+1 || n > session.MaxRequests {
		s.w.t.Errorf("%d faults until it was dropped", n)
	}
	if !s.w.alice.bans.Has(s.addr(), time.Now()) {
		s.w.t.Error("not banned")
	}
}

// unknown announces n ids that nobody has, different for each from.
func unknown(from uint64, n int) *wire.Inv {
	inv := &wire.Inv{Items: make([]wire.Item, n)}
	for i := range inv.Items {
		binary.BigEndian.PutUint64(inv.Items[i].ID[:], from<<20|uint64(i))
		inv.Items[i].ID[31] = 1
	}
	return inv
}

// TestAMillionUnknownIDs at full speed, with silence for every get.
func TestAMillionUnknownIDs(t *testing.T) {
	const million = 1 << 20
	besiege(t, 0, func(t *testing.T, w *world) {
		s, began := w.call(), time.Now()
		said := 0
		for ; said < million && s.say(unknown(uint64(said), wire.MaxInv)); said += wire.MaxInv {
			sessiontest.Advance(0)
		}
		filled := int(time.Since(began).Seconds()) * gossip.AnnouncedPerSecond // by the bubble's clock
		if most := gossip.AnnouncedBurst + filled + (timesToBan(session.FaultRate)+2)*wire.MaxInv; said > most {
			t.Errorf("%d ids were taken; at most %d may be", said, most)
		}
		asked := 0
		for _, g := range s.gets() {
			asked += len(g.IDs)
		}
		if asked > gossip.MaxPull {
			t.Errorf("asked for %d of them", asked)
		}
		s.wantBanned(session.FaultRate, timesToBan(session.FaultRate))
	})
}

// TestAnnouncedAndNotFound: what a peer announces it has.
func TestAnnouncedAndNotFound(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call()
		for n := uint64(1); s.Open() && n < 100; n++ {
			s.say(unknown(n, 1))
			s.answer(nil, nil)
		}
		s.wantBanned(session.FaultUseless, timesToBan(session.FaultUseless))
	})
}

// TestRequestsForEverything, for ever: who does not take the answers has his
// questions wait until they are a flood; who does waits for his turn.
func TestRequestsForEverything(t *testing.T) {
	everything := &wire.Get{To: [36]byte{0xff}}
	t.Run("without listening", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			w.fill(100)
			s := w.call()
			sent := 0
			for ; sent < 10*session.MaxBacklog && s.say(everything); sent++ {
				if sent%512 == 0 {
					sessiontest.Advance(0)
				}
			}
			got := 0
			for _, m := range s.hear() {
				frame, _ := wire.Encode(m)
				got += len(frame)
			}
			if got > session.InitialCredit {
				t.Errorf("%d bytes were sent to who grants nothing", got)
			}
			if most := 2*session.MaxBacklog + gossip.GetBurst; sent > most {
				t.Errorf("%d gets until it was dropped; at most %d", sent, most)
			}
			s.wantBanned(session.FaultFlood, 1)
		})
	})
	t.Run("greedy", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			w.fill(20)
			s := w.call()
			s.greedy = true
			answers, seconds := 0, 0
			for ; seconds < 10; seconds++ {
				for range 2 * gossip.GetsPerSecond {
					if !s.say(everything) {
						break
					}
					s.read()
				}
				answers += len(sessiontest.Only[*wire.Tx](s.hear()))
				sessiontest.Advance(time.Second)
				w.pay1(seconds)
			}
			answers += len(sessiontest.Only[*wire.Tx](s.hear()))
			if most := gossip.GetBurst + gossip.GetsPerSecond*(seconds+30); answers > most || answers < gossip.GetBurst {
				t.Errorf("%d answers; at most %d", answers, most)
			}
			if !s.Open() {
				t.Errorf("an eager reader was dropped: %v", s.Reason())
			}
		})
	})
	t.Run("ids that nobody announced", func(t *testing.T) {
		besiege(t, 0, func(t *testing.T, w *world) {
			s := w.call()
			s.greedy = true
			asked, began := 0, time.Now()
			for n := uint64(1); n < 1000; n++ {
				get := &wire.Get{}
				for _, it := range unknown(n, wire.MaxIDs).Items {
					get.IDs = append(get.IDs, it.ID)
				}
				if !s.say(get) {
					break
				}
				s.read()
				asked += len(get.IDs)
			}
			filled := int(time.Since(began).Seconds()) * gossip.MissesPerSecond // by the bubble's clock
			if most := gossip.MissesBurst + filled + (timesToBan(session.FaultRate)+2)*wire.MaxIDs; asked > most {
				t.Errorf("%d ids were looked up; at most %d may be", asked, most)
			}
			s.wantBanned(session.FaultRate, timesToBan(session.FaultRate))
		})
	})
}

// fill gives the honest pair a history.
func (w *world) fill(n int) {
	w.t.Helper()
	coin := w.coin(0)
	var last *tx.Tx
	for range n {
		last = w.net.Spend(strings.Repeat("m", tx.MaxMemo), []tx.Outpoint{coin})
		coin = ledgertest.Coin(last)
		w.alice.add(w.t, last)
	}
	w.awaitStep(last.ID())
}

// pay1 is an honest payment under way.
func (w *world) pay1(i int) {
	w.t.Helper()
	payment := w.net.Spend("meanwhile", []tx.Outpoint{w.coin(64 + i)})
	w.bob.add(w.t, payment)
	w.awaitStep(payment.ID())
}

// TestSlowReading: who grants nothing gets what he granted at first, and is
// dropped when he stalls, and banned when he goes on like that.
func TestSlowReading(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		w.fill(100)
		for round := range 3 { // a point is forgiven between two
			s := w.callFrom(100)
			for range 100 {
				s.say(&wire.Get{To: [36]byte{0xff}})
			}
			sessiontest.Advance(session.StallTimeout + time.Second)
			if err := s.Reason(); !errors.Is(err, session.FaultStalled) {
				t.Fatalf("ended with %v", err)
			}
			got := 0
			for _, m := range s.hear() {
				frame, _ := wire.Encode(m)
				got += len(frame)
			}
			if got > session.InitialCredit || got < session.InitialCredit/2 {
				t.Errorf("%d bytes were sent", got)
			}
			if banned := w.alice.bans.Has(s.addr(), time.Now()); banned != (round == 2) {
				t.Errorf("banned after stalling %d times: %v", round+1, banned)
			}
		}
	})
}

// TestAThousandConnections: the seats, and those of one place, are bounded; who
// sits stays.
func TestAThousandConnections(t *testing.T) {
	for name, number := range map[string]func(i int) int{
		"of one place": func(int) int { return 200 }, "of a thousand places": func(i int) int { return 200 + i },
	} {
		t.Run(name, func(t *testing.T) {
			besiege(t, 0, func(t *testing.T, w *world) {
				refused := 0
				for i := range 1000 {
					s := w.callFrom(number(i), func(h *wire.Hello) { binary.BigEndian.PutUint32(h.Nonce[4:], uint32(i)) })
					if !s.Open() {
						refused++
						if err := s.Reason(); !errors.Is(err, session.ErrFull) {
							t.Fatalf("ended with %v", err)
						}
					}
				}
				most := session.MaxSessions
				if name == "of one place" {
					most = session.MaxPerAddress + 1 // Bob
				}
				if n := len(w.alice.Sessions()); n != most || refused != 1001-most {
					t.Errorf("%d sessions, %d refused; want %d sessions", n, refused, most)
				}
			})
		})
	}
}

// TestMessagesBeyondTheirRate: what is small, asks nothing and never ends.
func TestMessagesBeyondTheirRate(t *testing.T) {
	genesis := ledgertest.NewNetwork(128, 0).Genesis.Raw() // nothing is wrong with it
	cases := map[string]wire.Message{
		"state": &wire.State{}, "peers": &wire.Peers{Addrs: []string{"198.51.100.1:1"}}, "ping": &wire.Ping{},
		"inv of nothing": &wire.Inv{},
		"rival":          &wire.Rival{Txs: [][]byte{genesis, genesis}},
	}
	for name, m := range cases {
		t.Run(name, func(t *testing.T) {
			besiege(t, 0, func(t *testing.T, w *world) {
				s := w.call()
				sent := 0
				for ; sent < 2*session.FrameBurst && s.say(m); sent++ {
					if sent%1024 == 0 {
						s.read()
					}
				}
				if sent >= 2*session.FrameBurst {
					t.Errorf("%d were taken", sent)
				}
				s.wantBanned(session.FaultRate, timesToBan(session.FaultRate))
			})
		})
	}
}
