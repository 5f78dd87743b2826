package bt

import (
	"context"
	"sync"
	"time"
)

// The library's message writer can miss its wake-up: it looks for work, releases the lock, and only then
// takes the condition it sleeps on. What happened in between, an unchoke or a block read for upload, then
// waits for the next keep-alive, a minute. A short KeepAliveTimeout bounds the stall at the price of
// packets on every connection, the silent rendezvous included. Instead, torrents with recent traffic get
// their writers woken for a while by a call that does nothing else.
const (
	nudgeEvery = 20 * time.Millisecond
	nudgeTimes = 10
)

// nudger wakes the writers of torrents on which something happened lately.
type nudger struct {
	mu   sync.Mutex
	left map[*slot]int
	wake chan struct{}
}

func newNudger() *nudger {
	return &nudger{left: make(map[*slot]int), wake: make(chan struct{}, 1)}
}

// touch notes traffic on s. It never blocks and takes only its own lock.
func (n *nudger) touch(s *slot) {
	if s.role == roleSwarm {
		return // extension messages do not suffer from it
	}
	n.mu.Lock()
	n.left[s] = nudgeTimes
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *nudger) forget(s *slot) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.left, s)
}

// due returns the torrents to nudge now and counts it.
func (n *nudger) due() []*slot {
	n.mu.Lock()
	defer n.mu.Unlock()
	slots := make([]*slot, 0, len(n.left))
	for s, left := range n.left {
		slots = append(slots, s)
		if left--; left == 0 {
			delete(n.left, s)
		} else {
			n.left[s] = left
		}
	}
	return slots
}

func (n *nudger) run(ctx context.Context) {
	tick := time.NewTicker(nudgeEvery)
	defer tick.Stop()
	for {
		slots := n.due()
		if len(slots) == 0 {
			tick.Stop()
			select {
			case <-ctx.Done():
				return
			case <-n.wake:
			}
			tick.Reset(nudgeEvery)
		}
		for _, s := range slots {
			s.nudge()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// nudge wakes the writers of all connections of s. Both calls are idempotent: a torrent being fetched
// whole uploads nothing yet, and a complete one has nothing to download.
func (s *slot) nudge() {
	select {
	case <-s.ready:
	default:
		return
	}
	switch {
	case s.complete.Load():
		s.t.DisallowDataDownload()
	case s.role == roleFetch:
		s.t.DisallowDataUpload()
	}
}
