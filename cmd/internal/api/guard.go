package api

import (
	"net"
	"sync"
)

// maxConns bounds the connections served at once; more wait in the kernel.
const maxConns = 64

// guard is a listener that admits at most maxConns peers, all of this user.
type guard struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func newGuard(l net.Listener) *guard {
	return &guard{Listener: l, slots: make(chan struct{}, maxConns), done: make(chan struct{})}
}

// Accept waits for a free slot and the next peer of this user.
func (g *guard) Accept() (net.Conn, error) {
	select {
	case g.slots <- struct{}{}:
	case <-g.done:
		return nil, net.ErrClosed
	}
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			<-g.slots
			return nil, err
		}
		if sameUser(conn) {
			return &guarded{Conn: conn, release: func() { <-g.slots }}, nil
		}
		conn.Close()
	}
}

// Close stops Accept, also one that waits for a slot.
func (g *guard) Close() error {
	g.once.Do(func() { close(g.done) })
	return g.Listener.Close()
}

// guarded is a connection that gives its slot back when it closes.
type guarded struct {
	net.Conn
	once    sync.Once
	release func()
}

// Close closes the connection.
func (c *guarded) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}
