package transport

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// MaxAdopted is how many connections made elsewhere wait for the library, in each direction.
	MaxAdopted = 16
	// adoptTime is how long one waits to be dialled before it is closed. The library dials at once, if at all.
	adoptTime = 10 * time.Second
)

// adoption is connections made elsewhere, such as WebRTC's, on their way to the library: those on which the peer
// speaks first are accepted, the others dialled.
type adoption struct {
	incoming chan net.Conn

	mu       sync.Mutex
	outgoing map[netip.AddrPort]*Conn
}

func (a *adoption) open(t *Transport) {
	a.incoming = make(chan net.Conn, MaxAdopted)
	a.outgoing = make(map[netip.AddrPort]*Conn)
	var addr net.Addr = &net.TCPAddr{}
	if len(t.listeners) > 0 {
		addr = t.listeners[0].Addr()
	}
	t.listeners = append(t.listeners, &Listener{t: t, inner: &foundlings{a.incoming, addr, t.ctx.Done()}, safe: true})
}

// foundlings is a listener that connections are given to.
type foundlings struct {
	incoming <-chan net.Conn
	addr     net.Addr
	done     <-chan struct{}
}

// Accept returns the next connection.
func (f *foundlings) Accept() (net.Conn, error) {
	select {
	case c := <-f.incoming:
		return c, nil
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Addr is where we are found otherwise.
func (f *foundlings) Addr() net.Addr { return f.addr }

// Close does nothing: the transport's end is this one's.
func (f *foundlings) Close() error { return nil }

// Blocks says whether an address is on the block list.
func (t *Transport) Blocks(a netip.Addr) bool { return t.blocked.Load().Contains(a) }

// Adopt takes a connection that was made elsewhere and is encrypted there; limits of rate and number and the
// block list hold for it. An outgoing one, on which we speak first, is what the next dial to remote gets; without
// one it is closed soon. It says whether the connection was taken; one that was not is the caller's to close.
func (t *Transport) Adopt(raw net.Conn, remote netip.AddrPort, outgoing bool) bool {
	if t.adoption.incoming == nil || t.ctx.Err() != nil || t.Blocks(remote.Addr()) {
		return false
	}
	if !outgoing {
		select {
		case t.adoption.incoming <- raw: // the listener counts it
			return true
		default:
			return false
		}
	}
	if ok, _ := t.enter(0); !ok {
		return false
	}
	c := t.newConn(raw, remote, false)
	c.outgoing, c.safe = true, true
	if !t.adoption.offer(c) {
		t.exit()
		return false
	}
	time.AfterFunc(adoptTime, func() {
		if t.adoption.drop(c) {
			_ = c.Close()
		}
	})
	return true
}

// offer has a connection wait for its dial.
func (a *adoption) offer(c *Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.outgoing) >= MaxAdopted || a.outgoing[c.remote] != nil {
		return false
	}
	a.outgoing[c.remote] = c
	return true
}

// take returns the connection with a peer that waits, nil if there is none.
func (a *adoption) take(remote netip.AddrPort) *Conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.outgoing[remote]
	delete(a.outgoing, remote)
	return c
}

// drop says whether a connection waited until now.
func (a *adoption) drop(c *Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.outgoing[c.remote] != c {
		return false
	}
	delete(a.outgoing, c.remote)
	return true
}
