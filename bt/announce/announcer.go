package announce

import (
	"cmp"
	"container/heap"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// Config says who we are and how trackers are reached. All functions may be nil.
type Config struct {
	PeerID    [20]byte
	UserAgent string
	// Port is the port peers reach us at.
	Port func() uint16
	// IPv6 is our public address of that family for trackers that we reach over the other (BEP 7).
	IPv6 func() netip.Addr
	// DialContext dials HTTP trackers, Proxy names the proxy they are reached through.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	Proxy       func(*http.Request) (*url.URL, error)
	// ListenPacket opens the sockets for UDP trackers.
	ListenPacket func(network, address string) (net.PacketConn, error)
	// WebSocket announces to a tracker over a WebSocket, and sees itself to the peers it finds; without it such
	// trackers are not asked. Its time is its own to bound.
	WebSocket func(context.Context, *url.URL, Request) (Answer, error)
	// Refuse says why a tracker is not asked in this configuration, or nothing.
	Refuse func(*url.URL) string
	// Allow says whether a tracker over HTTP or UDP may be asked at an address. It judges what names are resolved
	// to, which then is what is dialled, at each request and redirect. Not to be used with a proxy, which would
	// not see names any more.
	Allow  func(netip.Addr) bool
	Logger *slog.Logger
}

// protocol is one way to speak to trackers.
type protocol interface {
	announce(context.Context, *url.URL, Request) (Answer, error)
	scrape(context.Context, *url.URL, [20]byte) (Counts, error)
	close()
}

// Announcer announces many torrents. One goroutine keeps the time; requests have a goroutine each, at most
// MaxConcurrent.
type Announcer struct {
	cfg       Config
	key       uint32
	protocols map[string]protocol // by URL scheme
	ctx       context.Context
	cancel    context.CancelCauseFunc
	walks     context.Context // ends when Close begins; farewells go on
	stopWalks context.CancelCauseFunc
	wake      chan struct{}
	done      chan struct{} // the schedule has ended
	requests  sync.WaitGroup

	mu struct {
		sync.Mutex
		closed   bool
		torrents map[*Torrent]bool
		due      groupHeap
		farewell []farewell
		running  int
		external [2]netip.Addr // of IPv4 and IPv6
	}
}

// farewell is a tracker to tell that we left.
type farewell struct {
	t  *Torrent
	tr *tracker
}

// New starts an announcer. The caller closes it.
func New(cfg Config) *Announcer {
	cfg = withDefaults(cfg)
	overHTTP := newHTTPClient(cfg)
	overWebSocket := webSocket{cfg.WebSocket}
	return start(cfg, map[string]protocol{
		"http": overHTTP, "https": overHTTP, "udp": newUDPClient(cfg), "ws": overWebSocket, "wss": overWebSocket,
	})
}

func withDefaults(cfg Config) Config {
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "ttx")
	if cfg.Port == nil {
		cfg.Port = func() uint16 { return 1 }
	}
	if cfg.IPv6 == nil {
		cfg.IPv6 = func() netip.Addr { return netip.Addr{} }
	}
	if cfg.ListenPacket == nil {
		cfg.ListenPacket = net.ListenPacket
	}
	if cfg.Refuse == nil {
		cfg.Refuse = func(*url.URL) string { return "" }
	}
	if cfg.WebSocket == nil {
		cfg.Refuse = withoutWebSockets(cfg.Refuse)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func start(cfg Config, protocols map[string]protocol) *Announcer {
	a := &Announcer{
		cfg: cfg, key: rand.Uint32(), protocols: protocols,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	a.mu.torrents = make(map[*Torrent]bool)
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	a.walks, a.stopWalks = context.WithCancelCause(a.ctx)
	go a.schedule()
	return a
}

// External is our own addresses as trackers see them (BEP 24), those that are known.
func (a *Announcer) External() []netip.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []netip.Addr
	for _, addr := range a.mu.external {
		if addr.IsValid() {
			list = append(list, addr)
		}
	}
	return list
}

func (a *Announcer) noteExternal(addr netip.Addr) {
	if !addr.IsValid() || addr.IsUnspecified() {
		return
	}
	family := 0
	if addr.Is6() {
		family = 1
	}
	a.mu.external[family] = addr
}

// Close tells the trackers that we leave, for at most StopTimeout and until ctx ends, and stops.
func (a *Announcer) Close(ctx context.Context) {
	a.mu.Lock()
	if a.mu.closed {
		a.mu.Unlock()
		return
	}
	a.mu.closed = true
	for t := range a.mu.torrents {
		t.leave()
	}
	a.mu.Unlock()
	a.stopWalks(ErrClosed)
	a.kick()

	timeout, cancel := context.WithTimeout(ctx, StopTimeout)
	defer cancel()
	select {
	case <-a.done:
	case <-timeout.Done():
	}
	a.cancel(ErrClosed)
	<-a.done
	a.requests.Wait()
	for _, p := range a.protocols {
		p.close()
	}
}

func (a *Announcer) kick() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// schedule starts requests when they are due, until all are done after Close.
func (a *Announcer) schedule() {
	defer close(a.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, more := a.startDue(time.Now())
		if !more {
			return
		}
		timer.Reset(wait)
		select {
		case <-a.wake:
		case <-timer.C:
		case <-a.ctx.Done():
			return
		}
	}
}

// idle is how long the schedule sleeps when nothing is due.
const idle = time.Hour

// startDue starts what is due and there is room for. It says when to come back, and whether.
func (a *Announcer) startDue(now time.Time) (wait time.Duration, more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.mu.running < MaxConcurrent && len(a.mu.farewell) > 0 {
		f := a.mu.farewell[0]
		a.mu.farewell = a.mu.farewell[1:]
		a.run(func() { a.sayFarewell(f) })
	}
	for a.mu.running < MaxConcurrent && len(a.mu.due) > 0 && !a.mu.due[0].next.After(now) {
		g := heap.Pop(&a.mu.due).(*group)
		g.busy = true
		a.run(func() { a.walk(g) })
	}
	if a.mu.closed && a.mu.running == 0 && len(a.mu.farewell) == 0 {
		return 0, false
	}
	if a.mu.running >= MaxConcurrent || len(a.mu.due) == 0 {
		return idle, true
	}
	return a.mu.due[0].next.Sub(now), true
}

// run runs f on a goroutine of its own, as one of MaxConcurrent. a.mu is held.
func (a *Announcer) run(f func()) {
	a.mu.running++
	a.requests.Go(func() {
		defer func() {
			a.mu.Lock()
			a.mu.running--
			a.mu.Unlock()
			a.kick()
		}()
		f()
	})
}

// plan puts a group where it belongs in the schedule. a.mu is held.
func (a *Announcer) plan(g *group, next time.Time) {
	g.next = next
	if g.at >= 0 {
		heap.Remove(&a.mu.due, g.at)
	}
	if g.busy || g.dead || a.mu.closed || g.t.paused || next.IsZero() {
		return // the walk that is under way plans again
	}
	heap.Push(&a.mu.due, g)
	a.kick()
}

// groupHeap orders groups by when they are due.
type groupHeap []*group

func (h groupHeap) Len() int           { return len(h) }
func (h groupHeap) Less(i, j int) bool { return h[i].next.Before(h[j].next) }
func (h groupHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push and Pop are for container/heap.
func (h *groupHeap) Push(x any) {
	g := x.(*group)
	g.at = len(*h)
	*h = append(*h, g)
}

// Pop removes the last.
func (h *groupHeap) Pop() any {
	old := *h
	g := old[len(old)-1]
	g.at = -1
	*h = old[:len(old)-1]
	return g
}
