package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// dialFunc is net.Dialer.DialContext or what stands in its place.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

var errBlocked = errors.New("the address is on the block list")

// ErrNoUDP refuses what a proxy does not carry.
var ErrNoUDP = errors.New("no UDP through a proxy")

// UDP says whether anything may be sent over UDP.
func (t *Transport) UDP() bool { return t.cfg.Proxy == nil }

// route is how connections are made.
func (t *Transport) route() dialFunc {
	direct := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := t.bound.dialer().DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		noLinger(c)
		return c, nil
	}
	if t.cfg.Proxy == nil {
		return direct
	}
	return t.cfg.Proxy.through(direct)
}

// Dialer dials peers for the library, over TCP and, if that fails and it is wanted, over uTP.
type Dialer struct{ t *Transport }

// Dialer returns the way out.
func (t *Transport) Dialer() Dialer { return Dialer{t} }

// DialerNetwork is what the library calls the connections.
func (Dialer) DialerNetwork() string { return "tcp" }

// Dial connects to an address; host names are refused, as is what is on the block list. At the limit of
// connections it waits until there is room or ctx ends.
func (d Dialer) Dial(ctx context.Context, addr string) (net.Conn, error) {
	remote, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dialling a peer: %w", err)
	}
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if d.t.blocked.Load().Contains(remote.Addr()) {
		return nil, fmt.Errorf("dialling %v: %w", remote, errBlocked)
	}
	if c := d.t.adoption.take(remote); c != nil {
		return c, nil
	}
	if err := d.t.await(ctx); err != nil {
		return nil, err
	}
	ways := d.t.ways(remote)
	for len(ways) > 0 {
		var raw net.Conn
		if raw, err = ways[0].dial(ctx, remote); err == nil {
			c := d.t.newConn(raw, remote, ways[0].utp)
			c.outgoing, c.ways = true, ways
			return c, nil
		}
		ways = ways[1:]
	}
	d.t.exit()
	return nil, fmt.Errorf("dialling a peer: %w", err)
}

// way is one to dial a peer.
type way struct {
	dial func(context.Context, netip.AddrPort) (net.Conn, error)
	utp  bool
}

// ways are those to a peer, in order.
func (t *Transport) ways(remote netip.AddrPort) []way {
	if t.punches(remote) {
		return []way{{t.dialPunch, true}}
	}
	list := []way{{t.dialTCP, false}}
	if t.dialsUTP(remote) {
		list = append(list, way{t.dialUTP, true})
	}
	return list
}

func (t *Transport) dialTCP(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	if t.dialsUTP(remote) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tcpDialTime)
		defer cancel()
	}
	return t.dial(ctx, "tcp", remote.String())
}

// The times for TCP and, after it, for uTP, when both are dialled. A uTP dial does not learn that nobody listens.
const (
	tcpDialTime = 3 * time.Second
	utpDialTime = 3 * time.Second
)

// dialsUTP says whether uTP is dialled where TCP was in vain.
func (t *Transport) dialsUTP(remote netip.AddrPort) bool {
	return t.cfg.DialUTP && t.utpOf(remote) != nil
}

// utpOf is the socket for a family; nil if there is none.
func (t *Transport) utpOf(remote netip.AddrPort) *udpSocket {
	for _, s := range t.udp {
		local, err := addrPortOf(s.UDPConn.LocalAddr())
		if err == nil && s.utp != nil && local.Addr().Is4() == remote.Addr().Is4() {
			return s
		}
	}
	return nil
}

func (t *Transport) dialUTP(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, utpDialTime)
	defer cancel()
	return t.utpOf(remote).utp.DialContext(ctx, "", remote.String())
}

// DialContext connects to a tracker or web seed, by name or address. A proxy looks names up itself. The
// connection keeps to the limits of all connections and is counted in their rates, but not in their number.
func (t *Transport) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("dialling over %s: %w", network, errors.ErrUnsupported)
	}
	if p := t.cfg.Proxy; p != nil && p.isHTTP() && addr == p.address {
		return t.counted(t.bound.dialer().DialContext(ctx, network, addr))
	}
	return t.counted(t.dial(ctx, network, addr))
}

// counted makes a connection that is no peer's keep to the limits.
func (t *Transport) counted(raw net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	c := t.newConn(raw, netip.AddrPort{}, false)
	c.foreign, c.outgoing = true, true
	c.stream.Store(&stream{Reader: raw, Writer: raw})
	close(c.ready)
	return c, nil
}

// HTTPProxy is what an [http.Transport] with DialContext needs besides: an HTTP proxy is asked for pages in its
// own way. It is nil otherwise.
func (t *Transport) HTTPProxy() func(*http.Request) (*url.URL, error) {
	if t.cfg.Proxy == nil || !t.cfg.Proxy.isHTTP() {
		return nil
	}
	return http.ProxyURL(t.cfg.Proxy.url())
}

// ListenPacket opens a UDP socket for a tracker. Behind a proxy the error is of kind ErrNoUDP.
func (t *Transport) ListenPacket(network, addr string) (net.PacketConn, error) {
	if !t.UDP() {
		return nil, ErrNoUDP
	}
	if t.bound.addr.IsValid() {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("opening a UDP socket: %w", err)
		}
		addr = net.JoinHostPort(t.bound.addr.String(), port)
	}
	config := net.ListenConfig{Control: t.bound.control}
	return config.ListenPacket(t.ctx, network, addr)
}
