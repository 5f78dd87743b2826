package transport

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// The handshake (BEP 3): a length and a name, 8 reserved bytes, the infohash, the peer id.
const (
	infohashAt      = 28
	infohashEnd     = 48
	handshakeLength = 68
)

// Conn is a peer connection as the library sees it: the plain protocol. Read and Write may be called at
// the same time, each by one goroutine at a time.
type Conn struct {
	t        *Transport
	remote   netip.AddrPort
	outgoing bool
	utp      atomic.Bool
	safe     bool  // encrypted below: the stream itself is plain
	foreign  bool  // no peer's: a tracker's or web seed's
	ways     []way // to dial, when outgoing; the first is the one that led to raw

	stream atomic.Pointer[stream]
	group  atomic.Pointer[Group] // its torrent's, once the handshake named one that is known
	ready  chan struct{}         // closed when stream is set or never will be
	done   chan struct{}         // closed with the connection

	head     []byte // of the handshake, until it is whole: written by us if outgoing, else read
	infohash [20]byte
	up, down flow

	filter   atomic.Pointer[Filter]
	mute     atomic.Pointer[[]byte] // the payload of extension messages that are not sent
	writing  sync.Mutex             // held from the first to the last byte of a write
	injected struct {
		sync.Mutex
		queue []byte
		busy  bool // a goroutine sends
	}

	mu struct {
		sync.Mutex
		raw      net.Conn
		deadline time.Time // of the handshakes
		closed   bool
		key      connKey // under which the transport knows it; zero before the handshake
	}
}

// connKey is by what a connection is found.
type connKey struct {
	infohash [20]byte
	remote   netip.AddrPort
	outgoing bool
}

func (t *Transport) newConn(raw net.Conn, remote netip.AddrPort, utp bool) *Conn {
	c := &Conn{t: t, remote: remote, ready: make(chan struct{}), done: make(chan struct{})}
	c.utp.Store(utp)
	c.up.upward = true
	c.mu.raw = raw
	return c
}

// Encrypted says whether the stream is encrypted, at least in its header.
func (c *Conn) Encrypted() bool {
	s := c.stream.Load()
	return s != nil && s.encrypted
}

// UTP says whether it runs over uTP.
func (c *Conn) UTP() bool { return c.utp.Load() }

// Rates is bytes a second over the last few seconds, protocol included.
func (c *Conn) Rates() (up, down int64) {
	now := time.Now()
	return c.up.meter.rate(now), c.down.meter.rate(now)
}

// Read reads the plain protocol. The first call on an incoming connection performs the encrypted
// handshake if the peer began one.
func (c *Conn) Read(b []byte) (int, error) {
	s := c.stream.Load()
	if s == nil {
		var err error
		if s, err = c.begin(); err != nil {
			return 0, err
		}
	}
	b, err := c.down.await(c, b)
	if err != nil {
		return 0, err
	}
	n, err := s.Read(b)
	c.down.passed(c, n)
	if n > 0 && !c.outgoing && len(c.head) < infohashEnd {
		if err := c.observe(b[:n]); err != nil {
			return 0, err
		}
	}
	return n, err
}

// begin returns the stream once it is set up.
func (c *Conn) begin() (*stream, error) {
	if c.outgoing {
		select { // by Write
		case <-c.ready:
		case <-c.done:
		}
		if s := c.stream.Load(); s != nil {
			return s, nil
		}
		return nil, net.ErrClosed
	}
	if c.safe {
		raw := c.raw()
		s := &stream{Reader: raw, Writer: raw, encrypted: true}
		c.stream.Store(s)
		close(c.ready)
		return s, nil
	}
	s, err := c.t.cfg.Encryption.receive(c.raw(), c.t.cfg.Keys)
	if err != nil {
		c.t.log.Debug("incoming connection", "peer", c.remote, "err", err)
		_ = c.Close()
		return nil, err
	}
	c.stream.Store(&s)
	close(c.ready)
	return &s, nil
}

// observe takes the infohash from what an incoming connection reads first.
func (c *Conn) observe(b []byte) error {
	c.head = append(c.head, b[:min(len(b), infohashEnd-len(c.head))]...)
	if len(c.head) < infohashEnd {
		return nil
	}
	return c.join([20]byte(c.head[infohashAt:infohashEnd]))
}

// Write writes the plain protocol. On an outgoing connection the handshake is held back until it is whole, as
// it holds the key; the call that completes it returns when the peer has answered.
func (c *Conn) Write(b []byte) (int, error) {
	if s := c.stream.Load(); s != nil {
		return c.pass(s, b)
	}
	if !c.outgoing {
		return 0, fmt.Errorf("writing before the peer's handshake was read: %w", net.ErrClosed)
	}
	n := min(len(b), handshakeLength-len(c.head))
	c.head = append(c.head, b[:n]...)
	if len(c.head) < handshakeLength {
		return n, nil
	}
	s, err := c.establish()
	if err != nil {
		_ = c.Close()
		return 0, err
	}
	if n == len(b) {
		return n, nil
	}
	more, err := c.pass(s, b[n:])
	return n + more, err
}

// pass writes what the filter leaves of b. To the library all of it was written.
func (c *Conn) pass(s *stream, b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	left := c.shaped(b)
	n, err := c.write(s, left)
	if err == nil {
		return len(b), nil
	}
	return min(n, len(b)), err
}

// write passes b on as the limits allow.
func (c *Conn) write(s *stream, b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		part, err := c.up.await(c, b[sent:])
		if err != nil {
			return sent, err
		}
		n, err := s.Write(part)
		c.up.passed(c, n)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// establish sends the handshake in one form after the other.
func (c *Conn) establish() (*stream, error) {
	if err := c.join([20]byte(c.head[infohashAt:infohashEnd])); err != nil {
		return nil, err
	}
	s, err := c.attempt()
	if err != nil {
		return nil, err
	}
	c.up.passed(c, handshakeLength)
	c.share(1)
	c.stream.Store(s)
	close(c.ready)
	return s, nil
}

// attempt tries each form over each way until one succeeds.
func (c *Conn) attempt() (*stream, error) {
	if c.safe {
		s, err := c.t.cfg.Encryption.initiate(c.raw(), c.head, false)
		s.encrypted = true
		return &s, err
	}
	forms := c.t.cfg.Encryption.forms()
	var err error
	for i, left := 0, len(forms)*len(c.ways); left > 0; i, left = i+1, left-1 {
		if i > 0 {
			if err := c.again(c.ways[i/len(forms)]); err != nil {
				return nil, err
			}
		}
		c.share(left)
		encrypted := forms[i%len(forms)]
		var s stream
		if s, err = c.t.cfg.Encryption.initiate(c.raw(), c.head, encrypted); err == nil {
			return &s, nil
		}
		c.t.log.Debug("outgoing connection", "peer", c.remote, "encrypted", encrypted, "utp", c.utp.Load(), "err", err)
	}
	return nil, err
}

// share gives the next attempt its part of the time that is left for so many.
func (c *Conn) share(attempts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.deadline.IsZero() {
		return
	}
	part := time.Until(c.mu.deadline) / time.Duration(attempts)
	_ = c.mu.raw.SetDeadline(time.Now().Add(part)) // of a closed one: the next call tells
}

// again dials the peer once more.
func (c *Conn) again(by way) error {
	c.mu.Lock()
	deadline := c.mu.deadline
	c.mu.raw.Close()
	c.mu.Unlock()
	if deadline.IsZero() {
		deadline = time.Now().Add(redialTime)
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	stop := context.AfterFunc(c.t.ctx, cancel)
	defer stop()
	raw, err := by.dial(ctx, c.remote)
	if err != nil {
		return fmt.Errorf("dialling again: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		raw.Close()
		return net.ErrClosed
	}
	c.mu.raw = raw
	c.utp.Store(by.utp)
	return nil
}

// redialTime bounds the second dial of a connection that was given no deadline.
const redialTime = 8 * time.Second

// join makes the connection one of a torrent.
func (c *Conn) join(infohash [20]byte) error {
	c.infohash = infohash
	return c.t.join(c)
}

func (c *Conn) raw() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.raw
}

// Close hangs up.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.mu.closed {
		c.mu.Unlock()
		return nil
	}
	c.mu.closed = true
	close(c.done)
	raw, key := c.mu.raw, c.mu.key
	c.mu.Unlock()
	err := raw.Close()
	if !c.foreign {
		c.t.leave(c, key)
	}
	return err
}

// LocalAddr is the socket's.
func (c *Conn) LocalAddr() net.Addr { return c.raw().LocalAddr() }

// RemoteAddr is the peer's, also behind a proxy.
func (c *Conn) RemoteAddr() net.Addr {
	if c.outgoing && c.remote.IsValid() {
		return net.TCPAddrFromAddrPort(c.remote)
	}
	return c.raw().RemoteAddr()
}

// SetDeadline bounds the handshakes, whose attempts share the time, and everything after.
func (c *Conn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.deadline = at
	return c.mu.raw.SetDeadline(at)
}

// SetReadDeadline is the socket's.
func (c *Conn) SetReadDeadline(at time.Time) error { return c.raw().SetReadDeadline(at) }

// SetWriteDeadline is the socket's.
func (c *Conn) SetWriteDeadline(at time.Time) error { return c.raw().SetWriteDeadline(at) }
