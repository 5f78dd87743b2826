package bt

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"
)

// Conn is a connection on a rendezvous whose other side speaks the extension. Its methods may be called
// from any goroutine.
type Conn struct {
	pc        *torrent.PeerConn
	extension pp.ExtensionName
	infohash  [20]byte
	peerID    [20]byte
	client    string
	remote    netip.AddrPort
	listen    netip.AddrPort
	outgoing  bool

	pending pending

	recv chan []byte
	done chan struct{}
	wake chan struct{}
	mu   struct {
		sync.Mutex
		queue [][]byte
		bytes int // of queue and of the message being handed over
		err   error
	}
}

// newConn makes the session's end of a link. Engine.mu is held.
func newConn(e *Engine, lk *link, client string) *Conn {
	return &Conn{
		pc:        lk.pc,
		extension: pp.ExtensionName(e.cfg.Extension),
		infohash:  lk.slot.infohash,
		peerID:    lk.peerID,
		client:    client,
		remote:    lk.remote,
		listen:    lk.listen,
		outgoing:  !lk.incoming,
		recv:      make(chan []byte),
		done:      make(chan struct{}),
		wake:      make(chan struct{}, 1),
	}
}

// RemoteAddr is the other end of the socket; zero for a transport without addresses.
func (c *Conn) RemoteAddr() netip.AddrPort { return c.remote }

// ListenAddr is where the peer can be dialled: the address we dialled, or its IP with the port it says it
// listens on. Zero if it says none.
func (c *Conn) ListenAddr() netip.AddrPort { return c.listen }

// PeerID is what the peer claims as its id, its last bytes replaced by a mark of its address: anybody can
// claim any.
func (c *Conn) PeerID() [20]byte { return c.peerID }

// Infohash is the rendezvous the connection belongs to.
func (c *Conn) Infohash() [20]byte { return c.infohash }

// Client is the program and version the peer claims.
func (c *Conn) Client() string { return c.client }

// Outgoing says whether we dialled.
func (c *Conn) Outgoing() bool { return c.outgoing }

// Recv is the channel of received messages, in order. The receiver owns each. It is closed when the
// connection is; messages not yet taken by then are lost.
func (c *Conn) Recv() <-chan []byte { return c.recv }

// Done is closed when the connection is.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection ended, [ErrClosed] or [ErrOverflow]; nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.err
}

// Send queues a message of at most [MaxPayload] bytes. It keeps no reference to the payload. It waits while
// more than [MaxPendingBytes] are queued; a peer that then takes nothing for a minute is hung up on. An error
// of kind [ErrTooLarge] or [ErrClosed] means that it was not queued.
func (c *Conn) Send(payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("sending %d bytes of at most %d: %w", len(payload), MaxPayload, ErrTooLarge)
	}
	select {
	case <-c.done:
		return fmt.Errorf("sending: %w", ErrClosed)
	default:
	}
	if err := c.awaitRoom(len(payload)); err != nil {
		return err
	}
	c.pending.add(len(payload)) // first: a look that finds it taken and not yet sent would count it for ever
	if err := c.pc.WriteExtendedMessage(c.extension, payload); err != nil {
		return fmt.Errorf("sending: %w: %w", ErrClosed, err)
	}
	return nil
}

// Pending is how many bytes that were sent have not left yet, headers included, at most [MaxPendingBytes] and
// a message for each Send under way.
func (c *Conn) Pending() int64 { return c.pending.look(c.written()) }

// written is what the socket has taken in all. It takes the library's lock.
func (c *Conn) written() int64 {
	stats := c.pc.Stats()
	return stats.BytesWritten.Int64()
}

// awaitRoom waits until n more bytes may be queued.
func (c *Conn) awaitRoom(n int) error {
	if c.pending.fits(n) || c.Pending()+int64(n) <= MaxPendingBytes {
		return nil
	}
	tick := time.NewTicker(pendingEvery)
	defer tick.Stop()
	for stuck := time.Now().Add(pendingMost); c.Pending()+int64(n) > MaxPendingBytes; {
		if time.Now().After(stuck) {
			c.end(ErrOverflow)
			c.Close()
			return fmt.Errorf("sending: %w: the peer does not read", ErrClosed)
		}
		select {
		case <-tick.C:
		case <-c.done:
			return fmt.Errorf("sending: %w", ErrClosed)
		}
	}
	return nil
}

// Close hangs up. What was sent and has not left yet may be lost.
func (c *Conn) Close() { c.pc.Close() }

// push queues a received message and says false when that was one too many: the connection has then
// ended and must be closed. It runs under the library's lock and never blocks.
func (c *Conn) push(payload []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.err != nil {
		return true
	}
	if c.mu.bytes+len(payload) > MaxQueuedBytes || len(c.mu.queue) >= MaxQueuedMessages {
		c.endLocked(ErrOverflow)
		return false
	}
	c.mu.bytes += len(payload)
	c.mu.queue = append(c.mu.queue, payload)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

// end ends the session; the first reason stays.
func (c *Conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(err)
}

func (c *Conn) endLocked(err error) {
	if c.mu.err != nil {
		return
	}
	c.mu.err = err
	c.mu.queue = nil
	close(c.done)
}

// take returns what is queued. Its bytes count until released.
func (c *Conn) take() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.mu.queue
	c.mu.queue = nil
	return q
}

func (c *Conn) release(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.bytes -= n
}

// pump moves messages from the queue, which counts bytes, to the channel, which cannot.
func (c *Conn) pump() {
	defer close(c.recv)
	for {
		select {
		case <-c.done:
			return
		case <-c.wake:
		}
		for _, m := range c.take() {
			select {
			case c.recv <- m:
				c.release(len(m))
			case <-c.done:
				return
			}
		}
	}
}
