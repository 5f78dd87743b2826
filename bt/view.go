package bt

import (
	"encoding/binary"
	"fmt"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// The library does not always see a torrent as it is. It takes a hybrid by its file tree, refuses requests for padding,
// which clients of v1 make, and panics when such a hybrid has a web seed; it reads no v2-only torrent that another client
// can fetch from it; and it looks at all files for each piece, under its lock: 100,000 files and 280,000 pieces are
// minutes. It is therefore shown a view of all but v1 torrents of one file: a v1 torrent of one file that spans all
// pieces, padding and the gaps between v2 files among them as zeros. Nothing of that is seen outside: peers get the info
// dictionary from us (metadata.go), and the infohash is what we say.

// viewed says whether the library gets a view.
func viewed(in *checked.Info) bool {
	return in.V2 || !in.Single
}

// spanOf is the length of the content as the library sees it: of v2 alone, libtorrent asks for, and gives, whole blocks to
// the end.
func spanOf(in *checked.Info) int64 {
	if in.V1 {
		return in.Span()
	}
	return (in.Span() + checked.BlockSize - 1) / checked.BlockSize * checked.BlockSize
}

// viewOf is the info dictionary of the view.
func viewOf(in *checked.Info) []byte {
	view := metainfo.Info{Name: "x", PieceLength: in.PieceLength, Length: spanOf(in), Pieces: in.Hashes}
	if !in.V1 {
		view.Pieces = make([]byte, 0, in.Pieces()*metainfo.HashSize)
		for i := range in.Pieces() {
			m := mark(i)
			view.Pieces = append(view.Pieces, m[:]...)
		}
	}
	return bencode.MustMarshal(&view)
}

// mark stands for the hash of a piece of v2, which the library does not compute: whoever did says so by this.
func mark(piece int) (m metainfo.Hash) {
	copy(m[:], "as by its tree")
	binary.BigEndian.PutUint32(m[len(m)-4:], uint32(piece))
	return m
}

// blank is a dictionary of n bytes that says nothing. The library takes it for the info dictionary of a torrent whose
// info it has, and tells peers its length.
func blank(n int) []byte {
	for _, head := range []string{"d1:x", "d1:x0:1:y"} {
		for digits := 1; digits < 10; digits++ {
			k := n - len(head) - digits - len(":e")
			if k >= 0 && len(fmt.Sprint(k)) == digits {
				return append(append(fmt.Appendf(nil, "%s%d:", head, k), make([]byte, k)...), 'e')
			}
		}
	}
	return []byte("de")
}
