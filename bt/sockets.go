package bt

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/blocklist"
	"github.com/torrenttx/ttx/bt/transport"
)

// Encryption says which peer connections are encrypted (MSE); the zero value allows it.
type Encryption = transport.Encryption

// The modes of [Encryption].
const (
	EncryptAllow   = transport.EncryptAllow
	EncryptPrefer  = transport.EncryptPrefer
	EncryptRequire = transport.EncryptRequire
	EncryptNever   = transport.EncryptNever
)

// Limits are rates in bytes a second, the protocol's own bytes included; zero is none.
type Limits = transport.Limits

// openSockets opens what the engine listens on.
func (e *Engine) openSockets() (*transport.Transport, error) {
	host, port, err := e.cfg.listenHostPort()
	if err != nil {
		return nil, err
	}
	proxy, err := e.proxy()
	if err != nil {
		return nil, err
	}
	return transport.Open(transport.Config{
		Host: host, Port: port, Silent: proxy != nil && e.cfg.Listen == "",
		UTP: !e.cfg.DisableUTP, DialUTP: e.cfg.DialUTP, DHT: e.cfg.DHT,
		Encryption: e.cfg.Encryption, Keys: e.eachKey,
		Limits: e.cfg.Limits, MaxConns: e.cfg.MaxConns, BlockList: e.cfg.BlockList,
		Bind: e.cfg.Bind, Proxy: proxy, Adopts: e.cfg.WebTorrent,
		Logger: e.log,
	})
}

// proxy is what the configuration names; nil if none.
func (e *Engine) proxy() (*transport.Proxy, error) {
	if e.cfg.Tor != "" {
		return e.tor()
	}
	if e.cfg.Proxy == "" {
		return nil, nil
	}
	if e.cfg.WebTorrent {
		return nil, fmt.Errorf("WebTorrent and a proxy: WebRTC is UDP, which would go around it: %w", ErrWouldLeak)
	}
	return transport.ParseProxy(e.cfg.Proxy)
}

// waysOut makes trackers and web seeds go where the sockets go.
func (e *Engine) waysOut(c *torrent.ClientConfig) {
	e.gateway = e.newGateway()
	c.WebTransport = e.gateway
	c.HTTPDialContext = e.sockets.DialContext
	c.TrackerDialContext = e.sockets.DialContext
	c.TrackerListenPacket = e.sockets.ListenPacket
	c.HTTPProxy = e.sockets.HTTPProxy()
}

// eachKey is secretKeys as the encrypted handshake wants it.
func (e *Engine) eachKey(yield func([]byte) bool) { e.secretKeys(yield) }

// attach gives the sockets to a new client and lets connections in.
func (e *Engine) attach(client *torrent.Client) error {
	for _, l := range e.sockets.Listeners() {
		client.AddListener(flowingListener{l})
		if tcp, ok := l.Addr().(*net.TCPAddr); ok && !e.addr.IsValid() {
			e.addr = unmap(tcp.AddrPort())
		}
	}
	client.AddDialer(flowingDialer{e.sockets.Dialer()})
	for _, pc := range e.sockets.PacketConns() {
		server, err := client.NewAnacrolixDhtServer(pc)
		if err != nil {
			client.Close()
			return err
		}
		e.dht = append(e.dht, server)
		client.AddDhtServer(torrent.AnacrolixDhtServerWrapper{Server: server})
	}
	e.sockets.Start()
	return nil
}

// closeSockets ends listening, when the client has closed.
func (e *Engine) closeSockets() {
	for _, server := range e.dht {
		server.Close()
	}
	e.gateway.way.CloseIdleConnections()
	e.sockets.Close()
}

// SetLimits changes the limits of all connections together, at once.
func (e *Engine) SetLimits(l Limits) { e.sockets.All().SetLimits(l) }

// Limits is what was set.
func (e *Engine) Limits() Limits { return e.sockets.All().Limits() }

// Rates is bytes a second over the last five seconds, of all peers, the protocol's own bytes included.
func (e *Engine) Rates() (up, down int64) { return e.sockets.All().Rates() }

// SetMaxConns changes the most peer connections of all torrents; 0 stands for [DefaultMaxConns]. Those above it
// stay until they end.
func (e *Engine) SetMaxConns(n int) {
	if n <= 0 {
		n = DefaultMaxConns
	}
	e.sockets.SetMaxConns(n)
}

// SetBlockList replaces the list; nil blocks none. Connections with whom it names are closed.
func (e *Engine) SetBlockList(l *blocklist.List) { e.sockets.SetBlockList(l) }

// SetLimits changes the torrent's own limits, which hold besides the engine's.
func (t *Torrent) SetLimits(l Limits) { t.group.SetLimits(l) }

// Limits is what was set.
func (t *Torrent) Limits() Limits { return t.group.Limits() }

// Rates is bytes a second over the last five seconds, of the torrent's peers, the protocol's own bytes included.
func (t *Torrent) Rates() (up, down int64) { return t.group.Rates() }

// SetMaxConns changes the most connections of the torrent; 0 stands for [MaxDownloadConns]. The worst above it
// are closed.
func (t *Torrent) SetMaxConns(n int) {
	t.mu.Lock()
	t.mu.conns = n
	s := t.mu.s
	t.mu.Unlock()
	if s.live() {
		s.t.SetMaxEstablishedConns(t.maxConns())
	}
}

// maxConns is the most connections of the torrent.
func (t *Torrent) maxConns() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.conns <= 0 {
		return MaxDownloadConns
	}
	return t.mu.conns
}

// WaysOut says how to reach web servers as the engine does: through its proxy or bound address. Proxy is one of HTTP,
// for those that dial cannot go through; nil if there is none. Dial is nil when nothing
// stands in the way.
func (e *Engine) WaysOut() (dial func(ctx context.Context, network, addr string) (net.Conn, error), proxy *url.URL) {
	if e.cfg.Proxy == "" && e.cfg.Tor == "" && e.cfg.Bind == "" {
		return nil, nil
	}
	if choose := e.sockets.HTTPProxy(); choose != nil {
		proxy, _ = choose(nil) // it always gives the same, and no error
	}
	return e.sockets.DialContext, proxy
}
