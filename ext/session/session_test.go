package session

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// TestGarbage cuts frames of a running session at every length.
func TestGarbage(t *testing.T) {
	frames := [][]byte{
		mustEncode(t, getID(1), 0), mustEncode(t, &wire.State{}, 7), mustEncode(t, &wire.Ping{}, 0),
		mustEncode(t, &wire.Peers{Addrs: []string{"192.0.2.1:1"}}, 0),
	}
	for _, frame := range frames {
		for n := range frame {
			synctest.Test(t, func(t *testing.T) {
				st := meet(t, newService(t, gossip(block), answers()))
				st.sayRaw(frame[:n])
				st.wants(t, FaultMalformed)
			})
		}
	}
}

func TestSecondHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		st.say(strangersHello())
		st.wants(t, FaultUnexpected)
	})
}

func TestUnknownMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for range 100 { // known, but nobody here handles it: the peer cannot know
			st.say(&wire.Peers{})
		}
		synctest.Wait()
		if st.session.ctx.Err() != nil {
			t.Fatal("dropped for messages that this node has no family for")
		}
		for range BanScore / FaultUnknown.Weight() {
			st.sayRaw([]byte("d4:type4:nopee"))
		}
		st.wants(t, FaultUnknown)
	})
}

// TestHandlerErrors: an error with a fault in it scores, any other does not.
func TestHandlerErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err error
		st := meet(t, newService(t, gossip(func(context.Context, *Session, wire.Message) error { return err })))
		err = errors.New("disk full")
		for range 200 {
			st.say(inv(1))
		}
		synctest.Wait()
		if st.session.ctx.Err() != nil {
			t.Fatal("dropped for our own trouble")
		}
		err = fmt.Errorf("checking: %w", FaultInvalid)
		st.say(inv(1))
		st.wants(t, FaultInvalid)
	})
}

// TestScore: faults add up, and are forgiven with time.
func TestScore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for range 50 {
			st.session.Fault(FaultTimeout)
			advance(time.Duration(FaultTimeout.Weight()) * forgiveEvery)
		}
		if st.session.ctx.Err() != nil {
			t.Fatal("dropped for forgiven faults")
		}
		for range BanScore / FaultTimeout.Weight() {
			if st.session.ctx.Err() != nil {
				t.Fatal("dropped too early")
			}
			st.session.Fault(FaultTimeout)
		}
		st.wants(t, FaultTimeout)
	})
}

// TestScoreIsTold: what Score says is what is left of the faults.
func TestScoreIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		st.session.Fault(FaultTimeout)
		if got := st.session.Score(); got != FaultTimeout.Weight() {
			t.Errorf("the score is %d", got)
		}
		advance(5 * forgiveEvery)
		if got := st.session.Score(); got != FaultTimeout.Weight()-5 {
			t.Errorf("five minutes later the score is %d", got)
		}
		if got := time.Since(st.session.Opened()); got != 5*forgiveEvery {
			t.Errorf("it was opened %v ago", got)
		}
		st.leave()
	})
}

// TestTraffic: every byte of a frame is counted once, the hello's too.
func TestTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		received, sent := st.session.Traffic()
		if want := int64(len(mustEncode(t, strangersHello(), 0))); received != want {
			t.Errorf("received %d, a hello has %d", received, want)
		}
		ping := mustEncode(t, &wire.Ping{}, 0)
		st.sayRaw(ping)
		if err := st.session.Send(t.Context(), &wire.Ping{}); err != nil {
			t.Fatal(err)
		}
		size, _ := st.hearAll()
		gotIn, gotOut := st.session.Traffic()
		if gotIn-received != int64(len(ping)) || gotOut-sent != int64(size) || size == 0 {
			t.Errorf("received %d for %d, sent %d for %d", gotIn-received, len(ping), gotOut-sent, size)
		}
		st.leave()
	})
}

func TestWeights(t *testing.T) {
	for _, f := range faults() {
		if w := f.Weight(); w < 1 || w > BanScore || BanScore%w != 0 {
			t.Errorf("%s weighs %d", f, w)
		}
		if f.Weight() == BanScore && !f.Drops() {
			t.Errorf("%s does not drop", f)
		}
		if err := dropped(f, errors.New("because")); !errors.Is(err, f) {
			t.Errorf("%v is not %v", err, f)
		}
	}
}

// TestLanes: a family that waits does not hold up another.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, newService(t), newService(t, gossip(block), answers()))
		if err := c.a.Send(t.Context(), inv(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.a.Request(t.Context(), getID(1)); err != nil {
			t.Error(err)
		}
		c.close(t)
	})
}

// TestOrder: a family's messages are handled one after the other in their order.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		next, failed := 0, 0
		svc := newService(t, gossip(func(_ context.Context, _ *Session, m wire.Message) error {
			if m.(*wire.Inv).Items[0] != item(next) {
				failed++
			}
			next++
			return nil
		}))
		c := connect(t, newService(t), svc)
		for i := range n {
			if err := c.a.Send(t.Context(), inv(i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if next != n || failed != 0 {
			t.Errorf("%d handled, %d out of order", next, failed)
		}
		c.close(t)
	})
}

// TestStart: a family's Start runs once a session, and the session's end waits for it.
func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, stopped := make(chan *Session, 1), make(chan struct{})
		svc := newService(t, Family{Start: func(ctx context.Context, s *Session) {
			started <- s
			<-ctx.Done()
			close(stopped)
		}})
		st := meet(t, svc)
		if s := <-started; s != st.session {
			t.Error("started with another session")
		}
		st.leave()
		select {
		case <-stopped:
		default:
			t.Error("Serve returned before Start")
		}
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := newService(t, gossip(block))
		st := meet(t, svc)
		st.say(inv(1))
		synctest.Wait()
		st.stop()
		st.wants(t, context.Canceled)
		if !st.closed() || len(svc.Sessions()) != 0 {
			t.Error("the connection or the session is left")
		}
	})
}

func TestFeatures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pings := Family{
			Feature:  wire.FeaturePing,
			Messages: []wire.Message{&wire.Ping{}, &wire.Pong{}},
			Handler: HandlerFunc(func(ctx context.Context, s *Session, m wire.Message) error {
				return s.Send(ctx, &wire.Pong{Nonce: m.(*wire.Ping).Nonce})
			}),
		}
		svc := newService(t, pings)
		c := connect(t, svc, newService(t, pings))
		if _, err := c.a.Request(t.Context(), &wire.Ping{Nonce: [16]byte{1}}); err != nil {
			t.Error(err)
		}
		c.close(t)
		c = connect(t, svc, newService(t))
		if _, err := c.a.Request(t.Context(), &wire.Ping{}); !errors.Is(err, ErrNotSupported) {
			t.Errorf("to a peer without the feature: %v", err)
		}
		c.close(t)
	})
}

func TestTwoFamiliesForOneMessage(t *testing.T) {
	if _, err := New(Config{Families: []Family{answers(), answers()}}); err == nil {
		t.Error("two families answer gets")
	}
}

// TestNewSID: the two sides of a session never choose the same number.
func TestNewSID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, newService(t), newService(t))
		seen := make(map[uint64]bool)
		for range 100 {
			for _, s := range []*Session{c.a, c.b} {
				sid := s.NewSID()
				if seen[sid] {
					t.Fatalf("%d twice", sid)
				}
				seen[sid] = true
			}
		}
		c.close(t)
	})
}

// TestEncodingFails: a message that breaks a bound never leaves.
func TestEncodingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		bad := &wire.Get{IDs: [][32]byte{}}
		if err := st.session.Send(t.Context(), bad); !errors.Is(err, wire.ErrBound) {
			t.Errorf("Send: %v", err)
		}
		if _, err := st.session.Request(t.Context(), bad); !errors.Is(err, wire.ErrBound) {
			t.Errorf("Request: %v", err)
		}
		if st.session.TrySend(bad) {
			t.Error("TrySend")
		}
		st.leave()
	})
}

// BenchmarkRoundTrip is one get and its answer of 14 kB through two sessions.
func BenchmarkRoundTrip(b *testing.B) {
	opened := make(chan *Session, 1)
	svcA := newService(b, Family{Start: func(_ context.Context, s *Session) { opened <- s }})
	svcB := newService(b, answers())
	connA, connB := newPipe()
	servedA, servedB := serve(svcA, connA), serve(svcB, connB)
	s := <-opened
	b.SetBytes(int64(len(bulkTx().Txs[0])))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Request(b.Context(), getID(1)); err != nil {
			b.Fatal(err)
		}
	}
	s.Close()
	servedA.end()
	servedB.end()
}
