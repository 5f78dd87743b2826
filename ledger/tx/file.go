package tx

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
)

const (
	// MaxFileSize bounds a torrent file: room for the piece hashes of some
	// 400,000 pieces, a transaction's own file being under 40 KiB.
	MaxFileSize = 8 << 20

	// MaxFileNesting bounds the lists and dictionaries inside one another in
	// the parts of a torrent file that are skipped.
	MaxFileNesting = 32
)

// File is a torrent file (BEP 3) with the dictionary `ttx` beside `info`: the
// network file, whose torrent is the genesis, or any other torrent that ttx
// exports. Other keys of a torrent file are neither kept nor written.
type File struct {
	// Info is the bencoded info dictionary of the torrent. Encode takes that
	// of Tx, or else of Genesis, when it is empty.
	Info []byte
	// Genesis is the genesis of the network the file belongs to.
	Genesis *Tx
	// Tx is the transaction whose torrent Info is; nil when the file does not
	// hold it.
	Tx *Tx
	// Peers are at most MaxPeers addresses of nodes, as host:port.
	Peers []string
	// Trackers are at most MaxTrackers addresses of trackers: the tiers of
	// `announce-list` (BEP 12), one after the other; written as one tier each.
	Trackers []string
	// Proof is the bencoded dictionary `proof`, which package proofs reads;
	// empty when absent. Here it is passed through.
	Proof []byte
}

// Infohash returns the v1 infohash of the file's torrent.
func (f *File) Infohash() Infohash { return sha1.Sum(f.Info) }

// TxID returns the id of the transaction whose torrent the file is; ok is
// false when it is the torrent of something else.
func (f *File) TxID() (id ID, ok bool) {
	if _, err := ParseInfo(f.Info); err != nil {
		return ID{}, false
	}
	return sha256.Sum256(f.Info), true
}

// IsNetwork reports whether the file's torrent is the genesis itself.
func (f *File) IsNetwork() bool {
	id, ok := f.TxID()
	return ok && id == f.Genesis.id
}

// Encode returns the torrent file. Genesis and Tx must be sealed.
func (f *File) Encode() ([]byte, error) {
	g := *f
	if g.Genesis == nil {
		return nil, refuse(ErrFile, "no genesis")
	}
	if len(g.Info) == 0 {
		g.Info = g.defaultInfo()
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	b := append(appendTrackers([]byte("d"), g.Trackers), "4:info"...)
	b = append(append(b, g.Info...), "3:ttxd"...)
	b = appendBytes(append(b, "1:g"...), g.Genesis.raw)
	b = appendBytes(append(b, "3:net"...), g.Genesis.id[:])
	if len(g.Peers) > 0 {
		b = append(b, "5:peersl"...)
		for _, p := range g.Peers {
			b = appendString(b, p)
		}
		b = append(b, 'e')
	}
	if len(g.Proof) > 0 {
		b = append(append(b, "5:proof"...), g.Proof...)
	}
	if g.Tx != nil {
		b = appendBytes(append(b, "2:tx"...), g.Tx.raw)
	}
	b = append(b, "ee"...)
	if len(b) > MaxFileSize {
		return nil, refuse(ErrFile, "larger than 8 MiB")
	}
	return b, nil
}

func (f *File) defaultInfo() []byte {
	if f.Tx != nil {
		return InfoBytes(f.Tx.raw)
	}
	return InfoBytes(f.Genesis.raw)
}

// DecodeFile reads a torrent file and checks that what it says agrees with
// itself: the network's id with the genesis, the transaction with the torrent.
// A torrent file without `ttx` is refused with ErrNoNetwork, other faults with
// ErrFile, ErrPeer, or as Decode.
func DecodeFile(b []byte) (*File, error) {
	if len(b) > MaxFileSize {
		return nil, refuse(ErrFile, "larger than 8 MiB")
	}
	d := fileDecoder{reader: reader{b: b}, file: new(File)}
	d.outer()
	d.end()
	if d.err != nil {
		return nil, &Error{Kind: ErrFile, Cause: d.err}
	}
	if !d.network {
		return nil, refuse(ErrNoNetwork, "no `ttx` dictionary")
	}
	if err := d.transactions(); err != nil {
		return nil, err
	}
	if d.announce != nil {
		var err error
		if d.file.Trackers, err = parseTrackers(d.announce); err != nil {
			return nil, err
		}
	}
	return d.file, d.file.check()
}

// check requires that the parts agree.
func (f *File) check() error {
	if f.Genesis.raw == nil || (f.Tx != nil && f.Tx.raw == nil) {
		return refuse(ErrUnsealed, "in a network file")
	}
	if f.Genesis.Kind != KindGenesis {
		return refuse(ErrFile, "`g` is not a genesis")
	}
	if f.Tx != nil && !bytes.Equal(InfoBytes(f.Tx.raw), f.Info) {
		return refuse(ErrFile, "`tx` is not the torrent's transaction")
	}
	if f.Tx != nil && f.Tx.Kind == KindGenesis && f.Tx.id != f.Genesis.id {
		return refuse(ErrFile, "`tx` is the genesis of another network")
	}
	if r := (reader{b: f.Info}); !r.isDict() {
		return refuse(ErrFile, "`info` is not one dictionary")
	}
	if r := (reader{b: f.Proof}); len(f.Proof) > 0 && !r.isDict() {
		return refuse(ErrFile, "`proof` is not one dictionary")
	}
	if err := checkPeers(f.Peers); err != nil {
		return err
	}
	return checkTrackers(f.Trackers)
}

// fileDecoder reads a torrent file: strict in its syntax and in the keys it
// knows, and passing over the others.
type fileDecoder struct {
	reader
	file    *File
	network bool
	g, tx   []byte
	net     []byte
	// announce is `announce-list`, which is read only when the file turns out
	// to be of a network: other people's may hold anything.
	announce []byte
}

// eachKey reads a dictionary with ascending keys, calling value for each.
func (r *reader) eachKey(value func(key string)) {
	r.openDict()
	last, first := "", true
	for r.more() {
		key := string(r.bytes())
		if !first && key <= last {
			r.fail(ErrEncoding, "keys repeated or out of order")
			return
		}
		last, first = key, false
		value(key)
	}
}

func (d *fileDecoder) outer() {
	d.eachKey(func(key string) {
		switch key {
		case "announce-list":
			d.announce = d.value()
		case "info":
			d.file.Info = d.value()
		case "ttx":
			d.network = true
			d.ttx()
		default:
			d.skip()
		}
	})
}

func (d *fileDecoder) ttx() {
	d.eachKey(func(key string) {
		switch key {
		case "g":
			d.g = d.bytes()
		case "net":
			d.net = d.fixed(idSize, "`net`")
		case "peers":
			d.peers()
		case "proof":
			d.file.Proof = d.value()
		case "tx":
			d.tx = d.bytes()
		default:
			d.skip()
		}
	})
}

func (d *fileDecoder) peers() {
	d.openList()
	for d.more() {
		if len(d.file.Peers) == MaxPeers {
			d.fail(ErrLimit, "peers")
			return
		}
		d.file.Peers = append(d.file.Peers, string(d.bytes()))
	}
}

// transactions decodes `g` and `tx` and compares `net`.
func (d *fileDecoder) transactions() error {
	if d.g == nil || d.net == nil || d.file.Info == nil {
		return refuse(ErrFile, "`info`, `g` or `net` missing")
	}
	genesis, err := Decode(bytes.Clone(d.g))
	if err != nil {
		return err
	}
	if genesis.id != ID(d.net) {
		return refuse(ErrFile, "`net` is not the id of `g`")
	}
	d.file.Genesis = genesis
	if d.tx != nil {
		d.file.Tx, err = Decode(bytes.Clone(d.tx))
	}
	return err
}

// isDict reports whether the input is exactly one dictionary.
func (r *reader) isDict() bool {
	if r.peek() != 'd' {
		return false
	}
	r.skip()
	r.end()
	return r.err == nil
}

// value passes over one value of any shape and returns its bytes.
func (r *reader) value() []byte {
	start := r.pos
	r.skip()
	return r.b[start:r.pos:r.pos]
}

// skip passes over one value of any shape, without recursion.
func (r *reader) skip() {
	depth := 0
	for r.err == nil {
		switch c := r.peek(); {
		case c == 'd' || c == 'l':
			r.pos++
			if depth++; depth > MaxFileNesting {
				r.fail(ErrLimit, "nested too deeply")
			}
		case c == 'e' && depth > 0:
			r.pos++
			depth--
		case c == 'i':
			r.skipInt()
		default:
			r.bytes()
		}
		if depth == 0 {
			return
		}
	}
}

// skipInt passes over an integer, which others may use below zero.
func (r *reader) skipInt() {
	r.pos++
	if r.peek() == '-' {
		r.pos++
	}
	r.digits('e')
}
