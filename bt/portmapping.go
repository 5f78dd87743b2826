package bt

import (
	"net/netip"

	"github.com/torrenttx/ttx/bt/portmap"
)

// openPortMapping asks the router to let peers in, unless nobody outside could come or what is sent must keep to
// one interface or a proxy.
func (e *Engine) openPortMapping() {
	if !e.cfg.PortMapping || e.addr.Port() == 0 || !e.sockets.UDP() || e.addr.Addr().IsLoopback() {
		return
	}
	if e.cfg.Bind != "" {
		e.log.Info("the router is not asked to map the port, since the engine is bound", "to", e.cfg.Bind)
		return
	}
	e.portmap = portmap.Open(portmap.Config{
		Port: e.addr.Port(), UDP: !e.cfg.DisableUTP || e.cfg.DHT, DialContext: e.sockets.DialContext, Logger: e.log,
	})
}

func (e *Engine) closePortMapping() {
	if e.portmap != nil {
		e.portmap.Close()
	}
}

// Mapped is the address at which the router lets peers in, and how it was asked: NAT-PMP or UPnP. It is not valid
// while no router does.
func (e *Engine) Mapped() (addr netip.AddrPort, via string) {
	if e.portmap == nil {
		return netip.AddrPort{}, ""
	}
	return e.portmap.External()
}
