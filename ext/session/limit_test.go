package session

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/wire"
)

// TestRateDrops: beyond its rate a message is not handled, is scored, and in the end costs the session.
func TestRateDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int64
		family := gossip(func(context.Context, *Session, wire.Message) error { handled.Add(1); return nil })
		family.Limits = []Limit{{Message: &wire.Peers{}, PerSecond: 1, Burst: 5}}
		svc := newService(t, family)
		st := meet(t, svc)
		for range 5 {
			st.say(&wire.Peers{})
		}
		synctest.Wait()
		if got := st.session.finalScore().points; got != 0 || handled.Load() != 5 {
			t.Fatalf("a burst of five: %d handled, score %d", handled.Load(), got)
		}
		advance(time.Second)
		for range 2 {
			st.say(&wire.Peers{})
		}
		synctest.Wait()
		if got := st.session.finalScore().points; got != FaultRate.Weight() || handled.Load() != 6 {
			t.Fatalf("two in the next second: %d handled, score %d", handled.Load(), got)
		}
		for range BanScore / FaultRate.Weight() {
			st.say(&wire.Peers{})
		}
		st.wants(t, FaultRate)
		if handled.Load() != 6 || !svc.Banned(netip.MustParseAddr("192.0.2.2")) {
			t.Errorf("%d handled, banned: %v", handled.Load(), svc.Banned(netip.MustParseAddr("192.0.2.2")))
		}
	})
}

// TestRateWaits: what an honest peer may send as fast as it likes waits for its turn, and costs nothing.
func TestRateWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int64
		family := gossip(func(context.Context, *Session, wire.Message) error { handled.Add(1); return nil })
		family.Limits = []Limit{{Message: &wire.Peers{}, PerSecond: 2, Burst: 3, Waits: true}}
		st := meet(t, newService(t, family))
		for range 9 {
			st.say(&wire.Peers{})
		}
		synctest.Wait()
		for second := range 4 {
			if got := handled.Load(); got != int64(3+2*second) {
				t.Fatalf("%d handled after %d s", got, second)
			}
			advance(time.Second)
		}
		if got := st.session.finalScore().points; got != 0 {
			t.Errorf("score %d", got)
		}
		st.leave()
	})
}

// TestFramesAreBounded: even the shortest frame, an empty inv, has a rate.
func TestFramesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t)
		st := meet(t, svc)
		const excess = BanScore/10 - 1
		for sent := 0; sent < FrameBurst; sent += cap(st.out) / 2 {
			for range cap(st.out) / 2 {
				st.say(&wire.Inv{})
			}
			synctest.Wait()
		}
		for range excess {
			st.say(&wire.Inv{})
		}
		synctest.Wait()
		if got := st.session.finalScore().points; got != excess*FaultRate.Weight() {
			t.Fatalf("score %d; want %d", got, excess*FaultRate.Weight())
		}
		st.say(&wire.Inv{})
		st.wants(t, FaultRate)
	})
}

func TestStatesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for i := range StateBurst + 1 {
			st.say(&wire.State{Count: uint64(i)})
		}
		synctest.Wait()
		if got := st.session.Peer().Count; got != StateBurst-1 {
			t.Errorf("state %d was taken; want %d", got, StateBurst-1)
		}
		if got := st.session.finalScore().points; got != FaultRate.Weight() {
			t.Errorf("score %d", got)
		}
		st.leave()
	})
}

// TestScoreOutlivesTheSession: hanging up and calling again forgives nothing.
func TestScoreOutlivesTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t)
		for range BanScore/FaultTimeout.Weight() - 1 {
			st := meet(t, svc)
			st.session.Fault(FaultTimeout)
			st.leave()
		}
		advance(time.Minute) // one point is forgiven
		st := meet(t, svc)
		st.session.Fault(FaultTimeout)
		synctest.Wait()
		if got := st.session.finalScore().points; got != BanScore-1 {
			t.Fatalf("score %d over %d sessions", got, BanScore/FaultTimeout.Weight())
		}
		st.session.Fault(FaultUnknown)
		st.wants(t, FaultUnknown)
		if !svc.Banned(netip.MustParseAddr("192.0.2.2")) {
			t.Error("not banned")
		}
	})
}

// TestBlameFindsWhoHungUp: what comes to light too late for the session bans all the same.
func TestBlameFindsWhoHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bans := book.NewBans(nil)
		svc, err := New(Config{Net: testNet, Rules: 1, UserAgent: "test/1", State: testState, Bans: bans})
		if err != nil {
			t.Fatal(err)
		}
		st := meet(t, svc)
		svc.Blame(netip.MustParseAddrPort("192.0.2.2:6881"), FaultUseless)
		synctest.Wait()
		if got := st.session.finalScore().points; got != FaultUseless.Weight() {
			t.Errorf("score %d while the session stands", got)
		}
		st.leave()
		svc.Blame(netip.MustParseAddrPort("192.0.2.2:6881"), FaultInvalid)
		if !bans.Has(netip.MustParseAddr("192.0.2.2"), time.Now()) {
			t.Error("not banned")
		}
	})
}

func TestScoresAreBounded(t *testing.T) {
	now := time.Unix(0, 0)
	s := newScores()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	for i := range MaxScores + 10 {
		s.keep(at(i), score{points: 1 + i%50, since: now}, now)
	}
	if len(s.mu.of) != MaxScores {
		t.Errorf("%d scores", len(s.mu.of))
	}
	s.keep(at(7), score{points: 1, since: now}, now) // of a session that did less than another
	if got := s.take(at(7), now).points; got != 8 {
		t.Errorf("the score fell to %d", got)
	}
	if got := s.take(at(7), now.Add(time.Hour)).points; got != 0 {
		t.Errorf("%d points after an hour", got)
	}
}
