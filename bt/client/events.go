package client

import "sync"

// The kinds of event.
const (
	EventAdded    = "added"    // a torrent was added
	EventRemoved  = "removed"  // a torrent was removed
	EventState    = "state"    // a torrent's state changed
	EventInfo     = "info"     // a torrent's info became known
	EventComplete = "complete" // everything wanted is there, and where it belongs
	EventLagged   = "lagged"   // the reader was too slow: it is the last event. List and subscribe again
)

// Event is something that happened to a torrent. How far it is, is polled with List instead.
type Event struct {
	Kind  string `json:"kind"`
	ID    ID     `json:"id"`
	Name  string `json:"name"`
	State State  `json:"state"`
	Error string `json:"error,omitempty"` // with StateError
}

// hub hands events to every subscriber without ever waiting for one. The zero value is ready.
type hub struct {
	mu     sync.Mutex
	subs   map[*Subscription]struct{}
	closed bool
}

// Subscription is one reader's bounded queue.
type Subscription struct {
	hub   *hub
	queue chan Event
}

// Subscribe returns the events from now on. The caller closes it.
func (c *Client) Subscribe() *Subscription { return c.events.subscribe() }

func (h *hub) subscribe() *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &Subscription{hub: h, queue: make(chan Event, eventQueue+1)} // room for EventLagged
	if h.closed {
		close(s.queue)
		return s
	}
	if h.subs == nil {
		h.subs = make(map[*Subscription]struct{})
	}
	h.subs[s] = struct{}{}
	return s
}

// publish queues events for every subscriber; one whose queue is full is dropped.
func (h *hub) publish(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		for s := range h.subs {
			if len(s.queue) == eventQueue {
				s.queue <- Event{Kind: EventLagged} // only publish sends, so the last place is free
				h.drop(s)
				continue
			}
			s.queue <- e
		}
	}
}

// drop closes a queue; what is in it can still be read. The caller holds mu.
func (h *hub) drop(s *Subscription) {
	delete(h.subs, s)
	close(s.queue)
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		h.drop(s)
	}
}

// Events is the queue. It is closed with the client, after Close, and behind EventLagged.
func (s *Subscription) Events() <-chan Event { return s.queue }

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if _, ok := s.hub.subs[s]; ok {
		s.hub.drop(s)
	}
}
