package fetchurl

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
)

// parseURL reads the caller's address. Its errors do not repeat it.
func parseURL(address string) (*url.URL, error) {
	if len(address) > MaxURL {
		return nil, fmt.Errorf("%w: %d bytes, of at most %d", ErrURL, len(address), MaxURL)
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, ErrURL
	}
	u.Fragment = ""
	return u, checkURL(u)
}

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w: its scheme is %.20q", ErrURL, u.Scheme)
	case u.Hostname() == "":
		return fmt.Errorf("%w: it names no host", ErrURL)
	case len(u.String()) > MaxURL:
		return fmt.Errorf("%w: more than %d bytes", ErrURL, MaxURL)
	}
	return nil
}

func checkProxy(u *url.URL) error {
	if u == nil {
		return nil
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return nil
	}
	return fmt.Errorf("%w: a proxy of http, https or socks5 is needed, not of %.20q", ErrURL, u.Scheme)
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// guard keeps strangers' addresses out of the local network. Names are judged by what they were resolved to, at the
// dial, so that a name cannot change in between.
type guard struct {
	refuse atomic.Bool // local addresses
	local  atomic.Bool // the first server is in the local network
	past   atomic.Bool // the first server was asked
}

func (g *guard) transport(req Request) *http.Transport {
	t := &http.Transport{
		DialContext:            req.Dial,
		MaxResponseHeaderBytes: MaxHeader,
		DisableCompression:     true, // done here, within bounds
		DisableKeepAlives:      true,
		TLSClientConfig:        &tls.Config{RootCAs: req.RootCAs},
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if req.Proxy != nil {
		t.Proxy = http.ProxyURL(req.Proxy)
	} else if req.Dial == nil {
		t.DialContext = g.dial
	}
	return t
}

// dial dials directly. Whether the first server is local is told from what was reached, not from all that was tried.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{ControlContext: g.control}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if a, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
		g.note(a.Addr())
	}
	return c, nil
}

// control is called with each address before it is dialled.
func (g *guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return g.check(a.Addr())
}

// checkHost judges a host that is written as an address.
func (g *guard) checkHost(host string) error {
	if strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return nil // a name: judged when it is dialled
	}
	g.note(a)
	return g.check(a)
}

func (g *guard) check(a netip.Addr) error {
	if isLocal(a) && g.refuse.Load() {
		return ErrLocal
	}
	return nil
}

// note remembers whether the first server is local.
func (g *guard) note(a netip.Addr) {
	if isLocal(a) && !g.past.Load() {
		g.local.Store(true)
	}
}

// asked is called when the first server has answered. Where it redirects to is a stranger's unless it is local itself.
func (g *guard) asked() {
	if g.past.Store(true); !g.local.Load() {
		g.refuse.Store(true)
	}
}

// isLocal reports whether an address is of this machine or its surroundings.
func isLocal(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() ||
		sharedSpace().Contains(a)
}

// sharedSpace is between a provider and its customers (RFC 6598).
func sharedSpace() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }
