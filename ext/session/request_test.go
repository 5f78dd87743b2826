package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// answers is a family that answers gets by ids with one transaction and ranges with none.
func answers() Family {
	return serving(func(ctx context.Context, s *Session, m wire.Message) error {
		if m.(*wire.Get).IDs == nil {
			return s.Send(ctx, &wire.Tx{})
		}
		return s.Send(ctx, bulkTxOne())
	})
}

func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, newService(t), newService(t, answers()))
		m, err := c.a.Request(t.Context(), getID(1))
		if got, ok := m.(*wire.Tx); err != nil || !ok || len(got.Txs) != 1 {
			t.Errorf("by id: %v, %v", m, err)
		}
		m, err = c.a.Request(t.Context(), getRange(0, 1))
		if got, ok := m.(*wire.Tx); err != nil || !ok || len(got.Txs) != 0 {
			t.Errorf("by range: %v, %v", m, err)
		}
		c.close(t)
	})
}

// asked is a request of the session under test, answered by hand.
type asked struct {
	m   wire.Message
	err error
}

func ask(s *Session, req wire.Request) <-chan asked {
	result := make(chan asked, 1)
	go func() {
		m, err := s.Request(context.Background(), req)
		result <- asked{m, err}
	}()
	synctest.Wait()
	return result
}

func TestAnswersInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		first, second := ask(st.session, getID(1)), ask(st.session, getID(2))
		sync := ask(st.session, &wire.Sync{SID: 9})
		st.say(&wire.Sync{SID: 9}) // needs no turn
		if a := <-sync; a.err != nil || a.m.Type() != "sync" {
			t.Errorf("sync: %v", a)
		}
		st.say(&wire.NotFound{IDs: [][32]byte{{2}}}) // is the second's, by its ids
		if a := <-second; a.err != nil || a.m.Type() != "notfound" {
			t.Errorf("second: %v", a)
		}
		st.say(bulkTxOne())
		if a := <-first; a.err != nil || a.m.Type() != "tx" {
			t.Errorf("first: %v", a)
		}
		st.leave()
	})
}

// TestRequestTimesOut: the asker is told, the peer scored, and the late answer does not go to the next
// request.
func TestRequestTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		begin := time.Now()
		time.AfterFunc(RequestTimeout/2, func() { st.say(&wire.Peers{}) }) // it is there
		_, err := st.session.Request(t.Context(), getID(1))
		if !errors.Is(err, ErrTimeout) || time.Since(begin) != RequestTimeout {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		second := ask(st.session, getID(2))
		st.say(bulkTxOne()) // late
		synctest.Wait()
		select {
		case a := <-second:
			t.Fatalf("the second request got the first's answer: %v", a)
		default:
		}
		st.say(&wire.Tx{Txs: [][]byte{[]byte("de")}})
		if a := <-second; a.err != nil || string(a.m.(*wire.Tx).Txs[0]) != "de" {
			t.Errorf("second: %v", a)
		}
		st.leave()
	})
}

// TestPeerThatNeverAnswers is dropped for it, if it goes on to talk.
func TestPeerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for {
			talk := time.AfterFunc(RequestTimeout/2, func() { st.say(&wire.Peers{}) })
			_, err := st.session.Request(t.Context(), getID(1))
			talk.Stop()
			if errors.Is(err, ErrClosed) {
				break
			}
		}
		st.wants(t, FaultTimeout)
	})
}

// TestPeerThatFallsSilent may be cut off: the session ends, so that another can
// begin, and the peer is far from being banned.
func TestPeerThatFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		for range MaxRequests {
			go st.session.Request(t.Context(), getID(1))
		}
		st.wants(t, FaultSilent)
		if got := st.session.finalScore().points; got > MaxRequests*FaultSilent.Weight() || got >= BanScore/2 {
			t.Errorf("score %d", got)
		}
	})
}

func TestRequestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		ctx, cancel := context.WithCancel(t.Context())
		for range MaxRequests {
			go st.session.Request(ctx, getID(1))
		}
		synctest.Wait()
		waiting := make(chan error, 1)
		go func() { // has no place
			_, err := st.session.Request(ctx, getID(1))
			waiting <- err
		}()
		synctest.Wait()
		if _, count := st.hearAll(); count != MaxRequests {
			t.Errorf("%d requests are on their way", count)
		}
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting for a place: %v", err)
		}
		for range MaxRequests { // late answers make room again
			st.say(bulkTxOne())
		}
		synctest.Wait()
		next := ask(st.session, getID(2))
		st.say(bulkTxOne())
		if a := <-next; a.err != nil {
			t.Error(a.err)
		}
		st.leave()
	})
}

func TestOverlappingRanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		first := ask(st.session, getRange(2, 4))
		for _, tt := range []struct {
			from, to byte
			overlaps bool
		}{{2, 4, true}, {1, 3, true}, {3, 5, true}, {1, 5, true}, {1, 2, false}, {4, 5, false}} {
			a := ask(st.session, getRange(tt.from, tt.to))
			select {
			case got := <-a:
				if !tt.overlaps || !errors.Is(got.err, ErrOverlap) {
					t.Errorf("(%d, %d]: %v", tt.from, tt.to, got)
				}
			default:
				if tt.overlaps {
					t.Errorf("(%d, %d] was sent", tt.from, tt.to)
				}
			}
		}
		for range 3 {
			st.say(&wire.Tx{})
		}
		if a := <-first; a.err != nil {
			t.Error(a.err)
		}
		st.leave()
	})
}

func TestRequestOnAClosedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		waiting := ask(st.session, getID(1))
		st.leave()
		if a := <-waiting; !errors.Is(a.err, ErrClosed) {
			t.Errorf("waiting: %v", a.err)
		}
		if _, err := st.session.Request(t.Context(), getID(1)); !errors.Is(err, ErrClosed) {
			t.Errorf("later: %v", err)
		}
		if err := st.session.Send(t.Context(), inv(1)); !errors.Is(err, ErrClosed) {
			t.Errorf("send: %v", err)
		}
		if st.session.TrySend(inv(1)) {
			t.Error("TrySend on a closed session")
		}
	})
}

func TestUnsolicited(t *testing.T) {
	unasked := []wire.Message{bulkTxOne(), &wire.Tx{}, &wire.NotFound{IDs: [][32]byte{{1}}}, &wire.Proof{}, &wire.Pong{}}
	for _, m := range unasked {
		synctest.Test(t, func(t *testing.T) {
			handled := make(chan wire.Message, 10)
			st := meet(t, newService(t, Family{
				Messages: []wire.Message{&wire.Tx{}, &wire.NotFound{}, &wire.Proof{}, &wire.Pong{}},
				Handler: HandlerFunc(func(_ context.Context, _ *Session, m wire.Message) error {
					handled <- m
					return nil
				}),
			}))
			for range BanScore / FaultUnsolicited.Weight() {
				st.say(m)
			}
			st.wants(t, FaultUnsolicited)
			if len(handled) != 0 {
				t.Errorf("an unasked %s was handled", m.Type())
			}
		})
	}
}

// TestAnswerToSomethingElse: with a request open, an answer that cannot be its own is still unsolicited.
func TestAnswerToSomethingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := meet(t, newService(t))
		waiting := ask(st.session, getID(1))
		for range BanScore / FaultUnsolicited.Weight() {
			st.say(bulkTx()) // four transactions for one id
		}
		st.wants(t, FaultUnsolicited)
		if a := <-waiting; !errors.Is(a.err, ErrClosed) {
			t.Errorf("waiting: %v", a.err)
		}
	})
}
