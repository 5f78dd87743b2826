package webseed

import (
	"crypto/sha1" //nolint:gosec // BEP 3
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// checker hashes the pieces of a run that come whole, from their first byte on.
type checker struct {
	torrent *metainfo.Torrent
	info    *metainfo.Info
	at      int64 // in the content
	piece   int   // the one at at; len(pieces) behind the last
	left    int64 // bytes that lack of it; −1 when it does not come whole

	v1 hash.Hash
	v2 tree
}

// begin starts a run at off.
func (c *checker) begin(t *metainfo.Torrent, off int64) {
	c.torrent, c.info, c.at = t, t.Info, off
	c.next(int(off / t.Info.PieceLength))
	if off%t.Info.PieceLength != 0 {
		c.left = -1
	}
}

// next is the beginning of a piece.
func (c *checker) next(piece int) {
	c.piece, c.left = piece, -1
	if piece >= c.info.Pieces() {
		return
	}
	if c.left = c.info.PieceSize(piece); c.info.V1 {
		c.v1 = sha1.New() //nolint:gosec // as above
		return
	}
	part := c.info.Parts(piece)[0] // a piece of v2 is of one file
	c.left = part.Length
	c.v2.begin()
}

// add takes what comes next. whole says that a piece ended in it that was right; an error of kind [ErrLiar] that one was
// wrong.
func (c *checker) add(b []byte) (whole bool, err error) {
	for len(b) > 0 {
		end := int64(c.piece+1) * c.info.PieceLength
		n := min(int64(len(b)), end-c.at)
		if c.left > 0 {
			c.feed(b[:min(n, c.left)])
			if c.left == 0 {
				if !c.right() {
					return false, fmt.Errorf("%w: piece %d", ErrLiar, c.piece)
				}
				whole = true
			}
		}
		c.at += n
		b = b[n:]
		if c.at == end {
			c.next(c.piece + 1)
		}
	}
	return whole, nil
}

func (c *checker) feed(b []byte) {
	c.left -= int64(len(b))
	if c.info.V1 {
		c.v1.Write(b)
	} else {
		c.v2.write(b)
	}
}

// right says whether the piece that has just become whole is right.
func (c *checker) right() bool {
	if c.info.V1 {
		return metainfo.HashV1(c.v1.Sum(nil)) == c.info.PieceHash(c.piece)
	}
	part := c.info.Parts(c.piece)[0]
	f := &c.info.Files[part.File]
	want, ok := c.torrent.PieceRoot(f, int(part.Offset/c.info.PieceLength))
	return !ok || c.v2.root(metainfo.PieceTree(f.Length, c.info.PieceLength)) == want
}

// tree hashes the blocks of a piece.
type tree struct {
	leaves []metainfo.HashV2
	block  hash.Hash
	n      int // bytes in block
}

func (t *tree) begin() { t.leaves, t.block, t.n = t.leaves[:0], sha256.New(), 0 }

func (t *tree) write(b []byte) {
	for len(b) > 0 {
		n := min(len(b), metainfo.BlockSize-t.n)
		t.block.Write(b[:n])
		t.n += n
		b = b[n:]
		if t.n == metainfo.BlockSize {
			t.end()
		}
	}
}

func (t *tree) end() {
	t.leaves = append(t.leaves, metainfo.HashV2(t.block.Sum(nil)))
	t.block.Reset()
	t.n = 0
}

func (t *tree) root(width int) metainfo.HashV2 {
	if t.n > 0 {
		t.end()
	}
	return metainfo.TreeRoot(t.leaves, width, metainfo.HashV2{})
}
