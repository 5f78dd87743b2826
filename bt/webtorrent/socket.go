package webtorrent

import (
	"net"
	"net/netip"
)

// guarded is a socket that neither sends to where nothing may be sent nor hears from there.
type guarded struct {
	net.PacketConn
	refuses func(netip.Addr) bool
}

// ReadFrom reads the next packet of whom we listen to.
func (g guarded) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := g.PacketConn.ReadFrom(b)
		if err != nil || !g.refuses(ipOf(from)) {
			return n, from, err
		}
	}
}

// WriteTo sends, or seems to: to the sender it is a packet that was lost.
func (g guarded) WriteTo(b []byte, to net.Addr) (int, error) {
	if g.refuses(ipOf(to)) {
		return len(b), nil
	}
	return g.PacketConn.WriteTo(b, to)
}

func ipOf(a net.Addr) netip.Addr {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// refuses says whether nothing is sent to an address: peers name what they like. Loopback is for those who listen
// there.
func (c *Client) refuses(a netip.Addr) bool {
	return !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a == broadcast || a.IsLoopback() != c.loopback ||
		c.cfg.Blocked(a)
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
