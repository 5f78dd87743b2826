package announce

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// Times of BEP 15. It asks for waits of 15 s, 30 s, 60 s and so on for hours: the torrent's next tracker has
// its turn before that.
const (
	udpFirstWait  = 5 * time.Second
	udpTries      = 3 // 5 + 10 + 20 s
	connectionFor = time.Minute
	// maxConnections is how many connection ids are remembered.
	maxConnections = 1024
	// maxDatagram is 1,000 peers of IPv6 in 18 bytes each, and the head.
	maxDatagram = 20 + 18*MaxPeers
)

// udpClient speaks to trackers over UDP, through one socket of each family.
type udpClient struct {
	listen  func(network, address string) (net.PacketConn, error)
	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)

	mu     sync.Mutex
	closed bool
	socks  map[string]*udpSocket // by network
}

// udpSocket is a socket, the requests that wait for an answer on it, and the connection ids that trackers gave.
type udpSocket struct {
	conn    net.PacketConn
	mu      sync.Mutex
	err     error // why the socket is no more
	waiting map[uint32]*udpWait
	ids     map[netip.AddrPort]connectionID
}

type udpWait struct {
	from   netip.AddrPort
	answer chan []byte // gets one
}

type connectionID struct {
	id    uint64
	until time.Time
}

func newUDPClient(cfg Config) *udpClient {
	return &udpClient{
		listen: cfg.ListenPacket, resolve: newGate(cfg).addresses, socks: make(map[string]*udpSocket),
	}
}

func (c *udpClient) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range c.socks {
		_ = s.conn.Close()
	}
}

// announce announces to one address of the tracker in each family: over IPv4 it names peers of IPv4 alone.
func (c *udpClient) announce(ctx context.Context, u *url.URL, req Request) (Answer, error) {
	var answers []Answer
	err := c.each(ctx, u, func(s *udpSocket, to netip.AddrPort) error {
		body, err := s.call(ctx, to, actionAnnounce, announceBody(req, u))
		if err != nil {
			return err
		}
		a, err := parseAnnounce(body, to.Addr().Is6())
		if err == nil {
			answers = append(answers, a)
		}
		return err
	})
	return merge(answers), err
}

func (c *udpClient) scrape(ctx context.Context, u *url.URL, infohash [20]byte) (Counts, error) {
	var counts Counts
	err := c.each(ctx, u, func(s *udpSocket, to netip.AddrPort) error {
		body, err := s.call(ctx, to, actionScrape, infohash[:])
		if err == nil {
			counts, err = parseScrape(body)
		}
		return err
	})
	return counts, err
}

// each calls f for one address of the tracker in each family. One that works suffices.
func (c *udpClient) each(ctx context.Context, u *url.URL, f func(*udpSocket, netip.AddrPort) error) error {
	targets, err := c.targets(ctx, u)
	if err != nil {
		return err
	}
	worked := false
	var errs []error
	for _, to := range targets {
		s, err := c.socket(to)
		if err == nil {
			err = f(s, to)
		}
		worked = worked || err == nil
		errs = append(errs, err)
	}
	if worked {
		return nil
	}
	return errors.Join(errs...)
}

// targets is an address of each family of a tracker.
func (c *udpClient) targets(ctx context.Context, u *url.URL) ([]netip.AddrPort, error) {
	port, err := net.DefaultResolver.LookupPort(ctx, "udp", u.Port())
	if err != nil || port == 0 {
		return nil, fmt.Errorf("%w: a UDP tracker without a port", ErrUnsupported)
	}
	addrs, err := c.resolve(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, err
	}
	var targets []netip.AddrPort
	for _, a := range addrs {
		a = netip.AddrPortFrom(a.Unmap(), 0).Addr()
		if len(targets) == 0 || len(targets) == 1 && targets[0].Addr().Is4() != a.Is4() {
			targets = append(targets, netip.AddrPortFrom(a, uint16(port)))
		}
	}
	return targets, nil
}

// socket is the socket to reach an address through.
func (c *udpClient) socket(to netip.AddrPort) (*udpSocket, error) {
	network := "udp6"
	if to.Addr().Is4() {
		network = "udp4"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if s := c.socks[network]; s != nil && s.alive() {
		return s, nil
	}
	conn, err := c.listen(network, ":0")
	if err != nil {
		return nil, err
	}
	s := &udpSocket{conn: conn, waiting: make(map[uint32]*udpWait), ids: make(map[netip.AddrPort]connectionID)}
	c.socks[network] = s
	go s.read()
	return s, nil
}

func (s *udpSocket) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err == nil
}

// read hands datagrams to the requests that wait for them, until the socket is closed.
func (s *udpSocket) read() {
	buf := make([]byte, maxDatagram)
	for {
		n, addr, err := s.conn.ReadFrom(buf)
		if err != nil {
			s.fail(err)
			return
		}
		if from, ok := addr.(*net.UDPAddr); ok && n >= answerHead {
			a := from.AddrPort()
			s.deliver(netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()), buf[:n])
		}
	}
}

// deliver gives a datagram to who waits for it: another address cannot answer, though it guesses the id.
func (s *udpSocket) deliver(from netip.AddrPort, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := binary.BigEndian.Uint32(b[4:])
	w := s.waiting[id]
	if w == nil || w.from != from {
		return
	}
	delete(s.waiting, id)
	w.answer <- append([]byte(nil), b...)
}

func (s *udpSocket) fail(err error) {
	_ = s.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	for _, w := range s.waiting {
		close(w.answer)
	}
	clear(s.waiting)
}

// call makes a request within a connection (BEP 15), and makes the connection first if there is none. A tracker
// that forgot the connection says so with an error: it is asked for another once.
func (s *udpSocket) call(ctx context.Context, to netip.AddrPort, action uint32, body []byte) ([]byte, error) {
	for again := false; ; again = true {
		id, fresh, err := s.connection(ctx, to)
		if err != nil {
			return nil, err
		}
		answer, err := s.exchange(ctx, to, id, action, body)
		var refused *Failure
		if err == nil || fresh || again || !errors.As(err, &refused) && !errors.Is(err, ErrTimeout) {
			return answer, err
		}
		s.forget(to)
	}
}

func (s *udpSocket) connection(ctx context.Context, to netip.AddrPort) (id uint64, fresh bool, err error) {
	s.mu.Lock()
	known, ok := s.ids[to]
	s.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.id, false, nil
	}
	asked := time.Now()
	answer, err := s.exchange(ctx, to, connectMagic, actionConnect, nil)
	if err != nil {
		return 0, true, err
	}
	if len(answer) < 8 {
		return 0, true, fmt.Errorf("%w: a connection of %d bytes", ErrAnswer, len(answer))
	}
	id = binary.BigEndian.Uint64(answer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids) >= maxConnections {
		clear(s.ids)
	}
	s.ids[to] = connectionID{id, asked.Add(connectionFor)}
	return id, true, nil
}

func (s *udpSocket) forget(to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, to)
}

// exchange sends a request until it is answered, and returns what follows the answer's head.
func (s *udpSocket) exchange(ctx context.Context, to netip.AddrPort, connection uint64, action uint32, body []byte) ([]byte, error) {
	t, w, err := s.expect(to)
	if err != nil {
		return nil, err
	}
	defer s.unexpect(t)
	packet := request(connection, action, t, body)
	for wait, tries := udpFirstWait, 0; tries < udpTries; wait, tries = 2*wait, tries+1 {
		if _, err := s.conn.WriteTo(packet, net.UDPAddrFromAddrPort(to)); err != nil {
			return nil, err
		}
		timer := time.NewTimer(wait)
		select {
		case b, ok := <-w.answer:
			timer.Stop()
			if !ok {
				return nil, ErrClosed
			}
			return open(b, action)
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
		}
	}
	return nil, ErrTimeout
}

// expect registers a new transaction.
func (s *udpSocket) expect(from netip.AddrPort) (uint32, *udpWait, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, nil, s.err
	}
	for {
		var b [4]byte
		rand.Read(b[:])
		t := binary.BigEndian.Uint32(b[:])
		if s.waiting[t] == nil {
			w := &udpWait{from: from, answer: make(chan []byte, 1)}
			s.waiting[t] = w
			return t, w, nil
		}
	}
}

func (s *udpSocket) unexpect(t uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, t)
}
