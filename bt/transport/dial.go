package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// dialFunc is net.Dialer.DialContext or what stands in its place.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

var errBlocked = errors.New("the address is on the block list")

// ErrNoUDP refuses what a proxy does not carry.
var ErrNoUDP = errors.New("no UDP through a proxy")

// UDP says whether anything may be sent over UDP.
func (t *Transport) UDP() bool { return t.cfg.Proxy == nil }

// way is how connections are made.
func (t *Transport) way() dialFunc {
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

// Dialer dials peers over TCP for the library.
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
	dial := func(ctx context.Context) (net.Conn, error) { return d.t.dialPeer(ctx, remote) }
	if err := d.t.await(ctx); err != nil {
		return nil, err
	}
	raw, err := dial(ctx)
	if err != nil {
		d.t.exit()
		return nil, fmt.Errorf("dialling a peer: %w", err)
	}
	c := d.t.newConn(raw, remote, false)
	c.outgoing, c.dial = true, dial
	return c, nil
}

func (t *Transport) dialPeer(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	if t.blocked.Load().Contains(remote.Addr()) {
		return nil, fmt.Errorf("%v: %w", remote, errBlocked)
	}
	return t.dial(ctx, "tcp", remote.String())
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
