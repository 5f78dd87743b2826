package webtorrent

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"github.com/torrenttx/ttx/bt/announce"
)

var errClosed = announce.ErrClosed

// Config says who we are and where connections go. All but the logger must be set.
type Config struct {
	PeerID    [20]byte
	UserAgent string
	// DialContext dials trackers.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Socket is the UDP socket of all connections; the client closes it. Bound to loopback, it meets only whom it
	// finds there, and otherwise nobody there.
	Socket net.PacketConn
	// Blocked says whether nothing may be sent to an address.
	Blocked func(netip.Addr) bool
	// Deliver takes a connection, and must close it. offered is true for those that we began, on which we are the
	// one who speaks first. It is called on a goroutine of its own.
	Deliver func(infohash [20]byte, c net.Conn, remote netip.AddrPort, offered bool)
	Logger  *slog.Logger
}

// Client speaks to WebSocket trackers. Its methods may be called from any goroutine.
type Client struct {
	cfg      Config
	loopback bool
	api      *webrtc.API
	mux      *ice.UDPMuxDefault
	ctx      context.Context
	cancel   context.CancelCauseFunc
	work     sync.WaitGroup // peers, sessions and what they do

	mu struct {
		sync.Mutex
		closed   bool
		sessions map[place]*session
		making   int // sessions
		peers    map[*peer]bool
		meetings int // peers that have not opened
	}
}

// place is one torrent at one tracker.
type place struct {
	tracker  string
	infohash [20]byte
}

// New makes a client. The caller closes it.
func New(cfg Config) *Client {
	c := &Client{cfg: cfg}
	if cfg.Logger == nil {
		c.cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.mu.sessions, c.mu.peers = make(map[place]*session), make(map[*peer]bool)
	c.loopback = ipOf(cfg.Socket.LocalAddr()).IsLoopback()
	silent := logging.NewDefaultLoggerFactory()
	silent.Writer = io.Discard
	c.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{
		UDPConn: guarded{cfg.Socket, c.refuses}, Logger: silent.NewLogger("ice"),
	})
	c.api = webrtc.NewAPI(webrtc.WithSettingEngine(c.settings(silent)))
	return c
}

// settings keep WebRTC to the one socket.
func (c *Client) settings(log logging.LoggerFactory) webrtc.SettingEngine {
	s := webrtc.SettingEngine{LoggerFactory: log}
	s.SetICEUDPMux(c.mux)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.DisableActiveTCP(true)                               // it would dial what a peer names
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // it would open a socket, and ask the network for a peer's name
	s.SetIncludeLoopbackCandidate(c.loopback)              // of use nowhere else
	s.SetSCTPMaxReceiveBufferSize(maxReceived)             // of one connection
	s.DetachDataChannels()                                 // to read when we like
	return s
}

// Announce tells a tracker of a torrent, with offers unless it is the farewell, and returns what the tracker says.
func (c *Client) Announce(ctx context.Context, u *url.URL, req announce.Request) (announce.Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, RequestTimeout, announce.ErrTimeout)
	defer cancel()
	at := place{u.String(), req.Infohash}
	s := c.sessionAt(at)
	if s == nil && req.Event == announce.Stopped {
		return announce.Answer{}, nil // the tracker forgot us with the WebSocket
	}
	if s == nil {
		var err error
		if s, err = c.connect(ctx, u, at); err != nil {
			return announce.Answer{}, err
		}
	}
	if req.Event == announce.Stopped {
		defer s.end()
		return announce.Answer{}, s.write(&announcement{
			Action: "announce", Infohash: characters(req.Infohash[:]), PeerID: characters(req.PeerID[:]), Event: "stopped",
			Uploaded: req.Uploaded, Downloaded: req.Downloaded, Left: req.Left, Offers: []offer{},
		})
	}
	return s.announce(ctx, req)
}

func (c *Client) sessionAt(at place) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.sessions[at]
}

var errSessions = fmt.Errorf("%d WebSocket trackers are in use, which is the most", MaxSessions)

// connect begins a session.
func (c *Client) connect(ctx context.Context, u *url.URL, at place) (*session, error) {
	c.mu.Lock()
	if c.mu.closed || len(c.mu.sessions)+c.mu.making >= MaxSessions {
		defer c.mu.Unlock()
		if c.mu.closed {
			return nil, errClosed
		}
		return nil, errSessions
	}
	c.mu.making++
	c.work.Add(1)
	c.mu.Unlock()
	defer c.work.Done()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.ctx, func() { cancel(errClosed) })()
	s, err := c.dial(ctx, u, at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.making--
	if err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	if c.mu.closed || c.mu.sessions[at] != nil {
		go s.end()
		return nil, errClosed
	}
	c.mu.sessions[at] = s
	c.work.Go(s.read)
	return s, nil
}

// Close ends everything and returns when it has ended.
func (c *Client) Close() {
	c.mu.Lock()
	c.mu.closed = true
	sessions, peers := slices.Collect(maps.Values(c.mu.sessions)), slices.Collect(maps.Keys(c.mu.peers))
	c.mu.Unlock()
	c.cancel(errClosed)
	for _, s := range sessions {
		s.end()
	}
	for _, p := range peers {
		p.end()
	}
	c.work.Wait()
	_ = c.mux.Close()
	_ = c.cfg.Socket.Close()
}
