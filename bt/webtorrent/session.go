package webtorrent

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"github.com/torrenttx/ttx/bt/announce"
)

// session is one torrent's WebSocket to one tracker.
type session struct {
	c       *Client
	at      place
	ws      *websocket.Conn
	answers chan message // to the announce under way
	idle    *time.Timer
	taken   atomic.Int32 // offers since the last announce
	once    sync.Once
	ended   chan struct{}
	writing sync.Mutex

	mu     sync.Mutex
	offers map[string]*peer // ours, not answered, by their id
}

// dial opens the WebSocket.
func (c *Client) dial(ctx context.Context, u *url.URL, at place) (*session, error) {
	var begun *limited
	stop := func() bool { return true }
	defer func() { stop() }()
	outer := ctx // which gorilla/websocket heeds until it has the connection, but for its deadline
	dialer := websocket.Dialer{
		HandshakeTimeout: RequestTimeout,
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			raw, err := c.cfg.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			begun = &limited{Conn: raw}
			begun.left.Store(MaxHeader)
			stop = context.AfterFunc(outer, func() { _ = raw.Close() })
			return begun, nil
		},
	}
	ws, answer, err := dialer.DialContext(ctx, u.String(), http.Header{"User-Agent": {c.cfg.UserAgent}})
	if answer != nil {
		defer answer.Body.Close()
	}
	if err != nil && answer != nil {
		return nil, fmt.Errorf("%w: it is no WebSocket: HTTP status %d", announce.ErrAnswer, answer.StatusCode)
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to the tracker: %w", err)
	}
	begun.free.Store(true)
	ws.SetReadLimit(MaxMessage)
	s := &session{c: c, at: at, ws: ws, answers: make(chan message, 1), ended: make(chan struct{}), offers: make(map[string]*peer)}
	s.idle = time.AfterFunc(SessionIdle, s.end)
	return s, nil
}

// limited is a connection that gives so much and then fails, until it is free.
type limited struct {
	net.Conn
	left atomic.Int64
	free atomic.Bool
}

// Read reads within the limit.
func (l *limited) Read(b []byte) (int, error) {
	if l.free.Load() {
		return l.Conn.Read(b)
	}
	n, err := l.Conn.Read(b)
	if l.left.Add(-int64(n)) < 0 {
		return 0, fmt.Errorf("%w: more than %d bytes before the WebSocket", announce.ErrAnswer, MaxHeader)
	}
	return n, err
}

// announce sends an announce with offers and waits for the answer.
func (s *session) announce(ctx context.Context, req announce.Request) (announce.Answer, error) {
	s.idle.Reset(SessionIdle)
	s.taken.Store(0)
	select {
	case <-s.answers: // a late one
	default:
	}
	offers := s.makeOffers(ctx)
	a := announcement{
		Action: "announce", Infohash: characters(req.Infohash[:]), PeerID: characters(req.PeerID[:]), NumWant: len(offers),
		Uploaded: req.Uploaded, Downloaded: req.Downloaded, Left: req.Left, Offers: offers,
	}
	if req.Event != announce.Paused {
		a.Event = req.Event.String()
	}
	if err := s.write(&a); err != nil {
		return announce.Answer{}, err
	}
	select {
	case m := <-s.answers:
		return m.answer()
	case <-s.ended:
		return announce.Answer{}, fmt.Errorf("%w: the tracker hung up", announce.ErrAnswer)
	case <-ctx.Done():
		return announce.Answer{}, context.Cause(ctx)
	}
}

// makeOffers makes as many as there is room for.
func (s *session) makeOffers(ctx context.Context) []offer {
	s.prune()
	list := []offer{} // JSON's null is no list
	for range OffersPerAnnounce {
		p, err := s.c.newPeer(s.at.infohash, true)
		if err != nil {
			return list
		}
		d, err := p.offer(ctx)
		if err != nil {
			s.c.cfg.Logger.Debug("a WebRTC offer was not made", "err", err)
			p.end()
			return list
		}
		var id [20]byte
		_, _ = rand.Read(id[:]) // never fails
		name := characters(id[:])
		if !s.keep(name, p) {
			p.end()
			return list
		}
		list = append(list, offer{name, d})
	}
	return list
}

// keep remembers an offer, unless the session has ended.
func (s *session) keep(name string, p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offers == nil {
		return false
	}
	s.offers[name] = p
	return true
}

// prune forgets the offers that nobody took in their time.
func (s *session) prune() {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.offers, func(_ string, p *peer) bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
}

// claim returns the peer of an offer, once.
func (s *session) claim(name string) *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.offers[name]
	delete(s.offers, name)
	return p
}

func (s *session) write(v any) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.ws.SetWriteDeadline(time.Now().Add(writeTimeout)) // cannot fail
	if err := s.ws.WriteJSON(v); err != nil {
		s.end()
		return fmt.Errorf("sending to the tracker: %w", err)
	}
	return nil
}

// read takes what the tracker sends until the end. What is none of the protocol's is passed over.
func (s *session) read() {
	defer s.end()
	own, hash := characters(s.c.cfg.PeerID[:]), characters(s.at.infohash[:])
	for {
		_, raw, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := parseMessage(raw)
		switch {
		case err != nil, m.Infohash != hash && m.Failure == "":
		case m.answers():
			select {
			case s.answers <- m:
			default:
			}
		case m.PeerID == own:
		case m.Offer != nil:
			s.offered(&m)
		default:
			s.answered(&m)
		}
	}
}

// offered answers a peer's offer.
func (s *session) offered(m *message) {
	if s.taken.Add(1) > MaxOffersTaken {
		return
	}
	p, err := s.c.newPeer(s.at.infohash, false)
	if err != nil {
		return
	}
	s.c.work.Go(func() {
		d, err := p.answer(s.c.ctx, m.Offer)
		if err == nil {
			err = s.write(&reply{
				Action: "announce", Infohash: m.Infohash, PeerID: characters(s.c.cfg.PeerID[:]),
				ToPeerID: m.PeerID, OfferID: m.OfferID, Answer: d,
			})
		}
		if err != nil {
			s.c.cfg.Logger.Debug("a WebRTC offer was not answered", "err", err)
			p.end()
		}
	})
}

// answered connects to the peer that took an offer of ours.
func (s *session) answered(m *message) {
	p := s.claim(m.OfferID)
	if p == nil {
		return
	}
	if err := p.hear(m.Answer, webrtc.SDPTypeAnswer); err != nil {
		s.c.cfg.Logger.Debug("a WebRTC answer was of no use", "err", err)
		p.end()
	}
}

// end closes the WebSocket and takes back what was offered there. Connections stay.
func (s *session) end() {
	s.once.Do(func() {
		s.idle.Stop()
		s.c.mu.Lock()
		if s.c.mu.sessions[s.at] == s {
			delete(s.c.mu.sessions, s.at)
		}
		s.c.mu.Unlock()
		close(s.ended)
		_ = s.ws.Close()
		s.mu.Lock()
		offers := s.offers
		s.offers = nil
		s.mu.Unlock()
		for _, p := range offers {
			p.end()
		}
	})
}
