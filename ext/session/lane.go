package session

import (
	"context"
	"sync"

	"github.com/torrenttx/ttx/ext/wire"
)

// A lane is the way of one family's messages to its handler. It has no bound of its own: the session
// bounds all lanes together, by credit and by MaxBacklog.
type lane struct {
	handler Handler
	wake    chan struct{} // capacity 1

	mu struct {
		sync.Mutex
		waiting []arrival
	}
}

// An arrival is a message and the credit that its frame used.
type arrival struct {
	message wire.Message
	size    int
}

func newLane(h Handler) *lane { return &lane{handler: h, wake: make(chan struct{}, 1)} }

func (l *lane) push(a arrival) {
	l.mu.Lock()
	l.mu.waiting = append(l.mu.waiting, a)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pop takes everything that waits.
func (l *lane) pop() []arrival {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.mu.waiting
	l.mu.waiting = nil
	return all
}

// run handles arrivals until ctx ends.
func (l *lane) run(ctx context.Context, s *Session) {
	for {
		select {
		case <-l.wake:
		case <-ctx.Done():
			return
		}
		all := l.pop()
		for i, a := range all {
			all[i] = arrival{} // its credit goes back, so its memory has to
			if ctx.Err() != nil {
				return
			}
			s.handle(ctx, l.handler, a)
		}
	}
}
