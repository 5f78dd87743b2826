package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// freePortTries is how often a free port is looked for that all sockets can share.
const freePortTries = 20

// acceptPause is how long a listener waits after a failure, as when there are no file descriptors left.
const acceptPause = 100 * time.Millisecond

// listen opens the sockets of all families that the host stands for, on one port.
func (t *Transport) listen() error {
	if t.cfg.Silent {
		return nil
	}
	for try := 1; ; try++ {
		err := t.listenAll(t.cfg.Port)
		if err == nil {
			return nil
		}
		t.closeSockets()
		if t.cfg.Port != 0 || !errors.Is(err, syscall.EADDRINUSE) || try == freePortTries {
			return fmt.Errorf("listening at %q: %w", net.JoinHostPort(t.cfg.Host, strconv.Itoa(t.cfg.Port)), err)
		}
	}
}

func (t *Transport) closeSockets() {
	for _, l := range t.listeners {
		l.close()
	}
	for _, s := range t.udp {
		s.close()
	}
	t.listeners, t.udp = nil, nil
}

// families are those of the host.
func families(host string) []string {
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return []string{"4", "6"}
	case a.Is4():
		return []string{"4"}
	}
	return []string{"6"}
}

// listenAll takes the port of the first socket for all others.
func (t *Transport) listenAll(port int) error {
	for _, family := range families(t.cfg.Host) {
		config := net.ListenConfig{Control: t.bound.control, KeepAlive: -1} // the protocol has its own keep-alives
		config.SetMultipathTCP(false)
		tcp, err := config.Listen(t.ctx, "tcp"+family, net.JoinHostPort(t.cfg.Host, strconv.Itoa(port)))
		if err != nil {
			if t.cfg.Host == "" && unsupported(err) {
				continue
			}
			return err
		}
		t.listeners = append(t.listeners, &Listener{t: t, inner: tcp})
		port = tcp.Addr().(*net.TCPAddr).Port
		if !t.UDP() || !t.cfg.UTP && !t.cfg.DHT {
			continue
		}
		if err := t.listenUDP(&config, family, port); err != nil {
			return err
		}
	}
	if len(t.listeners) == 0 {
		return errors.New("neither IPv4 nor IPv6 is there")
	}
	return nil
}

// unsupported says whether the machine lacks a family.
func unsupported(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		errors.Is(err, syscall.EPROTONOSUPPORT)
}

func (t *Transport) listenUDP(config *net.ListenConfig, family string, port int) error {
	pc, err := config.ListenPacket(t.ctx, "udp"+family, net.JoinHostPort(t.cfg.Host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	s, err := t.newUDPSocket(pc.(*net.UDPConn))
	if err != nil {
		_ = pc.Close()
		return fmt.Errorf("uTP: %w", err)
	}
	t.udp = append(t.udp, s)
	if s.utp != nil {
		t.listeners = append(t.listeners, &Listener{t: t, inner: utpListener{s.utp}, utp: true})
	}
	return nil
}

// Listener accepts connections for the library.
type Listener struct {
	t     *Transport
	inner net.Listener
	utp   bool
	safe  bool // encrypted below, as WebRTC is
}

// Addr is the listening address.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Accept returns the next connection that there is room for, once the transport has started.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.t.open:
	case <-l.t.ctx.Done():
		return nil, net.ErrClosed
	}
	for {
		raw, err := l.inner.Accept()
		if err != nil {
			l.pause()
			return nil, fmt.Errorf("accepting a connection: %w", err)
		}
		if c := l.admit(raw); c != nil {
			return c, nil
		}
		raw.Close()
	}
}

// pause keeps the library, which accepts again at once, from spinning.
func (l *Listener) pause() {
	timer := time.NewTimer(acceptPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.t.ctx.Done():
	}
}

// admit wraps a connection, before any byte was read, unless it is not welcome.
func (l *Listener) admit(raw net.Conn) *Conn {
	remote, err := addrPortOf(raw.RemoteAddr())
	if err != nil {
		return nil
	}
	if t := l.t; t.blocked.Load().Contains(remote.Addr()) {
		t.log.Debug("incoming connection refused", "peer", remote, "err", errBlocked)
		return nil
	}
	noLinger(raw)
	if ok, _ := l.t.enter(ReservedConns); !ok {
		l.t.log.Debug("incoming connection refused", "peer", remote, "err", errFull)
		return nil
	}
	c := l.t.newConn(raw, remote, l.utp)
	c.safe = l.safe
	return c
}

func (l *Listener) close() { _ = l.inner.Close() }

// addrPortOf is the address with an IPv4 one in its short form.
func addrPortOf(a net.Addr) (netip.AddrPort, error) {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return ap, err
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}

// noLinger makes a close immediate: what a peer that is hung up on has not read is not worth the socket.
func noLinger(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // best effort
	}
}
