// Package sessiontest helps to test message families: connections in memory,
// a peer that is in the test's own hands, and a record of the faults that
// sessions found. Everything here is for a testing/synctest bubble.
package sessiontest

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/wire"
)

// room is how many frames a pipe holds: more than a peer without manners sends
// in any test.
const room = 1 << 14

var errClosed = errors.New("pipe closed")

// Pipe is one end of a connection in memory; it is a session.Conn.
type Pipe struct {
	in, out chan []byte
	ended   *sync.Once // both ends end together
	done    chan struct{}
	remote  netip.AddrPort

	mu   sync.Mutex
	sent map[string]Traffic
}

// Traffic is what was sent of one type of message.
type Traffic struct{ Frames, Bytes int }

// Sent returns what this end has sent, by type of message.
func (p *Pipe) Sent() map[string]Traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.sent)
}

func (p *Pipe) count(frame []byte) {
	m, err := wire.Decode(frame)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == nil {
		p.sent = make(map[string]Traffic)
	}
	t := p.sent[m.Type()]
	p.sent[m.Type()] = Traffic{t.Frames + 1, t.Bytes + len(frame)}
}

// NewPipe makes both ends of a connection between the nodes number a and b.
func NewPipe(a, b int) (atA, atB *Pipe) {
	ab, ba := make(chan []byte, room), make(chan []byte, room)
	done, once := make(chan struct{}), new(sync.Once)
	return &Pipe{in: ba, out: ab, done: done, ended: once, remote: Addr(b)},
		&Pipe{in: ab, out: ba, done: done, ended: once, remote: Addr(a)}
}

// Addr is the address of node number n, below 65,536.
func Addr(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2 + byte(n>>8), byte(n)}), 6881)
}

// Send hands over one frame.
func (p *Pipe) Send(frame []byte) error {
	select {
	case <-p.done:
		return errClosed
	default:
	}
	select {
	case <-p.done:
		return errClosed
	case p.out <- frame:
		p.count(frame)
		return nil
	}
}

// Recv gives the frames of the other end.
func (p *Pipe) Recv() <-chan []byte { return p.in }

// Done is closed when either end was closed.
func (p *Pipe) Done() <-chan struct{} { return p.done }

// Close ends the connection.
func (p *Pipe) Close() { p.ended.Do(func() { close(p.done) }) }

// RemoteAddr is the other end's address.
func (p *Pipe) RemoteAddr() netip.AddrPort { return p.remote }

// ListenAddr is the other end's address.
func (p *Pipe) ListenAddr() netip.AddrPort { return p.remote }

// Served is a connection that was given to a service.
type Served struct {
	Session *session.Session
	ended   chan struct{}
	reason  error
}

// Server runs sessions: session.Service, or what stands on one.
type Server interface {
	Serve(ctx context.Context, conn session.Conn) error
	Sessions() []*session.Session
}

// Serve opens the session of a connection, which ends with the test. The other
// end has to say hello by itself, or to have said it.
func Serve(t testing.TB, svc Server, conn *Pipe) *Served {
	t.Helper()
	s := &Served{ended: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer close(s.ended)
		s.reason = svc.Serve(ctx, conn)
	}()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	synctest.Wait()
	s.find(svc, conn.remote)
	return s
}

func (s *Served) find(svc Server, remote netip.AddrPort) {
	for _, open := range svc.Sessions() {
		if open.RemoteAddr() == remote {
			s.Session = open
		}
	}
}

// Connect opens a session between two services, which are the nodes number a
// and b.
func Connect(t testing.TB, svcA, svcB Server, a, b int) (atA, atB *Served) {
	t.Helper()
	pipeA, pipeB := NewPipe(a, b)
	atA = Serve(t, svcA, pipeA)
	atB = Serve(t, svcB, pipeB)
	atA.find(svcA, pipeA.remote)
	if atA.Session == nil || atB.Session == nil {
		t.Fatal("no session between the two")
	}
	return atA, atB
}

// Reason waits for the session's end and returns why.
func (s *Served) Reason() error {
	<-s.ended
	return s.reason
}

// Open reports whether the session goes on.
func (s *Served) Open() bool {
	synctest.Wait()
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Stranger is a peer in the test's own hands.
type Stranger struct {
	*Served
	t    testing.TB
	pipe *Pipe
}

// Hello is what node number n says first on a network. Each number has its own
// nonce.
func Hello(net [32]byte, n int, state wire.State) *wire.Hello {
	return &wire.Hello{
		Version: wire.Version, Rules: 1, Net: net, UserAgent: "stranger", State: state,
		Features: wire.FeaturePing, Nonce: [16]byte{0xff, byte(n), byte(n >> 8)},
	}
}

// Meet opens a session between a service and a stranger, the node number n,
// who says hello.
func Meet(t testing.TB, svc Server, n int, hello *wire.Hello) *Stranger {
	t.Helper()
	ours, theirs := NewPipe(1, n)
	st := &Stranger{t: t, pipe: theirs}
	st.Say(hello)
	st.Served = Serve(t, svc, ours)
	if m := st.decode(<-theirs.in); m.Type() != "hello" || st.Session == nil {
		t.Fatalf("no session: the first message is %s", m.Type())
	}
	return st
}

// Say sends one message.
func (st *Stranger) Say(m wire.Message) {
	st.t.Helper()
	frame, err := wire.Encode(m)
	if err != nil {
		st.t.Fatal(err)
	}
	if err := st.pipe.Send(frame); err != nil {
		st.t.Fatal(err)
	}
}

// Heard returns the messages that have come since the last call, bare grants of
// credit left out, once nothing moves any more.
func (st *Stranger) Heard() []wire.Message {
	st.t.Helper()
	synctest.Wait()
	var all []wire.Message
	for {
		select {
		case frame := <-st.pipe.in:
			m := st.decode(frame)
			if inv, ok := m.(*wire.Inv); ok && len(inv.Items) == 0 {
				continue
			}
			all = append(all, m)
		default:
			return all
		}
	}
}

func (st *Stranger) decode(frame []byte) wire.Message {
	st.t.Helper()
	if len(frame) > wire.MaxFrame {
		st.t.Errorf("a frame of %d bytes", len(frame))
	}
	m, err := wire.Decode(frame)
	if err != nil {
		st.t.Fatal(err)
	}
	return m
}

// Only returns those of messages that are of type M.
func Only[M wire.Message](messages []wire.Message) []M {
	var out []M
	for _, m := range messages {
		if m, ok := m.(M); ok {
			out = append(out, m)
		}
	}
	return out
}

// Advance lets d pass on the bubble's clock, and everything settle.
func Advance(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Faults records the faults that sessions find: its logger goes into
// session.Config.
type Faults struct {
	mu    sync.Mutex
	found []session.Fault
}

// Logger returns the logger that hears of the faults.
func (f *Faults) Logger() *slog.Logger { return slog.New((*faultHandler)(f)) }

// Found returns all faults until now, in order.
func (f *Faults) Found() []session.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.found)
}

type faultHandler Faults

func (h *faultHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *faultHandler) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if fault, ok := a.Value.Any().(session.Fault); ok {
			h.found = append(h.found, fault)
		}
		return true
	})
	return nil
}

func (h *faultHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *faultHandler) WithGroup(string) slog.Handler      { return h }
