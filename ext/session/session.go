package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// A Session is the conversation with one peer after both hellos. Its methods may be called from any
// goroutine, and keep working, with ErrClosed, after it ended.
type Session struct {
	conn   Conn
	router *router
	bits   uint64 // the peer's features
	log    *slog.Logger
	even   bool // our reconciliation numbers are the even ones

	ctx      context.Context // ends with the session; its cause is the reason
	end      context.CancelCauseFunc
	outbox   *outbox
	inflow   *inflow
	requests *requests
	limits   limits
	lanes    []*lane      // parallel to router.families; nil without a handler
	backlog  atomic.Int64 // messages in all lanes
	heard    atomic.Int64 // when the last frame came, in Unix nanoseconds
	syncs    atomic.Uint64
	opened   time.Time
	received atomic.Int64 // bytes of frames, the hello included
	sent     atomic.Int64

	mu struct {
		sync.Mutex
		peer  wire.Hello
		score score
	}
}

// newSession makes a session from what both sides said. ours and theirs are the sizes of the hellos.
func newSession(ctx context.Context, svc *Service, conn Conn, hs *handshake) *Session {
	s := &Session{
		conn:     conn,
		router:   svc.router,
		bits:     hs.peer.Features,
		log:      svc.log.With("peer", conn.RemoteAddr()),
		even:     svc.smaller(hs.peer.Nonce),
		outbox:   newOutbox(hs),
		inflow:   newInflow(hs),
		requests: newRequests(),
		limits:   newLimits(svc.router.families),
		lanes:    make([]*lane, len(svc.router.families)),
		opened:   time.Now(),
	}
	s.received.Store(int64(hs.received))
	s.sent.Store(int64(hs.sent))
	for i, f := range svc.router.families {
		if f.Handler != nil {
			s.lanes[i] = newLane(f.Handler)
		}
	}
	s.ctx, s.end = context.WithCancelCause(ctx)
	s.mu.peer = *hs.peer
	s.mu.score = svc.scores.take(conn.RemoteAddr().Addr(), time.Now())
	return s
}

// run serves the session until it ends, and returns the reason.
func (s *Session) run() error {
	var tasks sync.WaitGroup
	for i, f := range s.router.families {
		if l := s.lanes[i]; l != nil {
			tasks.Go(func() { l.run(s.ctx, s) })
		}
		if f.Start != nil {
			tasks.Go(func() { f.Start(s.ctx, s) })
		}
	}
	tasks.Go(s.write)
	tasks.Go(s.read)
	<-s.ctx.Done()
	s.conn.Close()
	tasks.Wait()
	return context.Cause(s.ctx)
}

// write sends what the outbox lets go.
func (s *Session) write() {
	for {
		frame, err := s.outbox.next(s.ctx)
		if f, ok := asFault(err); ok && s.ctx.Err() == nil { // else the reason why it ended, scored already
			s.fault(f, nil)
			return
		}
		size := int64(len(frame)) // Send takes the frame
		if err == nil {
			err = s.conn.Send(frame)
		}
		if err != nil {
			s.end(fmt.Errorf("%w: sending: %w", ErrClosed, err))
			return
		}
		s.sent.Add(size)
	}
}

// read takes frames off the connection. It never waits for a handler, so grants and answers always
// come through.
func (s *Session) read() {
	for s.ctx.Err() == nil {
		select {
		case frame, ok := <-s.conn.Recv():
			if !ok {
				s.end(ErrClosed)
				return
			}
			s.receive(frame)
		case <-s.conn.Done():
			s.end(ErrClosed)
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// receive takes in one frame.
func (s *Session) receive(frame []byte) {
	s.heard.Store(time.Now().UnixNano())
	s.received.Add(int64(len(frame)))
	if !s.inflow.received(len(frame)) {
		s.fault(FaultOverflow, nil)
		return
	}
	if !s.limits.all.Allow() {
		s.fault(FaultRate, errFrames)
		s.handled(len(frame))
		return
	}
	m, credit, err := wire.DecodeGrant(frame)
	switch {
	case errors.Is(err, wire.ErrUnknownType):
		s.fault(FaultUnknown, err)
		s.handled(len(frame))
		return
	case err != nil:
		s.fault(FaultMalformed, err)
		return
	}
	if credit > 0 && !s.outbox.granted(credit) {
		s.fault(FaultCredit, nil)
		return
	}
	if !s.dispatch(arrival{m, len(frame)}) {
		s.handled(len(frame))
	}
}

// dispatch hands a message to who is waiting for it or to its lane. It reports whether a lane has it,
// and with it the duty to give back its credit.
func (s *Session) dispatch(a arrival) bool {
	if !s.limits.allow(a.message) {
		s.fault(FaultRate, over(a.message))
		return false
	}
	switch m := a.message.(type) {
	case *wire.Hello:
		s.fault(FaultUnexpected, errors.New("a second hello"))
		return false
	case *wire.Inv:
		if len(m.Items) == 0 { // was only a grant
			return false
		}
	case *wire.State:
		s.setState(*m)
	}
	if s.requests.resolve(a.message) {
		return false
	}
	if wire.IsAnswer(a.message) {
		s.fault(FaultUnsolicited, errors.New(a.message.Type()))
		return false
	}
	return s.route(a)
}

// route hands a message to the lane of its family. What this node has no family for it ignores: the
// peer cannot know.
func (s *Session) route(a arrival) bool {
	i, known := s.router.byType[a.message.Type()]
	if !known || s.lanes[i] == nil {
		return false
	}
	if s.backlog.Add(1) > MaxBacklog {
		s.fault(FaultFlood, nil)
	}
	s.lanes[i].push(a)
	return true
}

// handle calls a handler with one message and gives back its credit.
func (s *Session) handle(ctx context.Context, h Handler, a arrival) {
	err := s.limits.wait(ctx, a.message)
	if err == nil {
		err = h.Handle(ctx, s, a.message)
	}
	s.backlog.Add(-1)
	s.handled(a.size)
	if err == nil || ctx.Err() != nil {
		return
	}
	if f, ok := asFault(err); ok {
		s.fault(f, err)
		return
	}
	s.log.Warn("message not handled", "type", a.message.Type(), "err", err)
}

// handled gives back the credit of a frame.
func (s *Session) handled(size int) {
	if grant := s.inflow.done(size); grant > 0 {
		s.outbox.owe(grant)
	}
}

// Send queues a message for the peer, waiting for room: the peer's credit passes on its pace. Errors:
// ErrNotSupported, ErrClosed, those of ctx, or of encoding.
func (s *Session) Send(ctx context.Context, m wire.Message) error {
	frame, err := s.encode(m)
	if err != nil {
		return err
	}
	for {
		ok, room := s.outbox.offer(classOf(m), frame)
		if ok {
			return nil
		}
		if err := s.awaitRoom(ctx, m, room); err != nil {
			return err
		}
	}
}

// TrySend queues a message if there is room at once, and reports whether it did. It is for gossip: what
// is dropped, reconciliation repairs.
func (s *Session) TrySend(m wire.Message) bool {
	frame, err := s.encode(m)
	if err != nil {
		return false
	}
	ok, _ := s.outbox.offer(classOf(m), frame)
	return ok
}

// encode makes the frame of a message that the peer understands, while the session is open.
func (s *Session) encode(m wire.Message) ([]byte, error) {
	if s.ctx.Err() != nil {
		return nil, s.closed(m)
	}
	if !s.router.supported(m, s.bits) {
		return nil, fmt.Errorf("session: %s: %w", m.Type(), ErrNotSupported)
	}
	frame, err := wire.Encode(m)
	if err != nil {
		return nil, fmt.Errorf("session: encoding: %w", err)
	}
	return frame, nil
}

func (s *Session) awaitRoom(ctx context.Context, m wire.Message, room <-chan struct{}) error {
	select {
	case <-room:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("session: %s: awaiting room: %w", m.Type(), ctx.Err())
	case <-s.ctx.Done():
		return s.closed(m)
	}
}

// closed says that a message found the session closed, and why it is.
func (s *Session) closed(m wire.Message) error {
	cause := context.Cause(s.ctx)
	if errors.Is(cause, ErrClosed) {
		return fmt.Errorf("session: %s: %w", m.Type(), cause)
	}
	return fmt.Errorf("session: %s: %w: %w", m.Type(), ErrClosed, cause)
}

// Fault scores the peer; at BanScore, or for a fault that drops, the session ends.
func (s *Session) Fault(f Fault) { s.fault(f, nil) }

func (s *Session) fault(f Fault, err error) {
	s.mu.Lock()
	over := s.mu.score.points >= BanScore // nothing makes it worse
	points := s.mu.score.add(f, time.Now())
	s.mu.Unlock()
	if over {
		return
	}
	s.log.Warn("peer at fault", "fault", f, "score", points, "err", err)
	if points >= BanScore || f.Drops() {
		s.end(dropped(f, err))
	}
}

// Score is what the peer's faults come to now, less what time has forgiven; at BanScore it is dropped.
func (s *Session) Score() int {
	sc := s.finalScore()
	sc.forgive(time.Now())
	return sc.points
}

// Traffic is how many bytes of frames went each way, without what the connection adds.
func (s *Session) Traffic() (received, sent int64) { return s.received.Load(), s.sent.Load() }

// Opened is when the session began.
func (s *Session) Opened() time.Time { return s.opened }

// finalScore is what the peer's faults came to.
func (s *Session) finalScore() score {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.score
}

// Peer returns the peer's hello, with the state that it told last.
func (s *Session) Peer() wire.Hello {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.peer
}

func (s *Session) setState(st wire.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.peer.State = st
}

// NewSID returns the number for a reconciliation that this side starts. The two sides of a session
// never choose the same.
func (s *Session) NewSID() uint64 {
	n := s.syncs.Add(1) * 2
	if s.even {
		return n
	}
	return n + 1
}

// BreaksTies reports whether our nonce is the smaller one: where both sides
// could begin something, this side does.
func (s *Session) BreaksTies() bool { return s.even }

// RemoteAddr is where the peer's packets come from.
func (s *Session) RemoteAddr() netip.AddrPort { return s.conn.RemoteAddr() }

// ListenAddr is where the peer can be dialled.
func (s *Session) ListenAddr() netip.AddrPort { return s.conn.ListenAddr() }

// Close ends the session.
func (s *Session) Close() { s.end(ErrClosed) }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }
