package bt

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	pp "github.com/anacrolix/torrent/peer_protocol"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// created makes a v1 torrent of files below dir/album, in the order of their names.
func created(t *testing.T, dir string, pieceLength int64, files map[string][]byte) ([]byte, []byte) {
	t.Helper()
	share(t, dir, "album", files)
	made, err := content.Create(t.Context(), filepath.Join(dir, "album"), content.Options{Version: checked.V1, PieceLength: pieceLength})
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for i := range made.Torrent.Info.Files {
		all = append(all, files[made.Torrent.Info.Files[i].Path[0]]...)
	}
	return made.Torrent.Encode(), all
}

// asked is the pieces in the order in which a torrent asks a peer that has everything for their first blocks, when its
// wishes are known.
func asked(t *testing.T, x *Torrent, all []byte, pieceLength int) []int {
	t.Helper()
	until(t, "the library knows the wishes", func() bool {
		x.pieces.mu.Lock()
		defer x.pieces.mu.Unlock()
		return x.pieces.told != nil && len(x.pieces.dirty) == 0
	})
	s := visit(t, x.e, x.Infohash())
	s.send(pp.HaveAll)
	s.send(pp.Unchoke)
	var order []int
	for blocks := (len(all) + checked.BlockSize - 1) / checked.BlockSize; blocks > 0; blocks-- {
		m := s.next(pp.Request)
		piece, begin, n := int(binary.BigEndian.Uint32(m)), int(binary.BigEndian.Uint32(m[4:])), int(binary.BigEndian.Uint32(m[8:]))
		if !slices.Contains(order, piece) {
			order = append(order, piece)
		}
		at := piece*pieceLength + begin
		s.send(pp.Piece, m[:8], all[at:at+n])
	}
	wait(t, x)
	return order
}

// TestSequentialOrder: pieces are asked for in order, never further ahead of the first that is missing than the window.
func TestSequentialOrder(t *testing.T) {
	const pieceLength = 1 << 20
	raw, all := created(t, t.TempDir(), pieceLength, map[string][]byte{"a": noise(24*pieceLength - 5)})
	x := add(t, openEngine(t, Config{}), Source{File: raw, Dir: t.TempDir(), Sequential: true})
	order := asked(t, x, all, pieceLength)
	if !slices.IsSorted(order) || len(order) != 24 {
		t.Errorf("asked for %v", order)
	}
}

// TestFirstLastOrder: the first and last piece of each wanted file are asked for before all others.
func TestFirstLastOrder(t *testing.T) {
	const pieceLength = 16 << 10
	ten := 10 * pieceLength
	raw, all := created(t, t.TempDir(), pieceLength, map[string][]byte{"a": noise(ten), "b": noise(ten), "c": noise(ten)})
	x := add(t, openEngine(t, Config{}), Source{File: raw, Dir: t.TempDir(), FirstLast: true})
	order := asked(t, x, all, pieceLength)
	first := slices.Sorted(slices.Values(order[:6]))
	if !slices.Equal(first, []int{0, 9, 10, 19, 20, 29}) {
		t.Errorf("asked for %v", order)
	}
}

// TestPriorityOrder: high before normal before low.
func TestPriorityOrder(t *testing.T) {
	const pieceLength = 16 << 10
	ten := 10 * pieceLength
	raw, all := created(t, t.TempDir(), pieceLength, map[string][]byte{"a": noise(ten), "b": noise(ten), "c": noise(ten)})
	x := add(t, openEngine(t, Config{}), Source{File: raw, Dir: t.TempDir(), Priorities: map[int]Priority{0: Low, 2: High}})
	order := asked(t, x, all, pieceLength)
	for i, piece := range order {
		if want := []int{2, 1, 0}[i/10]; piece/10 != want {
			t.Fatalf("asked for %v", order)
		}
	}
}

// TestSelectingMagnet: of a magnet link with so= (BEP 53) only what it selects comes.
func TestSelectingMagnet(t *testing.T) {
	const pieceLength = 16 << 10
	files := make(map[string][]byte)
	for i := range 6 {
		files[fmt.Sprint(i)] = noise(4*pieceLength + i)
	}
	there, here := t.TempDir(), t.TempDir()
	raw, _ := created(t, there, pieceLength, files)
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)
	x := add(t, leecher, Source{
		Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%x&so=1,3-4", up.Infohash()), Dir: here, Peers: addrs(seeder),
	})
	wait(t, x)
	for i := range 6 {
		name, wanted := fmt.Sprint(i), i == 1 || i == 3 || i == 4
		got, err := os.ReadFile(filepath.Join(here, "album", name))
		if wanted != (err == nil && string(got) == string(files[name])) || !wanted && !os.IsNotExist(err) {
			t.Errorf("file %d: %d bytes, %v", i, len(got), err)
		}
	}
	if p := x.Progress(); x.Complete() || p.Wanted != 3*4*pieceLength+8 || p.WantedCompleted != p.Wanted {
		t.Errorf("%+v", p)
	}
}
