package bt

import (
	"encoding/binary"
	"fmt"

	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// The library does not always see a torrent as it is. It takes a hybrid by its file tree, refuses requests for
// padding, which clients of v1 make, and panics when such a hybrid has a web seed; it reads no v2-only torrent that another client can fetch from it; and it looks
// at all files for each piece, under its lock: 100,000 files and 280,000 pieces are minutes. It is then shown a view:
// a v1 torrent of one file that spans all pieces, padding and the gaps between v2 files among them as zeros. Nothing
// of that is seen outside: peers get the info dictionary from us (metadata.go), and the infohash is what we say.

// maxFilePieces is how many pairs of file and piece the library may look at when it is shown a torrent as it is: some
// tenths of a second.
const maxFilePieces = 1 << 27

// viewed says whether the library gets a view.
func viewed(in *checked.Info) bool {
	return in.V2 || int64(len(in.Files))*int64(in.Pieces()) > maxFilePieces
}

// viewOf is the info dictionary of the view.
func viewOf(in *checked.Info) []byte {
	view := metainfo.Info{Name: "x", PieceLength: in.PieceLength, Length: in.Span(), Pieces: in.Hashes}
	if !in.V1 {
		// libtorrent asks for, and gives, whole blocks to the end.
		view.Length = (in.Span() + checked.BlockSize - 1) / checked.BlockSize * checked.BlockSize
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
