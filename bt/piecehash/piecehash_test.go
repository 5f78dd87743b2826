package piecehash

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	g "github.com/anacrolix/generics"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

const (
	block       = 16 << 10
	pieceLength = 8 * block
)

// disk is a storage in memory that counts what is read back.
type disk struct {
	mu    sync.Mutex
	data  []byte
	read  int
	short bool // writes fail half-way
}

func (d *disk) Close() error { return nil }

func (d *disk) OpenTorrent(context.Context, *metainfo.Info, metainfo.Hash) (storage.TorrentImpl, error) {
	return storage.TorrentImpl{
		Piece: func(p metainfo.Piece) storage.PieceImpl { return onDisk{d, p.Offset()} },
		Close: func() error { return nil },
	}, nil
}

type onDisk struct {
	d  *disk
	at int64
}

func (p onDisk) ReadAt(b []byte, off int64) (int, error) {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	n, err := bytes.NewReader(p.d.data).ReadAt(b, p.at+off)
	p.d.read += n
	return n, err
}

func (p onDisk) WriteAt(b []byte, off int64) (int, error) {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	if p.d.short {
		return copy(p.d.data[p.at+off:], b[:len(b)/2]), errors.New("disk full")
	}
	return copy(p.d.data[p.at+off:], b), nil
}

func (onDisk) MarkComplete() error                { return nil }
func (onDisk) MarkNotComplete() error             { return nil }
func (onDisk) Completion() (c storage.Completion) { return }

// bench is a torrent of random content on an empty disk.
type bench struct {
	t       *testing.T
	disk    *disk
	content []byte
	info    *metainfo.Info
	impl    storage.TorrentImpl
}

func newBench(t *testing.T, pieces int) *bench {
	b := &bench{t: t, content: make([]byte, pieces*pieceLength-block/2), disk: &disk{}}
	b.disk.data = make([]byte, len(b.content))
	rand.NewChaCha8([32]byte{9}).Read(b.content)
	b.info = &metainfo.Info{Name: "x", PieceLength: pieceLength, Length: int64(len(b.content)), Pieces: make([]byte, 20*pieces)}
	var err error
	if b.impl, err = Wrap(b.disk).OpenTorrent(context.Background(), b.info, metainfo.Hash{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) piece(i int) storage.PieceImpl {
	return b.impl.PieceWithHash(b.info.Piece(i), g.None[[]byte]())
}

// of is a piece's content.
func (b *bench) of(i int) []byte {
	return b.content[i*pieceLength : min((i+1)*pieceLength, len(b.content))]
}

// write writes blocks of a piece in the order given.
func (b *bench) write(i int, blocks ...int) {
	data := b.of(i)
	for _, k := range blocks {
		part := data[k*block : min((k+1)*block, len(data))]
		if n, err := b.piece(i).WriteAt(part, int64(k*block)); n != len(part) || err != nil {
			b.t.Fatalf("block %d of piece %d: %d bytes, %v", k, i, n, err)
		}
	}
}

// check hashes a piece and tells how many bytes were read back for it.
func (b *bench) check(i int) int {
	b.t.Helper()
	b.disk.read = 0
	sum, err := b.piece(i).(storage.SelfHashing).SelfHash()
	if err != nil || sum != sha1.Sum(b.of(i)) {
		b.t.Fatalf("the hash of piece %d is wrong: %v", i, err)
	}
	return b.disk.read
}

// TestOrders writes a piece in several orders and counts what must be read back.
func TestOrders(t *testing.T) {
	for name, c := range map[string]struct {
		order []int
		read  int
	}{
		"in order":                 {[]int{0, 1, 2, 3, 4, 5, 6, 7}, 0},
		"neighbours swapped":       {[]int{0, 2, 1, 3, 5, 4, 6, 7}, 2 * block},
		"the first one last":       {[]int{1, 2, 3, 4, 5, 6, 7, 0}, 7 * block},
		"backwards":                {[]int{7, 6, 5, 4, 3, 2, 1, 0}, 7 * block},
		"one of them was there":    {[]int{0, 1, 2, 4, 5, 6, 7}, 5 * block},
		"one of them came twice":   {[]int{0, 1, 2, 2, 3, 4, 5, 6, 7}, 8 * block},
		"all of it was there":      {nil, 8 * block},
		"what was ahead came anew": {[]int{0, 2, 2, 1, 3, 4, 5, 6, 7}, block},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2)
			copy(b.disk.data, b.content)
			b.write(0, c.order...)
			if read := b.check(0); read > c.read || c.read == 0 && read != 0 {
				t.Errorf("%d bytes were read back, want at most %d", read, c.read)
			}
			if read := b.check(0); read != pieceLength {
				t.Errorf("the second check read %d bytes, not the whole piece", read)
			}
		})
	}
}

// TestLastPiece is shorter, and its last block is.
func TestLastPiece(t *testing.T) {
	b := newBench(t, 2)
	b.write(1, 0, 1, 2, 3, 4, 5, 6, 7)
	if read := b.check(1); read != 0 {
		t.Errorf("%d bytes were read back", read)
	}
}

// TestRewritten changes a piece on disk after its hash was taken: the next check sees it.
func TestRewritten(t *testing.T) {
	b := newBench(t, 1)
	b.write(0, 0, 1, 2, 3, 4, 5, 6, 7)
	b.check(0)
	if err := b.piece(0).MarkComplete(); err != nil {
		t.Fatal(err)
	}
	b.disk.data[3] ^= 1
	if sum, err := b.piece(0).(storage.SelfHashing).SelfHash(); err != nil || sum == sha1.Sum(b.of(0)) {
		t.Errorf("a change on disk was not seen: %v", err)
	}
}

// TestShortWrite does not take a block as written that was not.
func TestShortWrite(t *testing.T) {
	b := newBench(t, 1)
	b.write(0, 0, 1, 2, 3)
	b.disk.short = true
	if _, err := b.piece(0).WriteAt(b.of(0)[4*block:5*block], 4*block); err == nil {
		t.Fatal("the write did not fail")
	}
	b.disk.short = false
	b.write(0, 4, 5, 6, 7)
	if read := b.check(0); read != len(b.of(0)) {
		t.Errorf("%d bytes were read back, want all", read)
	}
}

// TestFailed leaves a piece that peers sent wrong to the library, which reads it back to find out who, until it
// passes; a piece that was wrong on disk all along is nobody's fault.
func TestFailed(t *testing.T) {
	b := newBench(t, 2)
	hashesItself := func(i int) bool { _, ok := b.piece(i).(storage.SelfHashing); return ok }
	if err := b.piece(0).MarkNotComplete(); err != nil || !hashesItself(0) {
		t.Fatalf("a piece that was wrong on disk is read back: %v", err)
	}
	b.write(0, 0, 1, 2, 3, 4, 5, 6, 7)
	if err := b.piece(0).MarkNotComplete(); err != nil || hashesItself(0) || !hashesItself(1) {
		t.Fatalf("the piece that failed is not left to the library, or the other is: %v", err)
	}
	b.write(0, 0, 1, 2, 3, 4, 5, 6, 7)
	var got bytes.Buffer
	if n, err := b.piece(0).(io.WriterTo).WriteTo(&got); n != pieceLength || err != nil || !bytes.Equal(got.Bytes(), b.of(0)) {
		t.Fatalf("the library read %d bytes, %v", n, err)
	}
	if err := b.piece(0).MarkComplete(); err != nil || !hashesItself(0) {
		t.Errorf("the piece that passed is still left to the library: %v", err)
	}
}

// TestBound begins more pieces than are hashed at a time; all are checked nonetheless, and what was hashed makes room.
func TestBound(t *testing.T) {
	b := newBench(t, MaxUnfinished+2)
	for i := range MaxUnfinished + 1 {
		b.write(i, 0)
	}
	for _, i := range []int{0, MaxUnfinished} {
		b.write(i, 1, 2, 3, 4, 5, 6, 7)
	}
	if read := b.check(MaxUnfinished); read != pieceLength {
		t.Errorf("a piece above the bound: %d bytes were read back, want all", read)
	}
	if read := b.check(0); read != 0 {
		t.Errorf("a piece below the bound: %d bytes were read back", read)
	}
	if err := b.piece(0).MarkComplete(); err != nil {
		t.Fatal(err)
	}
	b.write(MaxUnfinished+1, 0, 1, 2, 3, 4, 5, 6, 7)
	if read := b.check(MaxUnfinished + 1); read != 0 {
		t.Errorf("a piece after one was finished: %d bytes were read back", read)
	}
}

// TestHybrid adds the zeros that the v1 hash of a hybrid's piece has behind the content.
func TestHybrid(t *testing.T) {
	const length = pieceLength + 100
	tree := metainfo.FileTree{Dir: map[string]metainfo.FileTree{}}
	for _, name := range []string{"a", "b"} {
		var f metainfo.FileTree
		f.File.Length = length
		f.File.PiecesRoot = string(make([]byte, 32))
		tree.Dir[name] = f
	}
	info := &metainfo.Info{
		Name: "x", PieceLength: pieceLength, Pieces: make([]byte, 4*20), MetaVersion: 2, FileTree: tree,
		Files: []metainfo.FileInfo{
			{Path: []string{"a"}, Length: length},
			{Path: []string{".pad", "1"}, Length: pieceLength - 100, ExtendedFileAttrs: metainfo.ExtendedFileAttrs{Attr: "p"}},
			{Path: []string{"b"}, Length: length},
		},
	}
	d := &disk{data: make([]byte, 4*pieceLength)}
	impl, err := Wrap(d).OpenTorrent(context.Background(), info, metainfo.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	p := impl.PieceWithHash(info.Piece(1), g.None[[]byte]())
	tail := bytes.Repeat([]byte{1}, 100)
	if _, err := p.WriteAt(tail, 0); err != nil {
		t.Fatal(err)
	}
	sum, err := p.(storage.SelfHashing).SelfHash()
	if want := sha1.Sum(append(tail, make([]byte, pieceLength-100)...)); err != nil || sum != want || d.read != 0 {
		t.Errorf("the hash is wrong, or %d bytes were read back: %v", d.read, err)
	}
}

// TestTogether writes a piece from several connections at once.
func TestTogether(t *testing.T) {
	b := newBench(t, 4)
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := range 4 {
				b.write(i, k)
			}
		})
	}
	wg.Wait()
	for i := range 4 {
		b.check(i)
	}
}
