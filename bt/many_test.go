package bt

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// manyFiles is a .torrent of very many files and pieces, half as large as an info may be.
func manyFiles() (raw []byte, files, pieces int) {
	const pieceLength = 16 << 10
	var list bytes.Buffer
	for files = 0; list.Len() < MaxInfoSize/3; files++ { // one piece and a bit each
		fmt.Fprintf(&list, "d6:lengthi%de4:pathl2:%02x4:%04xee", pieceLength+1, files>>16, files&0xffff)
	}
	pieces = (files*(pieceLength+1) + pieceLength - 1) / pieceLength
	hashes := bytes.Repeat([]byte{7}, 20*pieces)
	info := fmt.Sprintf("d5:filesl%se4:name1:n12:piece lengthi%de6:pieces%d:%se", list.Bytes(), pieceLength, len(hashes), hashes)
	return []byte("d4:info" + info + "e"), files, pieces
}

// TestManyFilesAndPieces: a torrent of very many is live soon and costs memory in proportion to its info.
func TestManyFilesAndPieces(t *testing.T) {
	raw, files, pieces := manyFiles()
	e := openEngine(t, Config{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := add(t, e, Source{File: raw, Dir: t.TempDir()})
	until(t, "it is live, and the library knows the wishes", func() bool {
		x.pieces.mu.Lock()
		defer x.pieces.mu.Unlock()
		return len(x.pieces.told) == pieces && len(x.pieces.dirty) == 0
	})
	if n := len(x.Files()); n != files || len(x.Pieces()) != pieces {
		t.Errorf("%d files of %d", n, files)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	held, allocated := int64(after.HeapAlloc)-int64(before.HeapAlloc), after.TotalAlloc-before.TotalAlloc
	t.Logf("%d files, %d pieces, %d bytes: %d MiB held, %d MiB allocated", files, pieces, len(raw), held>>20, allocated>>20)
	// Some 64 MiB and 450 MiB were measured: about 800 bytes held for each file with its piece.
	if held > 200<<20 || allocated > 1500<<20 {
		t.Errorf("%d MiB held, %d MiB allocated in all", held>>20, allocated>>20)
	}
}
