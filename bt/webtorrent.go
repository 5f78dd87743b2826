package bt

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/anacrolix/torrent"

	"github.com/torrenttx/ttx/bt/webtorrent"
)

// openWebTorrent opens the socket of WebRTC where the engine listens, if it is wanted.
func (e *Engine) openWebTorrent() error {
	if !e.cfg.WebTorrent {
		return nil
	}
	host, _, err := e.cfg.listenHostPort()
	if err != nil {
		return err
	}
	socket, err := e.sockets.ListenPacket("udp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("opening the socket for WebRTC: %w", err)
	}
	e.web = webtorrent.New(webtorrent.Config{
		PeerID: e.client.PeerID(), UserAgent: e.cfg.Version, Logger: e.log,
		DialContext: e.sockets.DialContext, Socket: socket, Blocked: e.sockets.Blocks, Deliver: e.adopt,
	})
	return nil
}

// adopt gives a WebRTC connection to the library, which dials what we began.
func (e *Engine) adopt(infohash [20]byte, c net.Conn, remote netip.AddrPort, offered bool) {
	if !e.sockets.Adopt(c, remote, offered) {
		_ = c.Close()
		return
	}
	if !offered {
		return
	}
	e.mu.Lock()
	s := e.mu.slots[infohash]
	e.mu.Unlock()
	if s != nil && s.live() {
		addr := net.TCPAddrFromAddrPort(remote) // the library tells addresses apart by their text
		s.t.AddPeers([]torrent.PeerInfo{{Addr: addr, Source: torrent.PeerSourceTracker}})
	}
}

// closeWebTorrent begins to end WebRTC's connections; the channel is closed when that is done.
func (e *Engine) closeWebTorrent() <-chan struct{} {
	ended := make(chan struct{})
	if e.web == nil {
		close(ended)
		return ended
	}
	go func() {
		defer close(ended)
		e.web.Close()
	}()
	return ended
}
