package bt

import (
	"net/netip"
	"time"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"
	utholepunch "github.com/anacrolix/torrent/peer_protocol/ut-holepunch"
)

// The extension numbers we give out (BEP 10), in the order of protocols. Peers use them towards us.
const (
	metadataNumber  pp.ExtensionNumber = 3
	extensionNumber pp.ExtensionNumber = 4
)

// protocols is the table of extensions every connection advertises. ut_metadata is advertised but not
// left to the library: a negative piece number makes it panic, and it parses what strangers send before
// anybody can look.
func (e *Engine) protocols() *torrent.LocalLtepProtocolMap {
	names := []pp.ExtensionName{
		utholepunch.ExtensionName, pp.ExtensionNamePex, // the library's
		pp.ExtensionNameMetadata, // ours
	}
	if !e.cfg.NoExtension {
		names = append(names, pp.ExtensionName(e.cfg.Extension))
	}
	return &torrent.LocalLtepProtocolMap{Index: names, NumBuiltin: 2}
}

// installCallbacks hooks the engine into the library. All but CompletedHandshake run
// under the client-wide lock: they take only e.mu, and leave the rest to e.chores.
func (e *Engine) installCallbacks(c *torrent.ClientConfig) {
	protocols := e.protocols()
	c.Callbacks = torrent.Callbacks{
		CompletedHandshake: e.onHandshake,
		PeerConnAdded: []func(*torrent.PeerConn){func(pc *torrent.PeerConn) {
			pc.LocalLtepProtocolMap = protocols
			e.onAdded(pc)
		}},
		ReadMessage:                  e.onMessage,
		ReadExtendedHandshake:        e.onExtendedHandshake,
		PeerConnReadExtensionMessage: []func(torrent.PeerConnReadExtensionMessageEvent){e.onExtensionMessage},
		PeerConnClosed:               e.onClosed,
	}
}

// onAdded registers a connection that finished its handshake.
func (e *Engine) onAdded(pc *torrent.PeerConn) {
	lk := &link{
		pc:       pc,
		peerID:   pc.PeerID,
		incoming: pc.Discovery == torrent.PeerSourceIncoming,
		remote:   addrOf(pc.RemoteAddr),
		since:    time.Now(),

		punchLimit: newPunchLimit(),
	}
	infohash := pc.Torrent().InfoHash()
	lk.wire = e.sockets.Conn(infohash, lk.remote, !lk.incoming)
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.mu.slots[infohash]
	e.mu.links[pc] = lk
	if s == nil || s.dropping || s.parked {
		e.chores.add(lk.close)
		return
	}
	lk.slot = s
	if s.role == roleSwarm && (len(s.links) >= e.cfg.SwarmPeers || crowded(s.links, lk.remote.Addr())) {
		e.chores.add(lk.close) // before it has a session: the oldest stay
		return
	}
	if s.role == roleDownload && s.book.bans(lk.remote.Addr()) {
		e.chores.add(lk.close)
		return
	}
	s.links[pc] = lk
	if s.role == roleDownload && !lk.incoming {
		s.book.meet(lk.remote, lk.since)
	}
	select {
	case s.met <- struct{}{}:
	default:
	}
	if s.shape != nil {
		s.shape.added(lk, pc.PeerExtensionBytes.SupportsFast(), s.complete.Load())
	}
	s.used, s.visited = lk.since, true
	e.nudger.touch(s)
}

// crowded says whether an address has all the connections of a rendezvous that it may have. Neighbours are
// not counted: they share addresses.
func crowded(links map[*torrent.PeerConn]*link, addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsPrivate() {
		return false
	}
	n, place := 0, placeOf(addr)
	for _, lk := range links {
		if placeOf(lk.remote.Addr()) == place {
			n++
		}
	}
	return n >= MaxPerAddress
}

// placeOf is what one stranger has: an IPv4 address or an IPv6 network of 64 bits.
func placeOf(addr netip.Addr) netip.Prefix {
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	p, _ := addr.WithZone("").Prefix(bits) // fails for the zero address only
	return p
}

// onExtendedHandshake learns what the peer supports. It may come several times on a connection.
func (e *Engine) onExtendedHandshake(pc *torrent.PeerConn, m *pp.ExtendedHandshakeMessage) {
	size := m.MetadataSize
	m.MetadataSize = 0 // the library would allocate it, up to 16 MiB for a stranger's claim
	known(m, pc.LocalLtepProtocolMap)
	e.mu.Lock()
	defer e.mu.Unlock()
	lk := e.mu.links[pc]
	if lk == nil || lk.slot == nil || lk.slot.links[pc] == nil {
		return
	}
	if e.cfg.DisablePEX || lk.slot.private.Load() {
		delete(m.M, pp.ExtensionNamePex) // BEP 27
	}
	if number, told := m.M[utholepunch.ExtensionName]; told {
		lk.punches.Store(number != 0)
	}
	lk.listen = lk.dialable(m.Port)
	if lk.slot.role == roleDownload {
		lk.slot.book.meet(lk.listen, time.Now())
	}
	speaks := !e.cfg.NoExtension && m.M[pp.ExtensionName(e.cfg.Extension)] != 0
	switch {
	case lk.slot.role == roleSwarm && !speaks:
		e.chores.add(lk.close) // of no use there
	case lk.slot.role == roleSwarm && lk.conn == nil:
		e.beginSession(lk, m.V)
	case speaks && lk.slot.role != roleSwarm && lk.listen.IsValid():
		e.hintLocked(hint{lk.slot.infohash, lk.listen})
	}
	if meta := lk.slot.meta; meta != nil && m.M[pp.ExtensionNameMetadata] != 0 {
		e.chores.add(func() { meta.offer(lk, size) })
	}
	if layers := lk.slot.layers; layers != nil {
		e.chores.add(func() { layers.ask(lk) })
	}
}

// beginSession hands a connection on a rendezvous to its swarm. e.mu is held.
func (e *Engine) beginSession(lk *link, client string) {
	lk.conn = newConn(e, lk, client)
	swarm, conn := lk.slot.swarm, lk.conn
	if e.mu.closed {
		return
	}
	e.wg.Go(conn.pump)
	e.wg.Go(func() { swarm.onConn(conn) })
}

// hintLocked queues a hint for the caller, or forgets it.
func (e *Engine) hintLocked(h hint) {
	if e.cfg.OnPeer == nil {
		return
	}
	select {
	case e.hints <- h:
	default:
	}
}

// onExtensionMessage takes the messages of our extension and of ut_metadata. The payload belongs to the
// library and is copied.
func (e *Engine) onExtensionMessage(ev torrent.PeerConnReadExtensionMessageEvent) {
	if ev.ExtensionNumber != extensionNumber && ev.ExtensionNumber != metadataNumber {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	lk := e.mu.links[ev.PeerConn]
	if lk == nil || lk.slot == nil {
		return
	}
	payload := append([]byte(nil), ev.Payload...)
	if ev.ExtensionNumber == extensionNumber {
		if lk.conn != nil && !lk.conn.push(payload) {
			e.chores.add(lk.close)
		}
		return
	}
	if lk.slot.role == roleSwarm || lk.chores >= MaxLinkChores {
		return
	}
	lk.chores++
	e.chores.add(func() { e.onMetadata(lk, payload) })
}

// onClosed forgets a connection; its session ends.
func (e *Engine) onClosed(pc *torrent.PeerConn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lk := e.mu.links[pc]
	if lk == nil {
		return
	}
	delete(e.mu.links, pc)
	if lk.conn != nil {
		lk.conn.end(ErrClosed)
	}
	if s := lk.slot; s != nil {
		delete(s.links, pc)
		if s.shape != nil {
			s.shape.gone(lk)
		}
		s.used = time.Now()
		if s.role == roleDownload && lk.seeds(pieceCount(pc)) {
			s.book.rest(lk.address(), s.used)
		}
		s.book.kick()
		if s.meta != nil {
			e.chores.add(func() { s.meta.gone(lk) })
		}
		if s.layers != nil {
			e.chores.add(func() { s.layers.gone(lk) })
		}
	}
	if e.mu.empty != nil && len(e.mu.links) == 0 {
		select {
		case <-e.mu.empty:
		default:
			close(e.mu.empty)
		}
	}
}

// addrOf reads the library's address; peers behind other transports have none.
func addrOf(a torrent.PeerRemoteAddr) netip.AddrPort {
	if ap, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return unmap(ap.AddrPort())
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return unmap(ap)
}
