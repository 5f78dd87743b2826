package pipeline

import "encoding/binary"

// The messages (BEP 3, BEP 6) that matter.
const (
	idRequest = 6
	idPiece   = 7
	idReject  = 16
)

// handshakeLength is the length and name of the protocol, eight reserved bytes, infohash and peer id.
const handshakeLength = 68

// protocol is what every handshake begins with.
const protocol = "\x13BitTorrent protocol"

// fastBit is that of BEP 6 in the last reserved byte.
const (
	fastByte = 27
	fastBit  = 0x04
)

// scan follows the messages in one direction of a connection. It keeps nothing of them but the head.
type scan struct {
	hands [handshakeLength]byte
	shook int // bytes of the handshake seen
	head  [5]byte
	n     int   // bytes of the head seen
	left  int64 // bytes of the message after the head
}

// handshake takes its part of b and returns how long that is.
func (s *scan) handshake(b []byte) int {
	n := copy(s.hands[s.shook:], b)
	s.shook += n
	return n
}

// whole says whether the handshake was seen, plain whether it was one, and fast whether it offers BEP 6.
func (s *scan) whole() bool { return s.shook == handshakeLength }
func (s *scan) plain() bool { return string(s.hands[:len(protocol)]) == protocol }
func (s *scan) fast() bool  { return s.hands[fastByte]&fastBit != 0 }

// next goes to the end of a message: how many bytes of b that takes, and the message's id, negative if its end is
// not in b or it has none.
func (s *scan) next(b []byte) (n, id int) {
	for s.n < len(s.head) {
		if n == len(b) {
			return n, -1
		}
		s.head[s.n] = b[n]
		s.n++
		n++
		if s.n < 4 {
			continue
		}
		length := int64(binary.BigEndian.Uint32(s.head[:4]))
		if length == 0 { // keep-alive
			s.n = 0
			return n, -1
		}
		s.left = length - 1
	}
	rest := min(s.left, int64(len(b)-n))
	s.left -= rest
	n += int(rest)
	if s.left > 0 {
		return n, -1
	}
	s.n = 0
	return n, int(s.head[4])
}
