package session

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// TestCreditExhausted: to a peer that grants nothing goes its initial credit and no more; then gossip is
// dropped, Send waits, and at last the peer is given up.
func TestCreditExhausted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		sent := 0
		for st.session.TrySend(bulkTx()) {
			sent++
			synctest.Wait()
		}
		size, count := st.hearAll()
		if size > InitialCredit || size < InitialCredit-creditReserve-2*wire.MaxFrame {
			t.Errorf("%d bytes were sent on %d of credit", size, InitialCredit)
		}
		if waiting := sent - count; waiting != MaxQueued/len(mustEncode(t, bulkTx(), 0)) {
			t.Errorf("%d frames wait", waiting)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := st.session.Send(ctx, bulkTx()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send: %v", err)
		}
		st.wants(t, FaultStalled)
	})
}

// TestGrant: credit in any message lets the queue go on.
func TestGrant(t *testing.T) {
	for _, carrier := range []wire.Message{&wire.Inv{}, inv(1), &wire.State{}} {
		synctest.Test(t, func(t *testing.T) {
			st := meet(t, newService(t))
			for st.session.TrySend(bulkTx()) {
				synctest.Wait()
			}
			st.hearAll()
			st.sayGrant(carrier, 200_000)
			// What was left over was too little for one more frame.
			if size, _ := st.hearAll(); size > 200_000+wire.MaxFrame+creditReserve || size < 200_000-wire.MaxFrame {
				t.Errorf("%s: %d bytes came for 200,000 of credit", carrier.Type(), size)
			}
			st.leave()
		})
	}
}

func TestOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t, gossip(block))
		st := meet(t, svc)
		big := &wire.Inv{Items: make([]wire.Item, wire.MaxInv)}
		frame := mustEncode(t, big, 0)
		for range InitialCredit / len(frame) { // the hello makes it one too many
			st.sayRaw(frame)
		}
		synctest.Wait()
		if st.session.ctx.Err() != nil {
			t.Fatal("closed within the credit")
		}
		st.sayRaw(frame)
		st.wants(t, FaultOverflow)
		if !svc.Banned(st.session.RemoteAddr().Addr()) {
			t.Error("not banned")
		}
	})
}

func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t, gossip(block)))
		for range MaxBacklog + 1 {
			st.say(inv(0))
		}
		st.wants(t, FaultFlood)
	})
}

func TestAbsurdCredit(t *testing.T) {
	for _, credits := range [][]uint64{{1 << 63}, {MaxCredit + 1}, {MaxCredit / 2, MaxCredit / 2}} {
		synctest.Test(t, func(t *testing.T) {
			st := meet(t, newService(t))
			for _, c := range credits {
				st.sayGrant(&wire.Inv{}, c)
			}
			st.wants(t, FaultCredit)
		})
	}
}

// TestCreditGoesBack: a peer whose messages are handled can go on for ever, and gets grants for exactly
// what it sent, a step at a time.
func TestCreditGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int64
		st := meet(t, newService(t, gossip(func(context.Context, *Session, wire.Message) error {
			handled.Add(1)
			return nil
		})))
		frame := mustEncode(t, &wire.Inv{Items: make([]wire.Item, wire.MaxInv)}, 0)
		credit := int64(InitialCredit - len(mustEncode(t, strangersHello(), 0)))
		const frames = 1000 // 26 MB
		for range frames {
			for credit < int64(len(frame)) {
				_, c, err := wire.DecodeGrant(<-st.in)
				if err != nil || c < grantStep {
					t.Fatalf("grant of %d, %v", c, err)
				}
				credit += int64(c)
			}
			st.sayRaw(frame)
			credit -= int64(len(frame))
		}
		synctest.Wait()
		if handled.Load() != frames {
			t.Errorf("%d handled", handled.Load())
		}
		st.leave()
	})
}

// TestBothWays: two nodes flood each other through handlers that send as well; nothing deadlocks, and
// nothing is lost.
func TestBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 300
		var got [2]atomic.Int64
		side := func(i int) *Service {
			return newService(t, gossip(func(ctx context.Context, s *Session, _ wire.Message) error {
				got[i].Add(1)
				_, err := s.Request(ctx, getID(1))
				return err
			}), serving(func(ctx context.Context, s *Session, _ wire.Message) error {
				return s.Send(ctx, bulkTxOne())
			}))
		}
		c := connect(t, side(0), side(1))
		errs := make(chan error, 2)
		for _, s := range []*Session{c.a, c.b} {
			go func() {
				for range n {
					if err := s.Send(t.Context(), inv(1)); err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got[0].Load() != n || got[1].Load() != n {
			t.Errorf("handled %d and %d", got[0].Load(), got[1].Load())
		}
		c.close(t)
	})
}

// bulkTxOne is one large transaction, the answer to a get of one id.
func bulkTxOne() *wire.Tx { return &wire.Tx{Txs: bulkTx().Txs[:1]} }

// TestSlowPeerCostsAConstant: whatever is offered to a peer that takes nothing, what waits is bounded.
func TestSlowPeerCostsAConstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for range 1000 {
			st.session.TrySend(bulkTx())
			st.session.TrySend(&wire.Inv{Items: make([]wire.Item, wire.MaxInv)})
		}
		synctest.Wait()
		o := st.session.outbox
		o.mu.Lock()
		waiting := o.mu.queues[live].bytes + o.mu.queues[bulk].bytes
		o.mu.Unlock()
		if waiting > 2*MaxQueued {
			t.Errorf("%d bytes wait", waiting)
		}
		st.leave()
	})
}

// TestFairTurns: on the way out, bulk and live get the same bytes while both have something to send.
func TestFairTurns(t *testing.T) {
	o := newOutbox(&handshake{})
	bulkFrame, liveFrame := bytes.Repeat([]byte{'b'}, 50_000), bytes.Repeat([]byte{'l'}, 1_000)
	for ok := true; ok; {
		ok, _ = o.offer(bulk, bulkFrame)
	}
	for ok := true; ok; {
		ok, _ = o.offer(live, liveFrame)
	}
	served := map[byte]int{}
	for range 150 {
		frame, err := o.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		served[frame[0]] += len(frame)
		if diff := served['b'] - served['l']; diff > len(bulkFrame) || diff < -len(bulkFrame) {
			t.Fatalf("bulk got %d bytes, live %d", served['b'], served['l'])
		}
	}
	if served['b'] == 0 || served['l'] == 0 {
		t.Errorf("served %v", served)
	}
}

// TestIdleQueueSavesNothing: live messages that were alone for long do not owe bulk its turns.
func TestIdleQueueSavesNothing(t *testing.T) {
	o := newOutbox(&handshake{})
	next := func() byte {
		frame, err := o.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return frame[0]
	}
	for range 500 {
		o.offer(live, bytes.Repeat([]byte{'l'}, 1_000))
		next()
	}
	for range 4 {
		o.offer(bulk, bytes.Repeat([]byte{'b'}, 50_000))
	}
	for range 100 {
		o.offer(live, bytes.Repeat([]byte{'l'}, 1_000))
	}
	bulks := 0
	for range 60 {
		if next() == 'b' {
			bulks++
		}
	}
	if bulks > 2 {
		t.Errorf("bulk took %d turns of 60", bulks)
	}
}
