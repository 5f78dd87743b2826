package session

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// requests are the unanswered requests of a session, in the order in which they were sent. One whose
// asker has given up stays until its answer comes, or a later request would be taken for answered.
type requests struct {
	slots chan struct{} // one element per entry of list

	mu struct {
		sync.Mutex
		list []*request
	}
}

type request struct {
	wire.Request
	answer chan wire.Message // capacity 1
}

func newRequests() *requests {
	return &requests{slots: make(chan struct{}, MaxRequests)}
}

// enqueue puts a request on the list exactly when offer queued its frame, so both have one order.
func (r *requests) enqueue(req *request, offer func() (bool, <-chan struct{})) (bool, <-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.overlaps(req) {
		return false, nil, ErrOverlap
	}
	ok, room := offer()
	if ok {
		r.mu.list = append(r.mu.list, req)
	}
	return ok, room, nil
}

// overlaps reports whether a get's range is already being asked for.
func (r *requests) overlaps(req *request) bool {
	g, ok := req.Request.(*wire.Get)
	if !ok || g.IDs != nil {
		return false
	}
	for _, other := range r.mu.list {
		o, ok := other.Request.(*wire.Get)
		if ok && o.IDs == nil && bytes.Compare(g.From[:], o.To[:]) < 0 && bytes.Compare(o.From[:], g.To[:]) < 0 {
			return true
		}
	}
	return false
}

// resolve hands an answer to the first request that it answers.
func (r *requests) resolve(m wire.Message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, req := range r.mu.list {
		if req.AnsweredBy(m) {
			r.mu.list = append(r.mu.list[:i:i], r.mu.list[i+1:]...)
			req.answer <- m
			<-r.slots
			return true
		}
	}
	return false
}

// Request sends a request and returns its answer. It waits for one of MaxRequests places, for room to
// send, and then at most RequestTimeout for the answer; a peer that lets it pass is scored. Errors:
// ErrTimeout, ErrOverlap, ErrNotSupported, ErrClosed, those of ctx, or of encoding.
//
// The answer's content is not checked: a tx can hold anything.
func (s *Session) Request(ctx context.Context, m wire.Request) (wire.Message, error) {
	frame, err := s.encode(m)
	if err != nil {
		return nil, err
	}
	select {
	case s.requests.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("session: %s: awaiting a place: %w", m.Type(), ctx.Err())
	case <-s.ctx.Done():
		return nil, s.closed(m)
	}
	req := &request{Request: m, answer: make(chan wire.Message, 1)}
	if err := s.enqueue(ctx, req, frame); err != nil {
		<-s.requests.slots
		return nil, err
	}
	return s.await(ctx, req)
}

// enqueue waits until the request is on its way.
func (s *Session) enqueue(ctx context.Context, req *request, frame []byte) error {
	for {
		ok, room, err := s.requests.enqueue(req, func() (bool, <-chan struct{}) {
			return s.outbox.offer(classOf(req.Request), frame)
		})
		if err != nil {
			return fmt.Errorf("session: %s: %w", req.Type(), err)
		}
		if ok {
			return nil
		}
		if err := s.awaitRoom(ctx, req, room); err != nil {
			return err
		}
	}
}

// await waits for the answer.
func (s *Session) await(ctx context.Context, req *request) (wire.Message, error) {
	asked := time.Now()
	timeout := time.NewTimer(RequestTimeout)
	defer timeout.Stop()
	select {
	case m := <-req.answer:
		return m, nil
	case <-timeout.C:
		s.fault(s.unanswered(asked), fmt.Errorf("no answer to %s", req.Type()))
		return nil, fmt.Errorf("session: %s: %w", req.Type(), ErrTimeout)
	case <-ctx.Done():
		return nil, fmt.Errorf("session: %s: awaiting the answer: %w", req.Type(), ctx.Err())
	case <-s.ctx.Done():
		select {
		case m := <-req.answer: // it came before the end
			return m, nil
		default:
			return nil, s.closed(req)
		}
	}
}

// unanswered is the fault of a request that timed out. Who has said nothing at all
// since may be cut off from us: that ends the session, so that another one can
// begin, and weighs little. Else both halves of a network that was cut would have
// banned each other by the time that it is whole again.
func (s *Session) unanswered(asked time.Time) Fault {
	if s.heard.Load() <= asked.UnixNano() {
		return FaultSilent
	}
	return FaultTimeout
}
