package bt

import (
	"crypto/sha256"
	"math/bits"

	"github.com/anacrolix/torrent"
	pp "github.com/anacrolix/torrent/peer_protocol"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// A magnet link of a v2-only torrent leads to the info dictionary, which has the root of each file, but not the hashes
// of the pieces: those come from peers by hash requests (BEP 52). The library makes the requests, for a torrent
// that it sees as it is; the answers are read here, since it panics on some.

// layerFetch gets the piece layers of a v2-only torrent. Everything in it runs on Engine.chores.
type layerFetch struct {
	info    *checked.Info
	base    int // the layer of the pieces above that of the blocks
	missing map[checked.HashV2]*layer
	got     map[checked.HashV2][]byte
	done    chan struct{} // closed when all are there; got belongs to the receiver then
}

// layer is the hashes of the pieces of one file as they come.
type layer struct {
	hashes []checked.HashV2
	have   bitset
	left   int
	from   map[*link]bool
}

func newLayerFetch(info *checked.Info) *layerFetch {
	f := &layerFetch{
		info: info, base: bits.TrailingZeros64(uint64(info.PieceLength / checked.BlockSize)),
		missing: make(map[checked.HashV2]*layer), got: make(map[checked.HashV2][]byte), done: make(chan struct{}),
	}
	for i := range info.Files {
		if file := &info.Files[i]; file.Length > info.PieceLength {
			f.missing[file.Root] = newLayer(int((file.Length + info.PieceLength - 1) / info.PieceLength))
		}
	}
	return f
}

func newLayer(n int) *layer {
	return &layer{
		hashes: make([]checked.HashV2, n), have: newBitset(n), left: n, from: make(map[*link]bool),
	}
}

// lacksLayers says whether a torrent cannot be checked piece by piece yet.
func lacksLayers(t *checked.Torrent) bool {
	if t.Info.V1 {
		return false
	}
	for i := range t.Info.Files {
		if f := &t.Info.Files[i]; f.Length > t.Info.PieceLength && t.Layers[f.Root] == nil {
			return true
		}
	}
	return false
}

// hashesMessage is an answer to a hash request.
type hashesMessage struct {
	root        checked.HashV2
	base, index int
	hashes      []checked.HashV2
}

// copyHashes copies a message of the library's.
func copyHashes(msg *pp.Message) hashesMessage {
	m := hashesMessage{root: msg.PiecesRoot, base: int(msg.BaseLayer), index: int(msg.Index)}
	n := min(len(msg.Hashes), int(msg.Length)) // proofs follow, which nobody asked for
	for _, h := range msg.Hashes[:n] {
		m.hashes = append(m.hashes, h)
	}
	return m
}

// receive takes hashes. When a layer is whole and does not lead to its root, it is begun anew without those who sent
// it.
func (f *layerFetch) receive(lk *link, m hashesMessage) {
	l := f.missing[m.root]
	if l == nil || m.base != f.base || m.index < 0 {
		return
	}
	for i, h := range m.hashes {
		at := m.index + i
		if at >= len(l.hashes) {
			break // padding to a power of two
		}
		if l.have.put(at, true) {
			l.hashes[at] = h
			l.left--
			l.from[lk] = true
		}
	}
	if l.left > 0 {
		return
	}
	if raw := l.bytes(); checked.FileRoot(l.hashes, f.info.PieceLength) == m.root {
		f.got[m.root] = raw
		delete(f.missing, m.root)
	} else {
		f.missing[m.root] = newLayer(len(l.hashes))
		for lk := range l.from {
			lk.close()
		}
	}
	if len(f.missing) == 0 {
		close(f.done)
	}
}

func (l *layer) bytes() []byte {
	raw := make([]byte, 0, len(l.hashes)*checked.SizeV2)
	for i := range l.hashes {
		raw = append(raw, l.hashes[i][:]...)
	}
	return raw
}

// onHashes takes a message of hashes. e.mu is held.
func (e *Engine) onHashes(lk *link, msg *pp.Message) {
	if lk.chores >= MaxLinkChores {
		return
	}
	var do func()
	if layers := lk.slot.layers; msg.Type == pp.Hashes && layers != nil {
		m := copyHashes(msg)
		do = func() { layers.receive(lk, m) }
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

// layersOpts is how a torrent is added of which only hashes are wanted: as it is, with the info from the start, so
// that the library knows the infohash for one of v2 before anybody connects.
func layersOpts(info []byte) torrent.AddTorrentOpts {
	return torrent.AddTorrentOpts{
		Storage: nowhere{}, InfoBytes: info, DisallowDataUpload: true, DisallowDataDownload: true,
	}
}
