package bt

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var meeting = [20]byte{'r', 'v'}

// join enters the test's rendezvous and returns the sessions as they begin.
func join(t *testing.T, e *Engine) (*Swarm, <-chan *Conn) {
	t.Helper()
	conns := make(chan *Conn, 64)
	sw, err := e.Join(meeting, func(c *Conn) { conns <- c })
	if err != nil {
		t.Fatal(err)
	}
	return sw, conns
}

func TestTwoEnginesMeetAndTalk(t *testing.T) {
	a, b := openEngine(t, Config{Version: "ttx a"}), openEngine(t, Config{Version: "ttx b"})
	swa, atA := join(t, a)
	_, atB := join(t, b)
	swa.Dial(b.Addr())
	ca, cb := receive(t, "the session at a", atA), receive(t, "the session at b", atB)

	if !ca.Outgoing() || cb.Outgoing() {
		t.Errorf("outgoing: dialler %v, other %v", ca.Outgoing(), cb.Outgoing())
	}
	if ca.ListenAddr() != b.Addr() || cb.ListenAddr() != a.Addr() {
		t.Errorf("listen addresses %v, %v; want %v, %v", ca.ListenAddr(), cb.ListenAddr(), b.Addr(), a.Addr())
	}
	if ca.Client() != "ttx b" || cb.Client() != "ttx a" {
		t.Errorf("clients %q, %q", ca.Client(), cb.Client())
	}
	if ca.Infohash() != meeting || ca.PeerID() == cb.PeerID() {
		t.Errorf("infohash %x, peer ids %q, %q", ca.Infohash(), ca.PeerID(), cb.PeerID())
	}
	for i := range 100 {
		sent := []byte(fmt.Sprintf("message %d", i))
		if err := ca.Send(sent); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, "a message", cb.Recv()); !bytes.Equal(got, sent) {
			t.Fatalf("got %q, want %q", got, sent)
		}
	}
	longest := bytes.Repeat([]byte{7}, MaxPayload)
	if err := cb.Send(longest); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, "the longest message", ca.Recv()); !bytes.Equal(got, longest) {
		t.Errorf("the longest message came as %d bytes", len(got))
	}
	if err := cb.Send(make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a message too long: %v", err)
	}

	ca.Close()
	receive(t, "the end at a", ca.Done())
	receive(t, "the end at b", cb.Done())
	if err := ca.Send(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("sending on a closed connection: %v", err)
	}
	if _, open := <-cb.Recv(); open {
		t.Error("a message after the end")
	}
	// The address book dials again.
	receive(t, "a new session at a", atA)
	receive(t, "a new session at b", atB)
}

func TestSimultaneousDialLeavesOneConnection(t *testing.T) {
	for range 5 {
		a, b := openEngine(t, Config{}), openEngine(t, Config{})
		swa, atA := join(t, a)
		swb, atB := join(t, b)
		swa.Dial(b.Addr())
		swb.Dial(a.Addr())
		lastA, lastB := settle(t, swa, atA), settle(t, swb, atB)
		if lastA.Outgoing() == lastB.Outgoing() {
			t.Errorf("the two sides kept different connections")
		}
		if err := lastA.Send([]byte("still here")); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, "a message on what is left", lastB.Recv()); string(got) != "still here" {
			t.Errorf("got %q", got)
		}
	}
}

// settle returns the one session that is left, skipping those that ended.
func settle(t *testing.T, sw *Swarm, conns <-chan *Conn) *Conn {
	t.Helper()
	var last *Conn
	until(t, "one connection is left", func() bool {
		live := sw.Peers()
		if len(live) == 1 && len(sw.e.linksOf(sw.s)) == 1 && quiescent(sw) {
			last = live[0]
			return true
		}
		return false
	})
	for c := range drain(conns) {
		if c != last {
			receive(t, "the end of the other connection", c.Done())
		}
	}
	return last
}

// quiescent says whether no dial of the swarm is under way in the library.
func quiescent(sw *Swarm) bool {
	return sw.s.t.Stats().HalfOpenPeers == 0 && sw.s.t.Stats().PendingPeers == 0
}

func drain(conns <-chan *Conn) map[*Conn]bool {
	got := make(map[*Conn]bool)
	for {
		select {
		case c := <-conns:
			got[c] = true
		default:
			return got
		}
	}
}

func TestSurplusNewcomersAreClosed(t *testing.T) {
	hub := openEngine(t, Config{SwarmPeers: 2})
	sw, atHub := join(t, hub)
	var first []*Conn
	for range 2 {
		spoke, _ := join(t, openEngine(t, Config{}))
		spoke.Dial(hub.Addr())
		first = append(first, receive(t, "a session at the hub", atHub))
	}
	late := openEngine(t, Config{})
	lateSwarm, _ := join(t, late)
	lateSwarm.Dial(hub.Addr())
	until(t, "the late one was dialled and closed", func() bool {
		return fails(lateSwarm.s.book, hub.Addr()) > 1
	})
	for _, c := range first {
		select {
		case <-c.Done():
			t.Error("an old connection gave way to a newcomer")
		default:
		}
	}
	if n := len(sw.Peers()); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// fails is how often an address was dialled without a lasting connection.
func fails(b *book, a netip.AddrPort) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pages[a].fails
}

func TestSlowReceiverIsClosed(t *testing.T) {
	a, b := openEngine(t, Config{}), openEngine(t, Config{})
	swa, atA := join(t, a)
	_, atB := join(t, b)
	swa.Dial(b.Addr())
	ca, cb := receive(t, "a", atA), receive(t, "b", atB)
	payload := make([]byte, 60000)
	for range MaxQueuedBytes/len(payload) + 2 {
		if err := ca.Send(payload); err != nil {
			break // it may be closed already
		}
	}
	receive(t, "the end of the overflowing connection", cb.Done())
	if !errors.Is(cb.Err(), ErrOverflow) {
		t.Errorf("ended with %v", cb.Err())
	}
	receive(t, "its other end", ca.Done())
}

func TestJoinTwiceAndAgain(t *testing.T) {
	e := openEngine(t, Config{})
	sw, _ := join(t, e)
	if _, err := e.Join(meeting, func(*Conn) {}); !errors.Is(err, ErrInUse) {
		t.Errorf("joining twice: %v", err)
	}
	sw.Close()
	join(t, e)
}

func TestBackoff(t *testing.T) {
	b := backoff{time.Second, 10 * time.Second}
	for fails, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if got := b.after(fails); got != want*time.Second {
			t.Errorf("after %d failures %v, want %vs", fails, got, int(want))
		}
	}
}
