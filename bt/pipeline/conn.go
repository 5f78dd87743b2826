package pipeline

import (
	"net"
	"sync/atomic"
)

// suggest is Suggest Piece for the first piece, which every torrent has.
var suggest = [...]byte{0, 0, 0, 5, 13, 0, 0, 0, 0}

const (
	// A batch is topped up when refillNum/refillDen of it are left. It must be less than a half: the library
	// takes twice what it adds as its next bound, so that it would add ever less. And it must be much, since
	// the answer to a request takes a round trip, and looking for blocks to ask for some milliseconds.
	refillNum, refillDen = 3, 8
	// minBatch is how many unanswered requests are worth topping up: the library doubles its batches from one on.
	minBatch = 8
)

// Wrap returns c with the flow of requests kept up. Reads and writes may run at the same time.
func Wrap(c net.Conn) net.Conn { return &conn{Conn: c} }

type conn struct {
	net.Conn
	in, out scan // of Read and of Write

	off   atomic.Bool  // it is not to be touched
	open  atomic.Int64 // requests sent and not answered
	batch atomic.Int64 // what open was after the last request
	armed atomic.Bool  // there was a request since the last top-up
}

// Write passes b on and counts the requests in it, before the answers can come.
func (c *conn) Write(b []byte) (int, error) {
	if !c.off.Load() {
		c.sent(b)
	}
	return c.Conn.Write(b)
}

func (c *conn) sent(b []byte) {
	if !c.out.whole() {
		b = b[c.out.handshake(b):]
		if !c.out.whole() {
			return
		}
		if !c.out.plain() || !c.out.fast() {
			c.off.Store(true)
			return
		}
	}
	for len(b) > 0 {
		n, id := c.out.next(b)
		b = b[n:]
		if id == idRequest {
			c.batch.Store(c.open.Add(1))
			c.armed.Store(true)
		}
	}
}

// Read reads what the peer sent, and once a batch a message that it did not.
func (c *conn) Read(b []byte) (int, error) {
	if c.off.Load() || len(b) <= len(suggest) {
		n, err := c.Conn.Read(b)
		if !c.off.Load() {
			c.received(b[:n])
		}
		return n, err
	}
	n, err := c.Conn.Read(b[:len(b)-len(suggest)])
	if at := c.received(b[:n]); at >= 0 && c.armed.CompareAndSwap(true, false) {
		copy(b[at+len(suggest):], b[at:n])
		copy(b[at:], suggest[:])
		n += len(suggest)
	}
	return n, err
}

// received counts the answers in b, and returns the end of the message after which the batch is to be topped up;
// negative for none.
func (c *conn) received(b []byte) int {
	at, n := -1, 0
	if !c.in.whole() {
		n = c.in.handshake(b)
		if !c.in.whole() {
			return -1
		}
		if !c.in.plain() || !c.in.fast() {
			c.off.Store(true)
			return -1
		}
	}
	for n < len(b) {
		took, id := c.in.next(b[n:])
		n += took
		if (id == idPiece || id == idReject) && c.answered() && at < 0 {
			at = n
		}
	}
	return at
}

// answered counts an answer, and says whether the batch is nearly eaten up.
func (c *conn) answered() bool {
	open := c.open.Add(-1)
	if open < 0 { // more than we asked for
		c.open.CompareAndSwap(open, 0)
		return false
	}
	batch := c.batch.Load()
	return batch >= minBatch && c.armed.Load() && open > 0 && open <= batch*refillNum/refillDen
}
