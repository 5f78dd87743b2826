package transport

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// bound is what all sockets are bound to.
type bound struct {
	addr  netip.Addr // zero for any
	iface string     // empty for any
}

// bind finds out what the configuration binds to.
func (t *Transport) bind() error {
	if t.cfg.Bind == "" {
		return nil
	}
	if a, err := netip.ParseAddr(t.cfg.Bind); err == nil {
		t.bound.addr = a.Unmap()
		return t.bindHost()
	}
	iface, err := net.InterfaceByName(t.cfg.Bind)
	if err != nil {
		return fmt.Errorf("binding to %q, which is neither an address nor an interface of this machine: %w", t.cfg.Bind, err)
	}
	if canBindInterface {
		t.bound.iface = iface.Name
		return nil
	}
	if t.bound.addr, err = addressOf(iface); err != nil {
		return err
	}
	return t.bindHost()
}

// bindHost listens at the bound address and nowhere else.
func (t *Transport) bindHost() error {
	if t.cfg.Host == "" {
		t.cfg.Host = t.bound.addr.String()
	}
	if host, err := netip.ParseAddr(t.cfg.Host); err != nil || host.Unmap() != t.bound.addr {
		return fmt.Errorf("listening at %s and binding to %s contradict each other", t.cfg.Host, t.bound.addr)
	}
	return nil
}

// addressOf is an address of an interface, of IPv4 if it has one.
func addressOf(iface *net.Interface) (netip.Addr, error) {
	list, err := iface.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("addresses of interface %s: %w", iface.Name, err)
	}
	var found netip.Addr
	for _, a := range list {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && (!found.IsValid() || p.Addr().Is4() && !found.Is4()) && !p.Addr().IsLinkLocalUnicast() {
			found = p.Addr()
		}
	}
	if !found.IsValid() {
		return found, fmt.Errorf("interface %s has no address", iface.Name)
	}
	return found, nil
}

// control sets what a socket needs before it is bound or connected.
func (b bound) control(_, _ string, c syscall.RawConn) error {
	if b.iface == "" {
		return nil
	}
	return bindInterface(c, b.iface)
}

// dialer makes TCP connections from what is bound to.
func (b bound) dialer() *net.Dialer {
	d := &net.Dialer{KeepAlive: -1, Control: b.control} // the protocol has its own keep-alives
	if b.addr.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(b.addr, 0))
	}
	return d
}
