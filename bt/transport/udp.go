package transport

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/anacrolix/utp"
)

const (
	// MaxDHTQueue is how many packets wait for the DHT; more are dropped, as a full socket buffer would.
	MaxDHTQueue = 256
	// maxPacket is the longest packet read: uTP and DHT packets fit an Ethernet frame.
	maxPacket = 8 << 10
	// readPause is the wait after a failed read, which the next need not be.
	readPause = 10 * time.Millisecond
)

// udpSocket is one UDP socket. The DHT's messages are dictionaries and begin with a d (BEP 5); uTP's first byte
// holds a version of 1 in its low half (BEP 29).
type udpSocket struct {
	*net.UDPConn
	t    *Transport
	utp  *utp.Socket // nil if switched off
	dht  *dhtConn
	done chan struct{}
	once sync.Once
}

func (t *Transport) newUDPSocket(conn *net.UDPConn) (*udpSocket, error) {
	s := &udpSocket{UDPConn: conn, t: t, done: make(chan struct{})}
	s.dht = &dhtConn{s: s, queue: make(chan packet, MaxDHTQueue)}
	if !t.cfg.UTP {
		t.wg.Go(s.drain)
		return s, nil
	}
	var err error
	s.utp, err = utp.NewSocketFromPacketConn(s)
	return s, err
}

// drain reads for the DHT alone.
func (s *udpSocket) drain() {
	b := make([]byte, maxPacket)
	for {
		if _, _, err := s.ReadFrom(b); err != nil {
			return
		}
	}
}

// ReadFrom returns the next packet that is not the DHT's. Only the end of the socket is an error: uTP would stop
// at any.
func (s *udpSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.UDPConn.ReadFromUDPAddrPort(b)
		if err != nil {
			if !s.again(err) {
				return 0, nil, err
			}
			continue
		}
		switch {
		case n == 0 || s.t.blocked.Load().Contains(from.Addr()):
		case b[0] == 'd':
			s.dht.push(packet{append([]byte(nil), b[:n]...), net.UDPAddrFromAddrPort(from)})
		default:
			return n, net.UDPAddrFromAddrPort(from), nil
		}
	}
}

// WriteTo sends a packet, or forgets one for a blocked address.
func (s *udpSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	if udp, ok := to.(*net.UDPAddr); ok && s.t.blocked.Load().Contains(udp.AddrPort().Addr()) {
		return len(b), nil
	}
	return s.UDPConn.WriteTo(b, to)
}

// again says whether reading may go on after an error, and waits a little.
func (s *udpSocket) again(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	timer := time.NewTimer(readPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

// Close is called by uTP and by the transport.
func (s *udpSocket) Close() error {
	s.once.Do(func() { close(s.done) })
	return s.UDPConn.Close()
}

func (s *udpSocket) close() {
	if s.utp != nil {
		_ = s.utp.CloseNow()
	}
	_ = s.Close()
}

// utpListener closes at once, not when the last connection has ended.
type utpListener struct{ *utp.Socket }

func (l utpListener) Close() error { return l.CloseNow() }

// packet is one from the network, not to be changed.
type packet struct {
	data []byte
	from *net.UDPAddr
}

// dhtConn is the DHT's part of a socket.
type dhtConn struct {
	s     *udpSocket
	queue chan packet
}

func (d *dhtConn) push(p packet) {
	select {
	case d.queue <- p:
	default:
	}
}

// ReadFrom returns the next packet for the DHT.
func (d *dhtConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-d.queue:
		return copy(b, p.data), p.from, nil
	case <-d.s.done:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends a packet.
func (d *dhtConn) WriteTo(b []byte, to net.Addr) (int, error) { return d.s.WriteTo(b, to) }

// LocalAddr is the socket's.
func (d *dhtConn) LocalAddr() net.Addr { return d.s.LocalAddr() }

// Close ends reading for the DHT and, as it ends with the engine, for uTP.
func (d *dhtConn) Close() error { return d.s.Close() }

// Deadlines are not used by the DHT.
func (d *dhtConn) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline is refused.
func (d *dhtConn) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline is refused.
func (d *dhtConn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
