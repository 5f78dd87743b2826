package webtorrent

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// channel is a detached data channel.
type channel interface {
	io.ReadWriter
	BufferedAmount() uint64
	SetBufferedAmountLowThreshold(uint64)
	OnBufferedAmountLow(func())
}

// conn is a data channel as a stream. Read and Write may be called at the same time, each by one goroutine at a
// time.
type conn struct {
	p       *peer
	channel channel
	reader  *bufio.Reader // a channel's messages must be read as a whole
	remote  netip.AddrPort
	low     chan struct{} // has an element when less waits to be sent

	mu       sync.Mutex
	deadline time.Time // of writes
	changed  chan struct{}
	readBy   time.Time // the deadline of reads
	reading  bool
	late     *time.Timer // ends a read; a channel's own deadlines have a goroutine each, which outlives the channel
}

func newConn(p *peer, ch channel, remote netip.AddrPort) *conn {
	c := &conn{
		p: p, channel: ch, reader: bufio.NewReaderSize(ch, readSize), remote: remote, low: make(chan struct{}, 1),
		changed: make(chan struct{}),
	}
	c.late = time.AfterFunc(time.Hour, c.tooLate)
	c.late.Stop()
	ch.SetBufferedAmountLowThreshold(maxBuffered / 2)
	ch.OnBufferedAmountLow(func() {
		select {
		case c.low <- struct{}{}:
		default:
		}
	})
	return c
}

// Read reads. A message longer than readSize is an error. One that misses its deadline ends the connection.
func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	if !c.readBy.IsZero() && !time.Now().Before(c.readBy) {
		c.mu.Unlock()
		return 0, os.ErrDeadlineExceeded
	}
	c.reading = true
	c.arm()
	c.mu.Unlock()
	n, err := c.reader.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	c.late.Stop()
	return n, err
}

// arm has the read under way end in time. c.mu is held.
func (c *conn) arm() {
	if c.readBy.IsZero() || !c.reading {
		c.late.Stop()
		return
	}
	c.late.Reset(time.Until(c.readBy))
}

func (c *conn) tooLate() {
	c.mu.Lock()
	late := c.reading && !c.readBy.IsZero() && !time.Now().Before(c.readBy)
	c.mu.Unlock()
	if late {
		c.p.end()
	}
}

// Write returns when little is left to be sent.
func (c *conn) Write(b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		if err := c.room(); err != nil {
			return sent, err
		}
		n, err := c.channel.Write(b[sent:min(len(b), sent+messageSize)])
		sent += n
		if err != nil {
			return sent, fmt.Errorf("sending on a data channel: %w", err)
		}
	}
	return sent, nil
}

// room waits until there is room to send in.
func (c *conn) room() error {
	for c.channel.BufferedAmount() > maxBuffered {
		c.mu.Lock()
		deadline, changed := c.deadline, c.changed
		c.mu.Unlock()
		var late <-chan time.Time
		if !deadline.IsZero() {
			timer := time.NewTimer(time.Until(deadline))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-c.low:
		case <-changed:
		case <-late:
			return os.ErrDeadlineExceeded
		case <-c.p.ended:
			return net.ErrClosed
		}
	}
	select {
	case <-c.p.ended:
		return net.ErrClosed
	default:
		return nil
	}
}

// Close ends the connection with the peer.
func (c *conn) Close() error {
	c.p.end()
	return nil
}

// LocalAddr is the socket's.
func (c *conn) LocalAddr() net.Addr { return c.p.c.cfg.Socket.LocalAddr() }

// RemoteAddr is where the peer was found.
func (c *conn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.remote) }

// SetDeadline bounds reads and writes.
func (c *conn) SetDeadline(at time.Time) error {
	_ = c.SetWriteDeadline(at) // cannot fail
	return c.SetReadDeadline(at)
}

// SetReadDeadline bounds reads.
func (c *conn) SetReadDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = at
	c.arm()
	return nil
}

// SetWriteDeadline bounds writes.
func (c *conn) SetWriteDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = at
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}
