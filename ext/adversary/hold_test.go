package adversary_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/hold"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/session/sessiontest"
	"github.com/torrenttx/ttx/ext/wire"
	"github.com/torrenttx/ttx/ledger/tx"
)

func holds(h *wire.Hello) { h.Features |= wire.FeatureHold }

// TestFalseHolders: who claims to hold what he cannot show is banned, and not counted;
// Bob, who does hold it, is.
func TestFalseHolders(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		genesis := w.net.Genesis.ID()
		s := w.call(holds)
		type result struct {
			counts map[tx.ID]int
			err    error
		}
		done := make(chan result)
		go func() {
			counts, err := w.alice.Holders(t.Context(), []tx.ID{genesis})
			done <- result{counts, err}
		}()
		synctest.Wait()
		for _, req := range sessiontest.Only[*wire.HoldReq](s.hear()) {
			s.say(&wire.Hold{Nonce: req.Nonce, Hashes: [][32]byte{{1}}})
		}
		if r := <-done; r.err != nil || r.counts[genesis] != 1 {
			t.Errorf("counts %v, %v; want Bob alone", r.counts, r.err)
		}
		s.wantBanned(session.FaultProof, 1)
	})
}

// TestChallengesForEverything: the most expensive challenges as fast as credit lets a
// stranger send them are answered at the rate, and the honest pair pays meanwhile.
func TestChallengesForEverything(t *testing.T) {
	besiege(t, 0, func(t *testing.T, w *world) {
		s := w.call(holds)
		s.greedy = true
		list := make([][32]byte, wire.MaxHold)
		for i := range list {
			list[i] = w.net.Genesis.ID()
		}
		began, answers := time.Now(), 0
		for i := range 10 * hold.ChallengeBurst {
			if !s.say(&wire.HoldReq{Nonce: [16]byte{byte(i)}, IDs: list}) {
				break
			}
		}
		answers += len(sessiontest.Only[*wire.Hold](s.hear()))
		if answers != hold.ChallengeBurst {
			t.Errorf("%d answers at once; want %d", answers, hold.ChallengeBurst)
		}
		w.pay()
		sessiontest.Advance(10 * time.Second)
		answers += len(sessiontest.Only[*wire.Hold](s.hear()))
		most := hold.ChallengeBurst + hold.ChallengesPerSecond*(1+int(time.Since(began).Seconds()))
		if answers > most || answers <= hold.ChallengeBurst {
			t.Errorf("%d answers; at most %d may be given", answers, most)
		}
		if f := w.alice.faults.of(s.number); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}
