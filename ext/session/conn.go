package session

import "net/netip"

// Conn is the connection under a session: one peer that negotiated the extension. bt.Conn is one.
type Conn interface {
	// Send hands over one frame, which the caller gives up. It may queue without limit: the session's
	// credit is the bound.
	Send(frame []byte) error
	// Recv gives the frames of the peer in order; the session owns them. It may be closed at the end.
	Recv() <-chan []byte
	// Done is closed when the connection has ended.
	Done() <-chan struct{}
	Close()
	// RemoteAddr is where the peer's packets come from.
	RemoteAddr() netip.AddrPort
	// ListenAddr is where the peer can be dialled.
	ListenAddr() netip.AddrPort
}
