package bt

import (
	"crypto/sha256"
	"math/bits"

	pp "github.com/anacrolix/torrent/peer_protocol"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// The hashes of v2 as others ask for them (BEP 52), and the messages of both directions.

// onHashes takes a message of hashes. e.mu is held.
func (e *Engine) onHashes(lk *link, msg *pp.Message) {
	if lk.chores >= MaxLinkChores {
		return
	}
	var do func()
	if layers := lk.slot.layers; msg.Type == pp.Hashes && layers != nil {
		m, hashes := requestOf(msg), copyHashes(msg)
		do = func() { layers.receive(lk, m, hashes) }
	} else if msg.Type == pp.HashReject && layers != nil {
		m := requestOf(msg)
		do = func() { layers.rejected(lk, m) }
	} else if tree := lk.slot.tree.Load(); msg.Type == pp.HashRequest && tree != nil && lk.wire != nil {
		m := *msg
		do = func() { lk.wire.Inject(answer(tree, &m)) }
	} else {
		return
	}
	lk.chores++
	e.chores.add(func() {
		e.mu.Lock()
		lk.chores--
		e.mu.Unlock()
		do()
	})
}

// MaxHashes is the most hashes that one request may ask for, as in BEP 52.
const MaxHashes = 8192

// answer is the message to a hash request: the hashes, or that there are none for it.
func answer(t *checked.Torrent, m *pp.Message) []byte {
	hashes, ok := hashesFor(t, m)
	out := pp.Message{
		Type: pp.HashReject, PiecesRoot: m.PiecesRoot, BaseLayer: m.BaseLayer, Index: m.Index, Length: m.Length,
		ProofLayers: m.ProofLayers,
	}
	if ok {
		out.Type, out.Hashes = pp.Hashes, hashes
	}
	return out.MustMarshalBinary()
}

// hashesFor are hashes of the layer of pieces, and then their uncles on the way to the root: those of the layers that
// are asked for, less the ones that follow from the hashes themselves.
func hashesFor(t *checked.Torrent, m *pp.Message) ([][32]byte, bool) {
	raw := t.Layers[m.PiecesRoot]
	base := bits.TrailingZeros64(uint64(t.Info.PieceLength / checked.BlockSize))
	n, at := int(m.Length), int(m.Index)
	width := checked.Width(int64(len(raw) / checked.SizeV2))
	if raw == nil || int(m.BaseLayer) != base || n < 2 || n > MaxHashes || n&(n-1) != 0 || at%n != 0 || at >= width ||
		n > width || m.ProofLayers > 64 {
		return nil, false
	}
	level := make([]checked.HashV2, width)
	pad := checked.PadHash(int(t.Info.PieceLength / checked.BlockSize))
	for i := range level {
		level[i] = pad
		if i*checked.SizeV2 < len(raw) {
			level[i] = checked.HashV2(raw[i*checked.SizeV2:])
		}
	}
	var out [][32]byte
	for _, h := range level[at : at+n] {
		out = append(out, h)
	}
	for up := 1; up <= int(m.ProofLayers) && len(level) > 1; up++ {
		level = parents(level)
		at /= 2
		if sibling := at ^ 1; 1<<up >= n && sibling < len(level) {
			out = append(out, level[sibling])
		}
	}
	return out, true
}

// parents is the layer above.
func parents(level []checked.HashV2) []checked.HashV2 {
	up := make([]checked.HashV2, len(level)/2)
	for i := range up {
		up[i] = sha256.Sum256(append(append(make([]byte, 0, 2*checked.SizeV2), level[2*i][:]...), level[2*i+1][:]...))
	}
	return up
}
