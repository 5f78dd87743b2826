package bt

import (
	"crypto/sha256"
	"math/bits"

	pp "github.com/anacrolix/torrent/peer_protocol"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// A magnet link of a v2-only torrent leads to the info dictionary, which has the root of each file, but not the hashes
// of the pieces: those come from peers by hash requests (BEP 52). The library knows nothing of it, as it knows nothing of
// the info: it panics on some answers, and on some of its own checks of a torrent whose pieces have no hashes.

// layerFetch gets the piece layers of a v2-only torrent. Everything in it runs on Engine.chores.
type layerFetch struct {
	info    *checked.Info
	base    int // the layer of the pieces above that of the blocks
	missing map[checked.HashV2]*layer
	got     map[checked.HashV2][]byte
	asked   map[*link]*layerTry
	done    chan struct{} // closed when all are there; got belongs to the receiver then
}

const (
	// layerRequest is how many hashes are asked for at a time: 16 KiB, as libtorrent does.
	layerRequest = 512
	// layerWindow is how many requests a peer has at a time; their answers are fewer than MaxLinkChores.
	layerWindow = 32
)

// layerTry is what one peer is still to be asked for, and how many answers it owes.
type layerTry struct {
	next []hashesMessage // without hashes
	owes int
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
		missing: make(map[checked.HashV2]*layer), got: make(map[checked.HashV2][]byte),
		asked: make(map[*link]*layerTry), done: make(chan struct{}),
	}
	for i := range info.Files {
		if file := &info.Files[i]; file.Length > info.PieceLength {
			f.missing[file.Root] = newLayer(int((file.Length + info.PieceLength - 1) / info.PieceLength))
		}
	}
	return f
}

// ask asks a peer for all that is missing, once, some of it at a time.
func (f *layerFetch) ask(lk *link) {
	if f.asked[lk] != nil || lk.wire == nil {
		return
	}
	try := new(layerTry)
	f.asked[lk] = try
	for root := range f.missing {
		f.want(try, root)
	}
	f.send(lk, try)
}

// want puts a layer on the list of a peer.
func (f *layerFetch) want(try *layerTry, root checked.HashV2) {
	for at := 0; at < len(f.missing[root].hashes); at += layerRequest {
		try.next = append(try.next, hashesMessage{root: root, base: f.base, index: at})
	}
}

// send keeps the window of requests full. What came from others meanwhile is left out.
func (f *layerFetch) send(lk *link, try *layerTry) {
	var out []byte
	for try.owes < layerWindow && len(try.next) > 0 {
		m := try.next[0]
		try.next = try.next[1:]
		l := f.missing[m.root]
		if l == nil {
			continue
		}
		n := min(layerRequest, len(l.hashes)-m.index)
		if l.have.count(m.index, m.index+n) == n {
			continue
		}
		n = max(2, checked.Width(int64(n))) // no request is for one
		out = append(out, pp.Message{
			Type: pp.HashRequest, PiecesRoot: m.root, BaseLayer: pp.Integer(m.base), Index: pp.Integer(m.index), Length: pp.Integer(n),
		}.MustMarshalBinary()...)
		try.owes++
	}
	if len(out) > 0 {
		lk.wire.Inject(out)
	}
}

// answered notes that a peer answered, be it in vain, and asks it for more.
func (f *layerFetch) answered(lk *link) {
	if try := f.asked[lk]; try != nil && try.owes > 0 {
		try.owes--
		f.send(lk, try)
	}
}

// gone forgets a peer.
func (f *layerFetch) gone(lk *link) { delete(f.asked, lk) }

func newLayer(n int) *layer {
	return &layer{
		hashes: make([]checked.HashV2, n), have: newBitset(n), left: n, from: make(map[*link]bool),
	}
}

// lacksLayers says whether a torrent cannot be checked piece by piece yet.
func lacksLayers(t *checked.Torrent) bool {
	return !t.Info.V1 && !t.Whole()
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
			delete(f.asked, lk)
			lk.close()
		}
		for lk, try := range f.asked {
			f.want(try, m.root)
			f.send(lk, try)
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
		do = func() {
			layers.receive(lk, m)
			layers.answered(lk)
		}
	} else if msg.Type == pp.HashReject && layers != nil {
		do = func() { layers.answered(lk) }
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
