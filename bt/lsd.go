package bt

import (
	"net"
	"net/netip"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/lsd"
)

// peerSourceLSD is the source of peers found by local service discovery.
const peerSourceLSD torrent.PeerSource = "LSD"

// openLSD begins local service discovery (BEP 14), unless nobody can reach us or everything goes through a proxy.
// A machine without multicast does without.
func (e *Engine) openLSD() {
	if !e.cfg.LSD || e.addr.Port() == 0 || !e.sockets.UDP() {
		return
	}
	s, err := lsd.Open(lsd.Config{Port: e.addr.Port, Found: e.foundNearby, Interfaces: e.boundInterfaces, Logger: e.log})
	if err != nil {
		e.log.Warn("peers on the local network are not looked for", "err", err)
		return
	}
	e.lsd = s
}

// closeLSD ends it.
func (e *Engine) closeLSD() {
	if e.lsd != nil {
		e.lsd.Close()
	}
}

// nearby announces a torrent on the local network until the returned function is called. A private one is not,
// nor does it take what it hears (BEP 27).
func (e *Engine) nearby(s *slot) (stop func()) {
	if e.lsd == nil || s.private.Load() {
		return func() {}
	}
	e.lsd.Add(s.infohash)
	return func() { e.lsd.Remove(s.infohash) }
}

// foundNearby remembers a peer that another machine told of.
func (e *Engine) foundNearby(infohash [20]byte, peer netip.AddrPort) {
	e.mu.Lock()
	s := e.mu.slots[infohash]
	e.mu.Unlock()
	if s != nil && s.role == roleDownload && !s.private.Load() {
		s.book.found([]netip.AddrPort{peer}, peerSourceLSD)
	}
}

// boundInterfaces is the interfaces that may be used: all, or those of Config.Bind.
func (e *Engine) boundInterfaces() ([]net.Interface, error) {
	all, err := net.Interfaces()
	if err != nil || e.cfg.Bind == "" {
		return all, err
	}
	var list []net.Interface
	for _, i := range all {
		if i.Name == e.cfg.Bind || hasAddress(i, e.cfg.Bind) {
			list = append(list, i)
		}
	}
	return list, nil
}

func hasAddress(i net.Interface, want string) bool {
	addrs, err := i.Addrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().String() == want {
			return true
		}
	}
	return false
}

// alone ends what a torrent had begun before its info said that it is private: it is not announced nearby, and the
// connections on which peers were exchanged are closed, to be made again without.
func (e *Engine) alone(s *slot) {
	if e.lsd != nil {
		e.lsd.Remove(s.infohash)
	}
	for _, lk := range e.linksOf(s) {
		lk.close()
	}
}
