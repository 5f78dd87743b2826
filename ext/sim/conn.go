package sim

import (
	"errors"
	"net/netip"
	"sync"
)

// room is how many frames wait for a session's reader, which takes them at
// once.
const room = 64

var errClosed = errors.New("simulated connection closed")

// conn is one end of a simulated connection; a session.Conn.
type conn struct {
	link   *link
	end    int // at link.ends[end]
	other  *conn
	in     chan []byte
	done   chan struct{}
	closed *sync.Once // both ends end together
}

func newConns(l *link) [2]*conn {
	done, closed := make(chan struct{}), new(sync.Once)
	var c [2]*conn
	for i := range c {
		c[i] = &conn{link: l, end: i, in: make(chan []byte, room), done: done, closed: closed}
	}
	c[0].other, c[1].other = c[1], c[0]
	return c
}

// Send hands a frame to the mail.
func (c *conn) Send(frame []byte) error {
	select {
	case <-c.done:
		return errClosed
	default:
		c.link.network.mail.send(delivery{to: c.other, frame: frame})
		return nil
	}
}

// Recv gives the frames that have arrived.
func (c *conn) Recv() <-chan []byte { return c.in }

// Done is closed with either end.
func (c *conn) Done() <-chan struct{} { return c.done }

// Close ends both ends; frames on their way are lost.
func (c *conn) Close() { c.closed.Do(func() { close(c.done) }) }

// RemoteAddr is a private address of the other node.
func (c *conn) RemoteAddr() netip.AddrPort {
	n := c.other.link.ends[c.other.end].Number
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 6881)
}

// ListenAddr is the same.
func (c *conn) ListenAddr() netip.AddrPort { return c.RemoteAddr() }

// arrive hands a frame to this end.
func (c *conn) arrive(frame []byte) {
	select {
	case c.in <- frame:
	case <-c.done:
	}
}
