package transport

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Dialer dials peers over TCP for the library.
type Dialer struct{ t *Transport }

// Dialer returns the way out.
func (t *Transport) Dialer() Dialer { return Dialer{t} }

// DialerNetwork is what the library calls the connections.
func (Dialer) DialerNetwork() string { return "tcp" }

// Dial connects to an address, host names are refused: nobody but a proxy may look them up. At the limit
// of connections it waits until there is room or ctx ends.
func (d Dialer) Dial(ctx context.Context, addr string) (net.Conn, error) {
	remote, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dialling a peer: %w", err)
	}
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if err := d.t.await(ctx); err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (net.Conn, error) { return d.t.dialPeer(ctx, remote) }
	raw, err := dial(ctx)
	if err != nil {
		d.t.exit()
		return nil, err
	}
	c := d.t.newConn(raw, remote, false)
	c.outgoing, c.dial = true, dial
	return c, nil
}

func (t *Transport) dialPeer(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	raw, err := t.dialler.DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return nil, err
	}
	noLinger(raw)
	return raw, nil
}
