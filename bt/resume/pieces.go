package resume

import (
	"bytes"
	"fmt"
	"math/bits"
)

// Pieces says of each piece of a torrent whether it is there. The zero value is that of a torrent without pieces.
type Pieces struct {
	count int
	bits  []byte // as in the bitfield message (BEP 3): the first piece is the high bit of the first byte
}

// NewPieces returns n pieces of which none is there.
func NewPieces(n int) Pieces { return Pieces{count: n, bits: make([]byte, (n+7)/8)} }

// AllPieces returns n pieces that are all there.
func AllPieces(n int) Pieces {
	p := Pieces{count: n, bits: bytes.Repeat([]byte{0xff}, (n+7)/8)}
	if n%8 != 0 {
		p.bits[n/8] = 0xff << (8 - n%8)
	}
	return p
}

// PiecesOf returns the pieces that are true in have.
func PiecesOf(have []bool) Pieces {
	p := NewPieces(len(have))
	for i, ok := range have {
		p.Set(i, ok)
	}
	return p
}

// ParsePieces reads the bitfield of n pieces. The bits behind the last must be zero.
func ParsePieces(bitfield []byte, n int) (Pieces, error) {
	if n < 0 || len(bitfield) != (n+7)/8 {
		return Pieces{}, fmt.Errorf("%w: a bitfield of %d bytes for %d pieces", ErrDamaged, len(bitfield), n)
	}
	if n%8 != 0 && bitfield[n/8]&(0xff>>(n%8)) != 0 {
		return Pieces{}, fmt.Errorf("%w: a bitfield with pieces behind the last", ErrDamaged)
	}
	return Pieces{count: n, bits: bytes.Clone(bitfield)}, nil
}

// Len is how many pieces there are, or are missing, together.
func (p Pieces) Len() int { return p.count }

// Has says whether a piece is there.
func (p Pieces) Has(i int) bool { return p.bits[i/8]&(0x80>>(i%8)) != 0 }

// Set says whether a piece is there. Copies of the value see it; see [Pieces.Clone].
func (p Pieces) Set(i int, there bool) {
	if there {
		p.bits[i/8] |= 0x80 >> (i % 8)
	} else {
		p.bits[i/8] &^= 0x80 >> (i % 8)
	}
}

// Count is how many pieces are there.
func (p Pieces) Count() (n int) {
	for _, b := range p.bits {
		n += bits.OnesCount8(b)
	}
	return n
}

// All says whether every piece is there.
func (p Pieces) All() bool { return p.Count() == p.count }

// Bitfield is one bit a piece, as in the bitfield message (BEP 3). Do not change it.
func (p Pieces) Bitfield() []byte { return p.bits }

// Clone returns a copy of its own.
func (p Pieces) Clone() Pieces { return Pieces{count: p.count, bits: bytes.Clone(p.bits)} }
