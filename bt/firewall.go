package bt

import (
	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/metainfo"
	pp "github.com/anacrolix/torrent/peer_protocol"
	"time"
)

// onMessage looks at each message before the library does and turns into a keep-alive, which is
// ignored, whatever the library would panic on or has no business on this swarm.
func (e *Engine) onMessage(pc *torrent.PeerConn, msg *pp.Message) {
	if msg.Keepalive {
		return
	}
	e.mu.Lock()
	lk := e.mu.links[pc]
	var s *slot
	if lk != nil {
		s = lk.slot
	}
	if s != nil {
		s.used = time.Now()
		e.nudger.touch(s)
	}
	if s != nil && (msg.Type == pp.Hashes || msg.Type == pp.HashRequest || msg.Type == pp.HashReject) {
		e.onHashes(lk, msg)
	}
	e.mu.Unlock()
	shaped := s == nil || s.shape == nil || s.shape.receives(lk, msg)
	if s != nil && shaped && msg.Type == pp.Request {
		lk.requests.Add(1)
	}
	if s != nil && s.role == roleDownload {
		lk.hears(msg, pieceCount(pc))
	}
	if s == nil || !shaped || !e.exchanges(s, lk, msg) || !e.punches(s, lk, msg) || !admissible(s.role, msg.Type, pc.Torrent().Info) {
		*msg = pp.Message{Keepalive: true}
	}
}

// pieceCount is how many pieces the torrent of a connection has, 0 while that is not known.
func pieceCount(pc *torrent.PeerConn) int {
	if info := pc.Torrent().Info(); info != nil {
		return info.NumPieces()
	}
	return 0
}

// admissible says whether the library may see a message on a torrent of the role.
func admissible(r role, t pp.MessageType, info func() *metainfo.Info) bool {
	if r == roleSwarm {
		// There are no pieces on a rendezvous; the library dereferences the missing info on some.
		return t == pp.Extended || t == pp.Port
	}
	switch t {
	case pp.Hashes:
		return false // unsolicited ones are dereferenced unchecked; v1 hashes suffice for hybrids
	case pp.HashRequest:
		i := info()
		return i != nil && i.HasV2()
	case pp.Request, pp.Piece, pp.Cancel, pp.Reject, pp.AllowedFast, pp.Suggest, pp.HashReject:
		return info() != nil
	}
	return true
}
