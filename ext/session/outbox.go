package session

import (
	"context"
	"sync"
	"time"

	"github.com/torrenttx/ttx/ext/wire"
)

// A class is one of the two queues on the way out.
type class int

const (
	live class = iota
	bulk
	classes
)

func classOf(m wire.Message) class {
	if wire.IsBulk(m) {
		return bulk
	}
	return live
}

// An outbox holds the frames that wait for the peer's credit, and the credit that we owe the peer.
type outbox struct {
	wake chan struct{} // capacity 1: something changed for next

	mu struct {
		sync.Mutex
		credit int64 // what the peer still lets us send
		owed   int64 // what we have to grant
		queues [classes]queue
		room   chan struct{} // closed and replaced whenever a frame leaves
	}
}

// A queue is first in, first out. served counts bytes, for fair turns.
type queue struct {
	frames [][]byte
	bytes  int
	served uint64
}

// newOutbox starts with the credit that is left after our hello, and that the peer's hello granted.
func newOutbox(hs *handshake) *outbox {
	o := &outbox{wake: make(chan struct{}, 1)}
	o.mu.credit = InitialCredit - int64(hs.sent) + int64(hs.granted)
	o.mu.room = make(chan struct{})
	return o
}

// offer queues a frame unless its class is full; then it returns a channel that is closed when a frame
// has left.
func (o *outbox) offer(c class, frame []byte) (ok bool, room <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q, other := &o.mu.queues[c], &o.mu.queues[1-c]
	if len(q.frames) > 0 && q.bytes+len(frame) > MaxQueued {
		return false, o.mu.room
	}
	if len(q.frames) == 0 { // an idle queue has not saved up turns
		q.served = max(q.served, other.served)
	}
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
	o.signal()
	return true, nil
}

// granted adds credit from the peer and reports whether the sum makes sense.
func (o *outbox) granted(credit uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if credit > MaxCredit || o.mu.credit+int64(credit) > MaxCredit {
		return false
	}
	o.mu.credit += int64(credit)
	o.signal()
	return true
}

// owe adds to the credit that the next grant gives the peer.
func (o *outbox) owe(credit int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mu.owed += credit
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// next returns the next frame to send, as soon as there is one and credit for it. Without credit for
// StallTimeout it returns FaultStalled.
func (o *outbox) next(ctx context.Context) ([]byte, error) {
	var stalled <-chan time.Time
	for {
		frame, waiting, err := o.pick()
		if frame != nil || err != nil {
			return frame, err
		}
		if waiting && stalled == nil {
			stalled = time.After(StallTimeout)
		}
		select {
		case <-o.wake:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-stalled:
			return nil, FaultStalled
		}
	}
}

// pick takes a grant or the frame whose turn it is, if the credit allows it; waiting tells that only
// credit is missing.
func (o *outbox) pick() (frame []byte, waiting bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.owed > 0 {
		if frame, err = wire.EncodeGrant(&wire.Inv{}, uint64(o.mu.owed)); err != nil {
			return nil, false, err
		}
		if int64(len(frame)) <= o.mu.credit {
			o.mu.owed = 0
			o.mu.credit -= int64(len(frame))
			return frame, false, nil
		}
	}
	for _, c := range o.turns() {
		q := &o.mu.queues[c]
		if len(q.frames) == 0 {
			continue
		}
		if int64(len(q.frames[0])) <= o.mu.credit-creditReserve {
			return o.take(q), false, nil
		}
		waiting = true
	}
	return nil, waiting, nil
}

// turns orders the classes by the bytes that they were served.
func (o *outbox) turns() [classes]class {
	if o.mu.queues[bulk].served < o.mu.queues[live].served {
		return [classes]class{bulk, live}
	}
	return [classes]class{live, bulk}
}

// take removes the first frame of q.
func (o *outbox) take(q *queue) []byte {
	frame := q.frames[0]
	q.frames[0] = nil
	if q.frames = q.frames[1:]; len(q.frames) == 0 {
		q.frames = nil
	}
	q.bytes -= len(frame)
	q.served += uint64(len(frame))
	o.mu.credit -= int64(len(frame))
	close(o.mu.room)
	o.mu.room = make(chan struct{})
	return frame
}
