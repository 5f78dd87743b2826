package tx

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// The info dictionary of a transaction's torrent is a pure function of the
// transaction's bytes: one file, one piece, named after their SHA-256, so that
// the txid commits to the bytes by SHA-256 where the v1 format only has SHA-1.
const (
	infoLength = "d6:lengthi"
	infoName   = "e4:name68:"
	infoPiece  = ".ttx12:piece lengthi16384e6:pieces20:"
	infoEnd    = "e"

	// MaxInfoSize is the length of the longest info dictionary.
	MaxInfoSize = len(infoLength) + 5 + len(infoName) + 64 + len(infoPiece) + 20 + len(infoEnd)
)

// Info is what the info dictionary of a transaction's torrent says.
type Info struct {
	// Size is the length of the transaction in bytes, 1..MaxSize.
	Size int
	// Hash is the SHA-256 of the transaction's bytes.
	Hash [32]byte
	// Piece is their SHA-1.
	Piece [20]byte
}

// InfoBytes returns the bencoded info dictionary of the torrent that holds the
// transaction raw. It is defined for any bytes.
func InfoBytes(raw []byte) []byte {
	return infoOf(raw).append(make([]byte, 0, MaxInfoSize))
}

// Identify returns both identities of the transaction raw: the hashes of its
// info dictionary. It is defined for any bytes.
func Identify(raw []byte) (ID, Infohash) {
	var buf [MaxInfoSize]byte
	info := infoOf(raw).append(buf[:0])
	return sha256.Sum256(info), sha1.Sum(info)
}

// ParseInfo reads the info dictionary of a transaction's torrent, and refuses
// (ErrTorrent) every other one: a torrent that ParseInfo accepts claims to be
// a transaction, at the id SHA-256(info).
func ParseInfo(info []byte) (Info, error) {
	var i Info
	if len(info) > MaxInfoSize {
		return i, refuse(ErrTorrent, "info dictionary too long")
	}
	r := reader{b: info}
	r.openDict()
	r.key("length")
	i.Size = int(r.intBetween(1, MaxSize, "length"))
	r.key("name")
	name := r.fixed(2*hashSize+4, "name")
	if r.err == nil {
		// The comparison below catches what is not hexadecimal.
		_, _ = hex.Decode(i.Hash[:], name[:2*hashSize])
	}
	r.key("piece length")
	r.intBetween(MaxSize, MaxSize, "piece length")
	r.key("pieces")
	copy(i.Piece[:], r.fixed(sha1.Size, "pieces"))
	if r.err != nil || !bytes.Equal(i.append(nil), info) {
		return Info{}, refuse(ErrTorrent, "not the info dictionary of a transaction")
	}
	return i, nil
}

// CheckInfo requires that info is the info dictionary of the transaction id.
// Nothing but the one dictionary hashes to the id.
func CheckInfo(info []byte, id ID) error {
	if sha256.Sum256(info) != id {
		return refuse(ErrTorrent, "info dictionary of another torrent than "+id.String())
	}
	return nil
}

// DecodeTorrent decodes the transaction in data, fetched as the torrent with
// the given info dictionary, after checking that it is that torrent's content
// by SHA-256 and not only, as BitTorrent does, by SHA-1.
func DecodeTorrent(info, data []byte) (*Tx, error) {
	if !bytes.Equal(InfoBytes(data), info) {
		return nil, refuse(ErrTorrent, "data does not match the info dictionary")
	}
	return Decode(data)
}

func infoOf(raw []byte) Info {
	return Info{Size: len(raw), Hash: sha256.Sum256(raw), Piece: sha1.Sum(raw)}
}

func (i Info) append(b []byte) []byte {
	b = append(b, infoLength...)
	b = strconv.AppendInt(b, int64(i.Size), 10)
	b = append(b, infoName...)
	b = hex.AppendEncode(b, i.Hash[:])
	b = append(b, infoPiece...)
	b = append(b, i.Piece[:]...)
	return append(b, infoEnd...)
}
