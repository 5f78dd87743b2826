package store

import "sync"

// gate lets calls in until it is closed, and lets Close wait for those that
// are inside. A read-write lock would not do: a callback of Scan reads the
// store again, and a waiting writer stops the second read of the same
// goroutine for ever.
type gate struct {
	mu     sync.RWMutex
	closed bool
	inside sync.WaitGroup
}

// enter lets a call in. It must be followed by leave unless it failed.
func (g *gate) enter() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return ErrClosed
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

// isClosed tells a long call that it should end.
func (g *gate) isClosed() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.closed
}

// close lets nobody in any more and waits until everybody has left. The second
// close fails.
func (g *gate) close() error {
	g.mu.Lock()
	wasClosed := g.closed
	g.closed = true
	g.mu.Unlock()
	if wasClosed {
		return ErrClosed
	}
	g.inside.Wait()
	return nil
}
