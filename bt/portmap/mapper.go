package portmap

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	// lifetime is how long a mapping is asked for; it is renewed after half of it, or of what was granted, but
	// not more often than renewLeast.
	lifetime   = 2 * time.Hour
	renewLeast = time.Minute
	// again is the pause after no router answered.
	again = 15 * time.Minute
	// undoWithin bounds taking the mappings back.
	undoWithin = 2 * time.Second
)

// Config says what to map. What is unset is found out.
type Config struct {
	// Port is mapped for TCP and, with UDP, for that as well.
	Port uint16
	UDP  bool
	// Gateway is where NAT-PMP is asked; the default route's router and port 5351 if nil.
	Gateway func() (netip.AddrPort, error)
	// Search is where UPnP devices are looked for, 239.255.255.250:1900 if zero.
	Search netip.AddrPort
	// DialContext reaches the UPnP device.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	Logger      *slog.Logger
}

// Mapper keeps a port mapped until it is closed.
type Mapper struct {
	cfg    Config
	client *http.Client
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	external netip.AddrPort
	via      string
}

// protocol is a protocol of ports, as the ways name it.
type protocol struct {
	pmp  byte
	upnp string
}

var (
	tcp = protocol{2, "TCP"}
	udp = protocol{1, "UDP"}
)

// way is one way to ask. A lease of 0 takes the mapping back.
type way interface {
	add(ctx context.Context, p protocol, port uint16, lease time.Duration) (external uint16, granted time.Duration, err error)
	address(ctx context.Context) (netip.Addr, error)
}

// Open begins to map in the background.
func Open(cfg Config) *Mapper {
	if cfg.Gateway == nil {
		cfg.Gateway = defaultGateway
	}
	if !cfg.Search.IsValid() {
		cfg.Search = netip.MustParseAddrPort("239.255.255.250:1900")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &Mapper{cfg: cfg, cancel: cancel, done: make(chan struct{})}
	m.client = &http.Client{
		Transport:     &http.Transport{DialContext: cfg.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader},
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("a router that redirects") },
	}
	go m.run(ctx)
	return m
}

// External is the address peers reach us at and how it was mapped; not valid while there is none. Its IP is
// unspecified if the router does not tell.
func (m *Mapper) External() (addr netip.AddrPort, via string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.external, m.via
}

// Close takes the mapping back, for at most two seconds.
func (m *Mapper) Close() {
	m.cancel()
	<-m.done
}

// run maps again and again.
func (m *Mapper) run(ctx context.Context) {
	defer close(m.done)
	var last way
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			m.undo(last)
			return
		case <-timer.C:
		}
		wait := again
		if w, granted, err := m.mapNow(ctx); err == nil {
			last, wait = w, max(granted/2, renewLeast)
		} else if ctx.Err() == nil {
			m.set(netip.AddrPort{}, "")
			m.cfg.Logger.Info("no router maps the port; peers behind others may not reach us", "err", err)
		}
		timer.Reset(wait)
	}
}

// mapNow tries the ways in turn.
func (m *Mapper) mapNow(ctx context.Context) (way, time.Duration, error) {
	var errs []error
	for _, open := range []func(context.Context) (way, string, error){m.openPMP, m.openUPnP} {
		w, via, err := open(ctx)
		if err == nil {
			var granted time.Duration
			if granted, err = m.mapBy(ctx, w, via); err == nil {
				return w, granted, nil
			}
		}
		errs = append(errs, err)
	}
	return nil, 0, errors.Join(errs...)
}

func (m *Mapper) mapBy(ctx context.Context, w way, via string) (time.Duration, error) {
	port, granted, err := w.add(ctx, tcp, m.cfg.Port, lifetime)
	if err != nil {
		return 0, err
	}
	if m.cfg.UDP {
		if _, _, err := w.add(ctx, udp, m.cfg.Port, lifetime); err != nil {
			m.cfg.Logger.Info("the router maps TCP alone", "err", err)
		}
	}
	ip, err := w.address(ctx)
	if err != nil {
		ip = netip.IPv4Unspecified()
	}
	m.set(netip.AddrPortFrom(ip, port), via)
	m.cfg.Logger.Info("the router lets peers in", "port", port, "by", via)
	return granted, nil
}

func (m *Mapper) set(a netip.AddrPort, via string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.external, m.via = a, via
}

func (m *Mapper) undo(w way) {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), undoWithin)
	defer cancel()
	for _, p := range []protocol{tcp, udp} {
		if p == udp && !m.cfg.UDP {
			continue
		}
		if _, _, err := w.add(ctx, p, m.cfg.Port, 0); err != nil {
			m.cfg.Logger.Debug("a port mapping was not taken back", "err", err)
		}
	}
}
