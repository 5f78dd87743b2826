package api

import (
	"sync"

	"github.com/torrenttx/ttx/bt/client"
)

// The kinds of event.
const (
	// EventTx: a transaction entered T. Tx is set.
	EventTx = "tx"
	// EventStatus: a transaction's status changed. Tx is set.
	EventStatus = "status"
	// EventPeer: a peer came or went. Peer is set.
	EventPeer = "peer"
	// EventState: the ledger's state changed. State is set.
	EventState = "state"
	// EventTorrent: something happened to a torrent. Torrent is set.
	EventTorrent = "torrent"
	// EventLagged: the reader was too slow, events were lost and the stream
	// ends. Read a snapshot and subscribe again.
	EventLagged = "lagged"
)

// Event is one line of the event stream.
type Event struct {
	Kind  string     `json:"kind"`
	Tx    *TxEvent   `json:"tx,omitempty"`
	Peer  *PeerEvent `json:"peer,omitempty"`
	State *Status    `json:"state,omitempty"`
	// Torrent says what happened to a torrent.
	Torrent *client.Event `json:"torrent,omitempty"`
}

// TxEvent names a transaction and its status now.
type TxEvent struct {
	TxID   string `json:"txid"`
	Kind   string `json:"kind,omitempty"`
	Status string `json:"status"`
}

// PeerEvent says that a session began (Up) or ended.
type PeerEvent struct {
	Address string `json:"address"`
	Client  string `json:"client,omitempty"`
	Up      bool   `json:"up"`
}

// eventQueue is how many events one reader may fall behind before it is
// dropped: at some 200 bytes each, a reader holds at most 200 KB.
const eventQueue = 1024

// Hub hands events to every subscriber without ever waiting for one. The zero
// value is ready. Safe for concurrent use.
type Hub struct {
	mu     sync.Mutex
	subs   map[*Subscription]struct{}
	closed bool
}

// Subscription is one reader's bounded queue.
type Subscription struct {
	hub    *Hub
	queue  chan Event
	lagged bool
}

// Publish queues e for every subscriber; one whose queue is full is dropped.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		select {
		case s.queue <- e:
		default:
			s.lagged = true
			h.drop(s)
		}
	}
}

// Subscribe returns the events published from now on.
func (h *Hub) Subscribe() *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &Subscription{hub: h, queue: make(chan Event, eventQueue)}
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

// Close ends every subscription.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		h.drop(s)
	}
}

// drop closes a queue; what is in it can still be read. The caller holds mu.
func (h *Hub) drop(s *Subscription) {
	delete(h.subs, s)
	close(s.queue)
}

// Events returns the queue. It is closed after Close, and when the reader lagged.
func (s *Subscription) Events() <-chan Event { return s.queue }

// Lagged reports, once the queue is closed, whether events were lost.
func (s *Subscription) Lagged() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.lagged
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if _, ok := s.hub.subs[s]; ok {
		s.hub.drop(s)
	}
}
