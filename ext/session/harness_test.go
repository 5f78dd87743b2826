package session

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ext/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A pipe is one end of a connection in memory.
type pipe struct {
	in, out    chan []byte
	ended      *sync.Once // both ends end together
	done       chan struct{}
	remoteAddr netip.AddrPort
}

// newPipe makes both ends. There is room for what a peer without manners sends.
func newPipe() (a, b *pipe) {
	ab, ba := make(chan []byte, 1<<14), make(chan []byte, 1<<14)
	done, once := make(chan struct{}), new(sync.Once)
	a = &pipe{in: ba, out: ab, done: done, ended: once, remoteAddr: netip.MustParseAddrPort("192.0.2.2:6881")}
	b = &pipe{in: ab, out: ba, done: done, ended: once, remoteAddr: netip.MustParseAddrPort("192.0.2.1:6881")}
	return a, b
}

func (p *pipe) Send(frame []byte) error {
	select {
	case <-p.done:
		return errors.New("pipe closed")
	case p.out <- frame:
		return nil
	}
}

func (p *pipe) Recv() <-chan []byte        { return p.in }
func (p *pipe) Done() <-chan struct{}      { return p.done }
func (p *pipe) Close()                     { p.ended.Do(func() { close(p.done) }) }
func (p *pipe) RemoteAddr() netip.AddrPort { return p.remoteAddr }
func (p *pipe) ListenAddr() netip.AddrPort { return p.remoteAddr }

func (p *pipe) closed() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

var testNet = [32]byte{'n', 'e', 't'}

func testState() wire.State { return wire.State{Count: 1} }

// newService makes a service with families.
func newService(t testing.TB, families ...Family) *Service {
	t.Helper()
	svc, err := New(Config{Net: testNet, Rules: 1, UserAgent: "test/1", State: testState, Families: families})
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

// A served is one connection given to Serve.
type served struct {
	result chan error
	stop   context.CancelFunc
}

func serve(svc *Service, c Conn) *served {
	ctx, stop := context.WithCancel(context.Background())
	s := &served{result: make(chan error, 1), stop: stop}
	go func() { s.result <- svc.Serve(ctx, c) }()
	return s
}

// end waits for the reason.
func (s *served) end() error {
	err := <-s.result
	s.stop()
	return err
}

// wants checks the reason for which a session ended.
func (s *served) wants(t *testing.T, want error) {
	t.Helper()
	if err := s.end(); !errors.Is(err, want) {
		t.Errorf("ended with %v; want %v", err, want)
	}
}

// A couple is two services with a session between them.
type couple struct {
	a, b             *Session
	servedA, servedB *served
}

// connect opens a session between two services. It runs in a bubble.
func connect(t *testing.T, svcA, svcB *Service) *couple {
	t.Helper()
	a, b := newPipe()
	c := &couple{servedA: serve(svcA, a), servedB: serve(svcB, b)}
	synctest.Wait()
	c.a, c.b = only(t, svcA), only(t, svcB)
	return c
}

// close ends both sides and waits for them.
func (c *couple) close(t *testing.T) {
	t.Helper()
	c.a.Close()
	c.servedA.wants(t, ErrClosed)
	c.servedB.wants(t, ErrClosed)
}

// only returns the one session of a service.
func only(t *testing.T, svc *Service) *Session {
	t.Helper()
	list := svc.Sessions()
	if len(list) != 1 {
		t.Fatalf("%d sessions; want 1", len(list))
	}
	return list[0]
}

// A stranger is the other end of a session in the test's own hands.
type stranger struct {
	*pipe
	*served
	t       *testing.T
	session *Session
}

// meet opens a session between a service and a stranger, who has said hello. It runs in a bubble.
func meet(t *testing.T, svc *Service) *stranger {
	t.Helper()
	ours, theirs := newPipe()
	st := &stranger{pipe: theirs, served: serve(svc, ours), t: t}
	st.say(strangersHello())
	if m, _ := st.hear(); m.Type() != "hello" {
		t.Fatalf("first message is %s", m.Type())
	}
	synctest.Wait()
	st.session = only(t, svc)
	return st
}

func strangersHello() *wire.Hello {
	return &wire.Hello{
		Version: wire.Version, Rules: 1, Net: testNet, UserAgent: "stranger", Nonce: [16]byte{0xff},
		Features: wire.FeaturePing,
	}
}

func (st *stranger) say(m wire.Message) { st.sayGrant(m, 0) }

func (st *stranger) sayGrant(m wire.Message, credit uint64) {
	st.t.Helper()
	st.sayRaw(mustEncode(st.t, m, credit))
}

func (st *stranger) sayRaw(frame []byte) {
	st.t.Helper()
	if err := st.Send(frame); err != nil {
		st.t.Fatal(err)
	}
}

// hear returns the next message and its frame's size.
func (st *stranger) hear() (wire.Message, int) {
	st.t.Helper()
	frame := <-st.in
	m, err := wire.Decode(frame)
	if err != nil {
		st.t.Fatal(err)
	}
	return m, len(frame)
}

// hearAll returns how many bytes and frames are there now.
func (st *stranger) hearAll() (size, count int) {
	synctest.Wait()
	for {
		select {
		case frame := <-st.in:
			size += len(frame)
			count++
		default:
			return size, count
		}
	}
}

// leave ends the session and waits for it.
func (st *stranger) leave() {
	st.t.Helper()
	st.Close()
	st.wants(st.t, ErrClosed)
}

// advance lets d pass on the bubble's clock, and everything settle.
func advance(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func mustEncode(t testing.TB, m wire.Message, credit uint64) []byte {
	t.Helper()
	frame, err := wire.EncodeGrant(m, credit)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// gossip is a family of live messages.
func gossip(h HandlerFunc) Family {
	return Family{Messages: []wire.Message{&wire.Inv{}, &wire.Peers{}}, Handler: h}
}

// serving is a family that answers every get.
func serving(h HandlerFunc) Family {
	return Family{Messages: []wire.Message{&wire.Get{}, &wire.Tx{}, &wire.NotFound{}}, Handler: h}
}

// block is a handler that does not return before the session ends.
func block(ctx context.Context, _ *Session, _ wire.Message) error {
	<-ctx.Done()
	return nil
}

func item(n int) wire.Item { return wire.Item{ID: [32]byte{byte(n), byte(n >> 8)}} }

func inv(n int) *wire.Inv { return &wire.Inv{Items: []wire.Item{item(n)}} }

func getID(n byte) *wire.Get { return &wire.Get{IDs: [][32]byte{{n}}} }

func getRange(from, to byte) *wire.Get { return &wire.Get{From: [36]byte{from}, To: [36]byte{to}} }

// bulkTx is a tx frame of nearly 60,000 bytes.
func bulkTx() *wire.Tx {
	raw := make([]byte, 0, wire.MaxTx)
	raw = append(raw, "d1:m14000:"...)
	raw = append(raw, make([]byte, 14000)...)
	raw = append(raw, 'e')
	return &wire.Tx{Txs: [][]byte{raw, raw, raw, raw}}
}
