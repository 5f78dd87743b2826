package bt

import (
	"context"
	"sync"
)

// chores is the work that callbacks leave for after the library's lock: closing connections and the
// metadata exchange. One goroutine does it in order, so that metadata needs no lock. The queue is
// bounded by what adds to it: a close and MaxLinkChores messages a connection.
type chores struct {
	mu    sync.Mutex
	queue []func()
	wake  chan struct{}
}

func newChores() *chores { return &chores{wake: make(chan struct{}, 1)} }

// add queues f. It never blocks and takes only its own lock.
func (c *chores) add(f func()) {
	c.mu.Lock()
	c.queue = append(c.queue, f)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *chores) take() []func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queue
	c.queue = nil
	return q
}

func (c *chores) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		for _, f := range c.take() {
			f()
		}
	}
}
