package bt

import pp "github.com/anacrolix/torrent/peer_protocol"

// Bounds of peer exchange (BEP 11), of which the library remembers every address for as long as a connection lives.
const (
	// MaxPEXMessage is the longest message taken, in bytes: 50 peers of each family that came and 50 that went,
	// as BEP 11 has it, in 2,600 bytes, and the first message may have more.
	MaxPEXMessage = 8 << 10
	// MaxPEXBytes is how much is taken on one connection: six hours of such messages, one a minute, of 700
	// bytes, or some 40,000 addresses.
	MaxPEXBytes = 256 << 10
	// pexNumber is the extension number we give out for it, see protocols.
	pexNumber pp.ExtensionNumber = 2
)

// exchanges says whether the library may see a message, of which those of peer exchange have bounds, and are
// nothing for a private torrent (BEP 27).
func (e *Engine) exchanges(s *slot, lk *link, msg *pp.Message) bool {
	if msg.Type != pp.Extended || msg.ExtendedID != pexNumber {
		return true
	}
	n := len(msg.ExtendedPayload)
	return !e.cfg.DisablePEX && !s.private.Load() && n <= MaxPEXMessage && lk.heard.Add(int64(n)) <= MaxPEXBytes
}
