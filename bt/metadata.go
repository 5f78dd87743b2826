package bt

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"

	pp "github.com/anacrolix/torrent/peer_protocol"

	"github.com/torrenttx/ttx/bt/bencode"
)

// The exchange of info dictionaries (BEP 9). Everything here runs on Engine.chores, one after another.

// metadataMessage is the dictionary at the head of a ut_metadata message.
type metadataMessage struct {
	Type  int `bencode:"msg_type"`
	Piece int `bencode:"piece"`
}

const (
	metadataRequest = 0
	metadataData    = 1
	metadataReject  = 2

	// MaxMetadataPeers is how many peers are asked for the info at once; each is asked for all of it, so
	// that a liar is known by the hash of what it sent.
	MaxMetadataPeers = 4
	// metadataWindow is how many pieces are asked for ahead.
	metadataWindow = 8
	// bareTicks is how many ticks a peer without the info is kept by who fetches something small, patientTicks by a
	// download: half a minute.
	bareTicks, patientTicks = 2, 6
	// MetadataRounds is how often one connection may take all pieces of the info from us.
	MetadataRounds = 4
)

// metadataFetch gets the info dictionary of one torrent.
type metadataFetch struct {
	infohash [20]byte
	v2       *[32]byte   // the whole v2 infohash, if it is known
	takesV2  bool        // a v2-only torrent will do
	max      int         // bytes
	found    chan []byte // gets the info once
	refused  chan error  // gets a permanent reason once
	done     bool
	tries    map[*link]*metadataTry
	waiting  []*metadataTry
	bare     map[*link]int // said that they have no info, and how many ticks ago
}

// metadataTry is the info as one peer sends it.
type metadataTry struct {
	lk       *link
	size     int
	buf      []byte // pieces come in order; others are ignored
	asked    int    // pieces requested
	progress bool   // since the last tick
}

func newMetadataFetch(infohash [20]byte, limit int) *metadataFetch {
	return &metadataFetch{
		infohash: infohash,
		max:      limit,
		found:    make(chan []byte, 1),
		refused:  make(chan error, 1),
		tries:    make(map[*link]*metadataTry),
		bare:     make(map[*link]int),
	}
}

// offer considers a peer that says it has an info of so many bytes.
func (m *metadataFetch) offer(lk *link, size int) {
	if m.done || m.tries[lk] != nil {
		return
	}
	if size <= 0 {
		m.bare[lk] = 0
		return
	}
	if size > m.max {
		lk.close() // it may lie, or it is not what we want; either way no use of the peer
		return
	}
	try := &metadataTry{lk: lk, size: size}
	if len(m.tries) >= MaxMetadataPeers {
		m.waiting = append(m.waiting, try)
		return
	}
	m.tries[lk] = try
	try.ask()
}

// ask keeps the window of requests full.
func (t *metadataTry) ask() {
	pieces := (t.size + metadataPieceSize - 1) / metadataPieceSize
	for t.asked < pieces && t.asked < len(t.buf)/metadataPieceSize+metadataWindow {
		t.lk.sendMetadata(metadataRequest, t.asked, "", nil)
		t.asked++
	}
}

// receive takes a piece.
func (m *metadataFetch) receive(lk *link, piece int, data []byte) {
	t := m.tries[lk]
	if m.done || t == nil || piece != len(t.buf)/metadataPieceSize {
		return
	}
	if len(data) != min(metadataPieceSize, t.size-len(t.buf)) {
		m.fail(t)
		return
	}
	t.buf = append(t.buf, data...)
	t.progress = true
	if len(t.buf) < t.size {
		t.ask()
		return
	}
	m.finish(t)
}

// finish judges a complete info by its hash.
func (m *metadataFetch) finish(t *metadataTry) {
	v1, v2 := sha1.Sum(t.buf), sha256.Sum256(t.buf)
	switch {
	case m.v2 != nil && v2 != *m.v2:
		m.fail(t)
	case v1 == m.infohash, m.takesV2 && bytes.Equal(v2[:20], m.infohash[:]):
		m.found <- t.buf
		m.done = true
	case bytes.Equal(v2[:20], m.infohash[:]):
		m.refused <- ErrV2Only
		m.done = true
	default:
		m.fail(t)
	}
}

// fail hangs up on a peer whose info is wrong or does not come, and asks the next one.
func (m *metadataFetch) fail(t *metadataTry) {
	m.gone(t.lk)
	t.lk.close()
}

// gone forgets a peer.
func (m *metadataFetch) gone(lk *link) {
	delete(m.tries, lk)
	delete(m.bare, lk)
	waiting := m.waiting
	m.waiting = nil
	for _, t := range waiting {
		if t.lk != lk {
			m.offer(t.lk, t.size)
		}
	}
}

// tick fails the peers that sent nothing since the last one.
func (m *metadataFetch) tick() {
	if m.done {
		return
	}
	for _, t := range m.tries {
		if !t.progress {
			m.fail(t)
		}
		t.progress = false
	}
	m.hangUp()
}

// hangUp leaves peers that had no info when they were met. A seed that was just being started is one of them, and says
// how long its info is in a new connection only (BEP 9). Who has all the time there is, is patient with those that it can
// dial again, and stays with the others: peers of the swarm come by those that have no info yet, too.
func (m *metadataFetch) hangUp() {
	for lk := range m.bare {
		m.bare[lk]++
		if !m.takesV2 && m.bare[lk] >= bareTicks || m.takesV2 && m.bare[lk] >= patientTicks && !lk.incoming {
			lk.close()
		}
	}
}

// onMetadata handles a ut_metadata message.
func (e *Engine) onMetadata(lk *link, payload []byte) {
	e.mu.Lock()
	lk.chores--
	e.mu.Unlock()
	n, err := bencode.Len(payload)
	var msg metadataMessage
	if err != nil || unmarshal(payload[:n], &msg) != nil {
		lk.close()
		return
	}
	switch meta := lk.slot.meta; {
	case msg.Type == metadataRequest:
		lk.serveMetadata(msg.Piece)
	case msg.Type == metadataData && meta != nil:
		meta.receive(lk, msg.Piece, payload[n:])
	case msg.Type == metadataReject && meta != nil && meta.tries[lk] != nil:
		meta.fail(meta.tries[lk])
	}
}

// serveMetadata sends a piece of the info, or says that it will not.
func (lk *link) serveMetadata(piece int) {
	raw := lk.slot.info.Load()
	if raw == nil {
		lk.sendMetadata(metadataReject, piece, "", nil)
		return
	}
	pieces := (len(*raw) + metadataPieceSize - 1) / metadataPieceSize
	if piece < 0 || piece >= pieces || lk.served >= MetadataRounds*pieces {
		lk.sendMetadata(metadataReject, piece, "", nil)
		return
	}
	lk.served++
	start := piece * metadataPieceSize
	end := min(start+metadataPieceSize, len(*raw))
	lk.sendMetadata(metadataData, piece, fmt.Sprintf("10:total_sizei%de", len(*raw)), (*raw)[start:end])
}

// sendMetadata writes a ut_metadata message. A peer that is gone or does not take them is no error here.
func (lk *link) sendMetadata(kind, piece int, extra string, data []byte) {
	_ = lk.pc.WriteExtendedMessage(pp.ExtensionNameMetadata, append(encodeMetadata(kind, piece, extra), data...))
}

func encodeMetadata(kind, piece int, extra string) []byte {
	return fmt.Appendf(nil, "d8:msg_typei%de5:piecei%de%se", kind, piece, extra)
}
