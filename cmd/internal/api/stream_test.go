package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestStreamDeliversInOrder(t *testing.T) {
	c, hub := serve(t, &fake{}, t.TempDir())
	s, err := c.Subscribe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := []Event{
		{Kind: EventTx, Tx: &TxEvent{TxID: "aa", Kind: "transfer", Status: StatusPending}},
		{Kind: EventPeer, Peer: &PeerEvent{Address: "127.0.0.1:1", Up: true}},
		{Kind: EventState, State: &Status{Network: "test", Transactions: 4}},
		{Kind: EventStatus, Tx: &TxEvent{TxID: "aa", Status: StatusConfirmed}},
	}
	for _, e := range want {
		hub.Publish(e)
	}
	for _, e := range want {
		if got, err := s.Next(); err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v %v, want %+v", got, err, e)
		}
	}
	hub.Close()
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

func TestASlowReaderIsToldAndDropped(t *testing.T) {
	c, hub := serve(t, &fake{}, t.TempDir())
	s, err := c.Subscribe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	published := 0
	for subscribers(hub) > 0 { // nobody reads: socket buffers, then the queue, fill up
		hub.Publish(Event{Kind: EventTx, Tx: &TxEvent{TxID: fmt.Sprint(published)}})
		published++
	}
	for i := range published {
		e, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == EventLagged {
			if i < eventQueue {
				t.Errorf("lagged after %d events, the queue holds %d", i, eventQueue)
			}
			if _, err := s.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after lagged: %v", err)
			}
			return
		}
		if e.Tx.TxID != fmt.Sprint(i) {
			t.Fatalf("event %s where %d belongs", e.Tx.TxID, i)
		}
	}
	t.Error("the reader was never told that it lagged")
}

func subscribers(h *Hub) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs)
}

func TestOneSlowReaderDoesNotDisturbAnother(t *testing.T) {
	hub := new(Hub)
	slow, quick := hub.Subscribe(), hub.Subscribe()
	for range eventQueue + 1 {
		hub.Publish(Event{Kind: EventTx})
		<-quick.Events()
	}
	if !slow.Lagged() || quick.Lagged() {
		t.Errorf("lagged: slow %v, quick %v", slow.Lagged(), quick.Lagged())
	}
	hub.Publish(Event{Kind: EventState})
	if e := <-quick.Events(); e.Kind != EventState {
		t.Errorf("got %v", e)
	}
	slow.Close()
	quick.Close()
	quick.Close()
	hub.Publish(Event{})
}

func TestSubscribeAfterCloseEndsAtOnce(t *testing.T) {
	hub := new(Hub)
	hub.Close()
	if _, ok := <-hub.Subscribe().Events(); ok {
		t.Error("an event after the end")
	}
}

// settle sets a status and says so.
func settle(f *fake, hub *Hub, id, status string) {
	f.setStatus(id, status)
	hub.Publish(Event{Kind: EventStatus, Tx: &TxEvent{TxID: id, Status: status}})
}

func TestWaitEndsWhenTheStatusIsThere(t *testing.T) {
	for _, c := range []struct {
		want  string
		steps []string
	}{
		{StatusPending, []string{StatusPending}},
		{StatusPending, []string{StatusUnsolid, StatusConflicted}},
		{StatusConfirmed, []string{StatusPending, StatusConflicted, StatusConfirmed}},
		{StatusConfirmed, []string{StatusPending, StatusRejected}},
		{StatusConfirmed, []string{StatusOrphaned}},
	} {
		f := &fake{stake: 1}
		client, hub := serve(t, f, t.TempDir())
		got := make(chan string, 1)
		go func() {
			info, err := client.Wait(context.Background(), "aa", c.want)
			if err != nil {
				t.Error(err)
			}
			got <- info.Status
		}()
		for _, status := range c.steps {
			settle(f, hub, "bb", StatusConfirmed) // others do not matter
			settle(f, hub, "aa", status)
		}
		if status := <-got; status != c.steps[len(c.steps)-1] {
			t.Errorf("wait for %s over %v ended at %s", c.want, c.steps, status)
		}
	}
}

func TestWaitForConfirmedWithoutVoters(t *testing.T) {
	c, _ := serve(t, &fake{}, t.TempDir())
	if _, err := c.Wait(context.Background(), "aa", StatusConfirmed); !errors.Is(err, NoVoters) {
		t.Errorf("got %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	f := &fake{stake: 1}
	f.setStatus("aa", StatusPending)
	c, hub := serve(t, f, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() {
		_, err := c.Wait(ctx, "aa", StatusConfirmed)
		failed <- err
	}()
	settle(f, hub, "aa", StatusPending)
	cancel()
	if err := <-failed; !errors.Is(err, Timeout) {
		t.Errorf("got %v", err)
	}
}

func TestWaitSurvivesALostEvent(t *testing.T) {
	f, hub := &fake{stake: 1}, new(Hub)
	s := NewServer(Config{Backend: f, Events: hub})
	sub := hub.Subscribe()
	for range eventQueue + 1 {
		hub.Publish(Event{Kind: EventTx, Tx: &TxEvent{TxID: "bb"}})
	}
	if _, err := s.untilReached(context.Background(), sub, "aa", StatusConfirmed); !errors.Is(err, errLagged) {
		t.Fatalf("got %v", err)
	}
	f.setStatus("aa", StatusConfirmed)
	if info, err := s.awaitStatus(context.Background(), "aa", StatusConfirmed); err != nil || info.Status != StatusConfirmed {
		t.Errorf("got %v %v", info.Status, err)
	}
}

func TestLongPollEndsByItself(t *testing.T) {
	f, hub := &fake{stake: 1}, new(Hub)
	s := NewServer(Config{Backend: f, Events: hub})
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	_, err := s.awaitStatus(ctx, "aa", StatusConfirmed)
	if !errors.Is(err, Timeout) || asError(err).Code.httpStatus() != http.StatusGatewayTimeout {
		t.Errorf("got %v", err)
	}
}
