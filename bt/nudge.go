package bt

import (
	"sync"
	"time"
)

// The library's message writer can miss its wake-up: it looks for work, releases the lock, and only then
// takes the condition it sleeps on. What happens in between, an unchoke to act on or a block read for upload,
// waits for the next keep-alive, up to a minute. A short KeepAliveTimeout bounds the stall at the price of
// packets on every connection, the silent rendezvous included. Instead, the writers of torrents with recent
// traffic are woken. A message of our own does that for certain, as writers take the condition before looking
// for those; a call that only notes a change does it without a packet, but at most once until the writer runs.
//
//   - A complete torrent is nudged by such a call for a while after each message, and by a message where
//     that was not enough.
//   - A fetch asks for the metadata again: the answer wakes the other side's writer as well.
//   - A download that stands still sends a message that means nothing.
const (
	nudgeEvery = 20 * time.Millisecond
	nudgeTimes = 10
	// wakeFirst and wakeMost are the waits between the messages of a fetch. The first is several times what
	// a fetch takes on a local network.
	wakeFirst = 30 * time.Millisecond
	wakeMost  = 2 * time.Second
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
	if !s.complete.Load() {
		return
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

// due returns the torrents to nudge now and counts it. True marks the middle and the last nudge of each.
func (n *nudger) due() map[*slot]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	due := make(map[*slot]bool, len(n.left))
	for s, left := range n.left {
		left--
		due[s] = left%(nudgeTimes/2) == 0
		if left == 0 {
			delete(n.left, s)
		} else {
			n.left[s] = left
		}
	}
	return due
}

// nudge wakes writers until the engine closes.
func (e *Engine) nudge() {
	tick := time.NewTicker(nudgeEvery)
	defer tick.Stop()
	for {
		due := e.nudger.due()
		if len(due) == 0 {
			tick.Stop()
			select {
			case <-e.ctx.Done():
				return
			case <-e.nudger.wake:
			}
			tick.Reset(nudgeEvery)
		}
		for s, firmly := range due {
			e.nudgeSlot(s, firmly)
		}
		select {
		case <-e.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// nudgeSlot wakes the writers of a complete torrent; firmly, also those that owe blocks nonetheless.
func (e *Engine) nudgeSlot(s *slot, firmly bool) {
	if !s.live() {
		return
	}
	s.t.DisallowDataDownload() // which changes nothing: there is none
	if !firmly {
		return
	}
	for _, lk := range e.linksOf(s) {
		stats := lk.pc.Stats()
		if lk.requests.Load() > stats.ChunksWritten.Int64() {
			lk.wake()
		}
	}
}

// wake wakes the writer of a connection by a message that never leaves: that there is no metadata for the peer, of a
// piece that cannot be. Most peers would ignore it; aria2 hangs up.
func (lk *link) wake() {
	if lk.wire != nil {
		lk.wire.Mute(encodeMetadata(metadataReject, -1, ""))
	}
	lk.sendMetadata(metadataReject, -1, "", nil)
}

// wakeBoth wakes our writer and, if it is the same library, the peer's.
func (lk *link) wakeBoth() { lk.sendMetadata(metadataRequest, 0, "", nil) }
