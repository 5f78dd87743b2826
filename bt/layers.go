package bt

import (
	"math/bits"
	"slices"

	pp "github.com/anacrolix/torrent/peer_protocol"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// A magnet link of a v2-only torrent leads to the info dictionary, which has the root of each file, but not the hashes
// of the pieces: those come from peers by hash requests (BEP 52). The library knows nothing of it, as it knows nothing of
// the info: it panics on some answers, and on some of its own checks of a torrent whose pieces have no hashes.
//
// Every answer is judged by itself, as it comes with the hashes that lead from it to the root. So it is known who lied, and
// what the others sent stays. A peer that gives no such proof, as the library does not, is asked for the whole layer, and
// what it says is kept apart until that leads to the root.

// layerFetch gets the piece layers of a v2-only torrent. Everything in it runs on Engine.chores.
type layerFetch struct {
	info    *checked.Info
	base    int // the layer of the pieces above that of the blocks
	missing map[checked.HashV2]*layer
	got     map[checked.HashV2][]byte
	asked   map[*link]*layerTry
	done    chan struct{} // closed when all are there; got belongs to the receiver then

	send func(*link, []byte) // messages to a peer
	liar func(*link)         // told of a peer whose hashes are wrong
}

const (
	// layerRequest is how many hashes are asked for at a time: 16 KiB, as libtorrent does.
	layerRequest = 512
	// layerWindow is how many requests a peer has at a time; their answers are fewer than MaxLinkChores.
	layerWindow = 32
	// maxProof is how many hashes prove those of a request: one of each layer of a tree of 2^63 leaves.
	maxProof = 63
	// MaxPlainPeers is how many peers without proofs are asked at a time, each with a copy of the layers: at most four
	// times the 32 bytes of each piece.
	MaxPlainPeers = 4
)

// hashRequest is one for hashes of the layer of pieces of a file.
type hashRequest struct {
	root                   checked.HashV2
	base, index, n, proofs int
}

// layerTry is what one peer is still to be asked for, and what it owes.
type layerTry struct {
	next  []hashRequest
	owes  map[hashRequest]bool
	plain map[checked.HashV2]*layer // as this peer says, without proof
}

// layer is the hashes of the pieces of one file as they come.
type layer struct {
	hashes []checked.HashV2
	have   bitset
	left   int
}

func newLayerFetch(info *checked.Info, liar func(*link)) *layerFetch {
	f := &layerFetch{
		info: info, base: bits.TrailingZeros64(uint64(info.PieceLength / checked.BlockSize)),
		missing: make(map[checked.HashV2]*layer), got: make(map[checked.HashV2][]byte),
		asked: make(map[*link]*layerTry), done: make(chan struct{}),
		send: func(lk *link, b []byte) { lk.wire.Inject(b) },
		liar: liar,
	}
	for i := range info.Files {
		if file := &info.Files[i]; file.Length > info.PieceLength {
			n := int((file.Length + info.PieceLength - 1) / info.PieceLength)
			f.missing[file.Root] = newLayer(n)
		}
	}
	return f
}

func newLayer(n int) *layer {
	return &layer{hashes: make([]checked.HashV2, n), have: newBitset(n), left: n}
}

// ask asks a peer for all that is missing, once, some of it at a time.
func (f *layerFetch) ask(lk *link) {
	if f.asked[lk] != nil || lk.wire == nil {
		return
	}
	try := &layerTry{owes: make(map[hashRequest]bool)}
	f.asked[lk] = try
	for root, l := range f.missing {
		f.want(try, root, l, true)
	}
	f.fill(lk, try)
}

// want puts a layer on the list of a peer. The hashes of a request lead to the root when they are all there are, or with
// the proof.
func (f *layerFetch) want(try *layerTry, root checked.HashV2, l *layer, prove bool) {
	width := checked.Width(int64(len(l.hashes)))
	for at := 0; at < len(l.hashes); at += layerRequest {
		n := min(layerRequest, len(l.hashes)-at)
		r := hashRequest{root: root, base: f.base, index: at, n: max(2, checked.Width(int64(n)))} // no request is for one
		if prove && r.n < width {
			r.proofs = bits.TrailingZeros(uint(width)) - 1 // the layers below the root
		}
		try.next = append(try.next, r)
	}
}

// fill keeps the window of requests full. What came from others meanwhile is left out.
func (f *layerFetch) fill(lk *link, try *layerTry) {
	var out []byte
	for len(try.owes) < layerWindow && len(try.next) > 0 {
		r := try.next[0]
		try.next = try.next[1:]
		if l := f.missing[r.root]; l == nil || l.has(r) || try.owes[r] || try.plain[r.root] != nil && try.plain[r.root].has(r) {
			continue
		}
		out = append(out, pp.Message{
			Type: pp.HashRequest, PiecesRoot: r.root, BaseLayer: pp.Integer(r.base), Index: pp.Integer(r.index),
			Length: pp.Integer(r.n), ProofLayers: pp.Integer(r.proofs),
		}.MustMarshalBinary()...)
		try.owes[r] = true
	}
	if len(out) > 0 {
		f.send(lk, out)
	}
}

// has says whether all that a request asks for is there.
func (l *layer) has(r hashRequest) bool {
	end := min(r.index+r.n, len(l.hashes))
	return l.have.count(r.index, end) == end-r.index
}

// take enters the answer to a request. What lies behind the end is padding to a power of two.
func (l *layer) take(r hashRequest, hashes []checked.HashV2) {
	for i := 0; i < r.n && r.index+i < len(l.hashes); i++ {
		if l.have.put(r.index+i, true) {
			l.hashes[r.index+i] = hashes[i]
			l.left--
		}
	}
}

// settle takes a request off the list of what a peer owes, and says what is missing of the layer; nil if the peer was not
// asked, or nothing is.
func (f *layerFetch) settle(lk *link, r hashRequest) (*layerTry, *layer) {
	try := f.asked[lk]
	if try == nil || !try.owes[r] {
		return nil, nil
	}
	delete(try.owes, r)
	return try, f.missing[r.root]
}

// receive takes hashes, and the proof behind them.
func (f *layerFetch) receive(lk *link, r hashRequest, hashes []checked.HashV2) {
	try, l := f.settle(lk, r)
	switch {
	case try == nil:
		return
	case l == nil:
	case len(hashes) != r.n+r.uncles():
		f.expose(lk)
		return
	case r.proofs == 0 && r.n < checked.Width(int64(len(l.hashes))):
		if !f.receivePlain(lk, try, r, hashes) {
			return
		}
	case r.rootOf(hashes) != r.root:
		f.expose(lk)
		return
	default:
		l.take(r, hashes)
		f.finish(r.root, l)
	}
	f.fill(lk, try)
}

// receivePlain takes hashes without a proof, and says whether the peer may go on.
func (f *layerFetch) receivePlain(lk *link, try *layerTry, r hashRequest, hashes []checked.HashV2) bool {
	l := try.plain[r.root]
	if l == nil {
		return true
	}
	l.take(r, hashes)
	if l.left > 0 {
		return true
	}
	if checked.FileRoot(slices.Clone(l.hashes), f.info.PieceLength) != r.root {
		f.expose(lk)
		return false
	}
	delete(try.plain, r.root)
	f.finish(r.root, l)
	return true
}

// rejected notes that a peer refused: with the proof, that it has none to give, and it is asked for all that is missing of
// the layer.
func (f *layerFetch) rejected(lk *link, r hashRequest) {
	try, l := f.settle(lk, r)
	if try == nil {
		return
	}
	if l != nil && r.proofs > 0 && try.plain[r.root] == nil && f.plainPeers(try) < MaxPlainPeers {
		if try.plain == nil {
			try.plain = make(map[checked.HashV2]*layer)
		}
		try.next = slices.DeleteFunc(try.next, func(n hashRequest) bool { return n.root == r.root })
		try.plain[r.root] = &layer{hashes: slices.Clone(l.hashes), have: slices.Clone(l.have), left: l.left}
		f.want(try, r.root, try.plain[r.root], false)
	}
	f.fill(lk, try)
}

// plainPeers is how many others have a copy of a layer.
func (f *layerFetch) plainPeers(but *layerTry) (n int) {
	for _, try := range f.asked {
		if try != but && len(try.plain) > 0 {
			n++
		}
	}
	return n
}

// finish keeps a layer that is whole, as it is known to be right.
func (f *layerFetch) finish(root checked.HashV2, l *layer) {
	if l.left > 0 {
		return
	}
	f.got[root] = l.bytes()
	delete(f.missing, root)
	for _, try := range f.asked {
		delete(try.plain, root)
	}
	if len(f.missing) == 0 {
		close(f.done)
	}
}

// expose ends the exchange with a liar.
func (f *layerFetch) expose(lk *link) {
	f.gone(lk)
	f.liar(lk)
}

// gone forgets a peer.
func (f *layerFetch) gone(lk *link) { delete(f.asked, lk) }

// uncles is how many hashes prove those of a request: of each layer, from that which has one node above them all up to
// the last that is asked for, the node beside.
func (r hashRequest) uncles() int {
	return max(0, r.proofs-bits.TrailingZeros(uint(r.n))+1)
}

// rootOf is the root to which hashes and their proof lead. Its argument has as many as the request asks for.
func (r hashRequest) rootOf(hashes []checked.HashV2) checked.HashV2 {
	level := slices.Clone(hashes[:r.n])
	for len(level) > 1 {
		level = parents(level)
	}
	node, at := level[0], r.index/r.n
	for _, uncle := range hashes[r.n:] {
		pair := []checked.HashV2{node, uncle}
		if at%2 == 1 {
			pair[0], pair[1] = uncle, node
		}
		node, at = parents(pair)[0], at/2
	}
	return node
}

// lacksLayers says whether a torrent cannot be checked piece by piece yet.
func lacksLayers(t *checked.Torrent) bool {
	return !t.Info.V1 && !t.Whole()
}

// requestOf is what a message answers.
func requestOf(msg *pp.Message) hashRequest {
	return hashRequest{
		root: msg.PiecesRoot, base: int(msg.BaseLayer), index: int(msg.Index), n: int(msg.Length), proofs: int(msg.ProofLayers),
	}
}

// copyHashes copies those of a message of the library's, no more than any answer has.
func copyHashes(msg *pp.Message) []checked.HashV2 {
	n := min(len(msg.Hashes), layerRequest+maxProof)
	hashes := make([]checked.HashV2, n)
	for i, h := range msg.Hashes[:n] {
		hashes[i] = h
	}
	return hashes
}

func (l *layer) bytes() []byte {
	raw := make([]byte, 0, len(l.hashes)*checked.SizeV2)
	for i := range l.hashes {
		raw = append(raw, l.hashes[i][:]...)
	}
	return raw
}
