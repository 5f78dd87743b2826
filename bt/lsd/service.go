package lsd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/time/rate"
)

const (
	port = 6771
	// messagesPerSecond and messageBurst bound what is read of what comes in.
	messagesPerSecond = 50
	messageBurst      = 200
	// lookEvery is how often new interfaces are looked for.
	lookEvery = time.Minute
	// gather is how long a new torrent waits for others to share its message.
	gather = 500 * time.Millisecond
	// maxRetries is how often all is said again because an interface that should carry it did not.
	maxRetries = 3
)

// groups is where messages go, by network.
var groups = [...]struct{ network, address string }{{"udp4", "239.192.152.143"}, {"udp6", "ff15::efc0:988f"}}

// Config says who we are. Found is called for each other client that has one of our torrents, from a goroutine
// of the service's; it must not block for long.
type Config struct {
	Port  func() uint16
	Found func(infohash [20]byte, peer netip.AddrPort)
	// Interfaces is what to speak on, nil for all that can multicast.
	Interfaces func() ([]net.Interface, error)
	Logger     *slog.Logger
}

// Service announces torrents and listens for those of others.
type Service struct {
	cfg    Config
	cookie string
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	wake   chan struct{}
	limit  *rate.Limiter
	socks  []*socket

	lost    bool // a message did not go out, and is to be repeated; of run alone, as is retries
	retries int

	mu struct {
		sync.Mutex
		schedule
	}
}

// socket is one of a family, and the interfaces on which it is in the group.
type socket struct {
	conn   *net.UDPConn
	group  *net.UDPAddr
	join   func(*net.Interface) error
	choose func(*net.Interface) error
	joined map[int]bool
	sent   map[int]bool // on which interfaces a message went out
}

// Open begins to listen. It is an error when that is not possible in either family.
func Open(cfg Config) (*Service, error) {
	s := newService(cfg)
	var errs []error
	for _, g := range groups {
		sock, err := open(g.network, g.address)
		if err != nil {
			if sock != nil {
				_ = sock.conn.Close()
			}
			errs = append(errs, err)
			continue
		}
		s.socks = append(s.socks, sock)
	}
	if len(s.socks) == 0 {
		return nil, fmt.Errorf("local service discovery: %w", errors.Join(errs...))
	}
	s.enter()
	for _, sock := range s.socks {
		s.wg.Go(func() { s.read(sock) })
	}
	s.wg.Go(s.run)
	return s, nil
}

// newService is one without sockets.
func newService(cfg Config) *Service {
	if cfg.Interfaces == nil {
		cfg.Interfaces = net.Interfaces
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		cfg: cfg, cookie: rand.Text(), wake: make(chan struct{}, 1),
		limit: rate.NewLimiter(messagesPerSecond, messageBurst),
	}
	s.mu.torrents = make(map[[20]byte]time.Time)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// open makes a socket that others of the machine may share: to listen at a multicast address means that. It joins
// no group yet, which would take a default route.
func open(network, address string) (*socket, error) {
	group := &net.UDPAddr{IP: net.ParseIP(address), Port: port}
	pc, err := new(net.ListenConfig).ListenPacket(context.Background(), network, group.String())
	if err != nil {
		return nil, err
	}
	conn := pc.(*net.UDPConn)
	s := &socket{conn: conn, group: group, joined: make(map[int]bool), sent: make(map[int]bool)}
	if network == "udp4" {
		p := ipv4.NewPacketConn(conn)
		err = errors.Join(p.SetMulticastLoopback(true), p.SetMulticastTTL(1)) // others on this machine hear us too
		s.join = func(i *net.Interface) error { return p.JoinGroup(i, group) }
		s.choose = p.SetMulticastInterface
		return s, err
	}
	p := ipv6.NewPacketConn(conn)
	err = errors.Join(p.SetMulticastLoopback(true), p.SetMulticastHopLimit(1))
	s.join = func(i *net.Interface) error { return p.JoinGroup(i, group) }
	s.choose = p.SetMulticastInterface
	return s, err
}

// interfaces is those that are up and can multicast.
func (s *Service) interfaces() []net.Interface {
	all, err := s.cfg.Interfaces()
	if err != nil {
		s.cfg.Logger.Debug("local service discovery: no interfaces", "err", err)
	}
	const need = net.FlagUp | net.FlagMulticast
	var list []net.Interface
	for _, i := range all {
		if i.Flags&need == need {
			list = append(list, i)
		}
	}
	return list
}

// enter joins the groups on interfaces that are new, and says whether there were such.
func (s *Service) enter() (more bool) {
	for _, i := range s.interfaces() {
		for _, sock := range s.socks {
			if !sock.joined[i.Index] && sock.join(&i) == nil {
				sock.joined[i.Index], more = true, true
			}
		}
	}
	return more
}

// Add announces a torrent from now on.
func (s *Service) Add(infohash [20]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.mu.torrents[infohash]; !ok {
		s.mu.torrents[infohash] = time.Time{}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Remove ends that.
func (s *Service) Remove(infohash [20]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.torrents, infohash)
}

// Close stops.
func (s *Service) Close() {
	s.cancel()
	for _, sock := range s.socks {
		_ = sock.conn.Close()
	}
	s.wg.Wait()
}

// run sends when it is time.
func (s *Service) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for gathering := false; ; {
		select {
		case <-s.ctx.Done():
			return
		case <-look.C:
			if s.enter() || s.lost { // nobody there has heard of us
				s.lost = false
				s.mu.Lock()
				s.mu.renew()
				s.mu.Unlock()
				timer.Reset(0)
			}
			continue
		case <-s.wake:
			if !gathering {
				timer.Reset(gather)
				gathering = true
			}
			continue
		case <-timer.C:
			gathering = false
		}
		s.mu.Lock()
		now := time.Now()
		list, wait := s.mu.next(now)
		if len(list) > 0 {
			s.mu.sent(now, list)
		}
		s.mu.Unlock()
		if len(list) > 0 {
			s.send(list)
		}
		if wait > 0 {
			timer.Reset(wait)
		}
	}
}

// send says on each interface which torrents there are.
func (s *Service) send(list [][20]byte) {
	m := message{port: s.cfg.Port(), infohashes: list, cookie: s.cookie}
	for _, i := range s.interfaces() {
		for _, sock := range s.socks {
			err := sock.choose(&i)
			if err == nil {
				_, err = sock.conn.WriteToUDP(m.encode(sock.group.String()), sock.group)
			}
			switch {
			case err == nil:
				sock.sent[i.Index] = true
			case sock.joined[i.Index] && !sock.sent[i.Index] && s.retries < maxRetries:
				s.lost, s.retries = true, s.retries+1 // a link that just came up has no IPv6 for a second
			}
			if err != nil {
				s.cfg.Logger.Debug("local service discovery", "interface", i.Name, "err", err)
			}
		}
	}
}

// read hears what others say, until the socket is closed.
func (s *Service) read(sock *socket) {
	buf := make([]byte, MaxMessage+1)
	for {
		n, from, err := sock.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if s.limit.Allow() {
			s.hear(buf[:n], from.Addr().Unmap())
		}
	}
}

// hear takes a message. A link-local address of IPv6 means nothing without its interface and is left out.
func (s *Service) hear(b []byte, from netip.Addr) {
	m, err := parse(b)
	if err != nil || m.cookie == s.cookie || from.Is6() && from.IsLinkLocalUnicast() {
		return
	}
	for _, h := range m.infohashes {
		s.mu.Lock()
		_, ours := s.mu.torrents[h]
		s.mu.Unlock()
		if ours {
			s.cfg.Found(h, netip.AddrPortFrom(from, m.port))
		}
	}
}
