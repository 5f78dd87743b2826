package files_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

const (
	modelPiece = 64
	modelBlock = 16
)

// someInfo is a torrent of small files, with and without padding, and with empty ones.
func someInfo(t *rapid.T) *metainfo.Info {
	info := &metainfo.Info{Name: "set", V1: true, PieceLength: modelPiece}
	var at int64
	for i, n := range rapid.SliceOfN(rapid.Int64Range(0, 300), 1, 6).Draw(t, "lengths") {
		f := metainfo.File{Path: []string{fmt.Sprintf("d%d", i%2), fmt.Sprint(i)}, Length: n, Offset: at}
		info.Files = append(info.Files, f)
		at += n
		if gap := (modelPiece - at%modelPiece) % modelPiece; gap > 0 && rapid.Bool().Draw(t, "pad") {
			info.Files = append(info.Files, metainfo.File{
				Path: []string{".pad", fmt.Sprint(gap)}, Length: gap, Offset: at, Pad: true,
			})
			at += gap
		}
	}
	return info
}

// contentOf is the right bytes of a torrent: never zero but in padding.
func contentOf(info *metainfo.Info) []byte {
	b := make([]byte, info.Span())
	for i := range b {
		b[i] = byte(i%251) + 1
	}
	for _, f := range info.Files {
		if f.Pad {
			clear(b[f.Offset : f.Offset+f.Length])
		}
	}
	return b
}

// machine is a store, what it must be like, and what a client keeps of it.
type machine struct {
	disk  *simDisk
	info  *metainfo.Info
	right []byte
	s     *files.Store
	pool  *files.Pool

	layout files.Layout // as it is
	skip   []bool
	dirt   map[int]map[int]bool // blocks written of pieces that are not there

	saved       resume.Record // as on a disk that keeps it whole
	savedLayout files.Layout
	savedSkip   []bool
	steady      bool // no file was made of parts, or put there, since then
}

func newMachine(t *rapid.T) *machine {
	m := &machine{disk: newSimDisk(), info: someInfo(t), pool: files.NewPool(2)}
	m.right = contentOf(m.info)
	m.skip = make([]bool, len(m.info.Files))
	m.layout = files.Layout{
		Dir:         "/home/a",
		Incomplete:  rapid.SampledFrom([]string{"", "/home/inc", "/other/inc"}).Draw(t, "incomplete"),
		Preallocate: rapid.SampledFrom([]files.Preallocation{files.None, files.Sparse, files.Full}).Draw(t, "alloc"),
		Rename:      map[int]string{},
	}
	m.dirt = make(map[int]map[int]bool)
	m.open(t, m.layout)
	m.save(t)
	return m
}

func (m *machine) open(t *rapid.T, l files.Layout) {
	s, err := files.Open(files.Config{
		Info: m.info, Infohash: sha1.Sum([]byte("x")), Layout: l, Skip: m.skip, Pool: m.pool, Disk: m.disk,
	})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	m.s = s
}

// write writes a block of a piece that is not there; its last one makes it whole. Wrong bytes come before right ones.
func (m *machine) write(t *rapid.T) {
	if m.info.Pieces() == 0 {
		return
	}
	p := rapid.IntRange(0, m.info.Pieces()-1).Draw(t, "piece")
	if m.s.Have(p) {
		return
	}
	size := int(m.info.PieceSize(p))
	blocks := (size + modelBlock - 1) / modelBlock
	b := rapid.IntRange(0, blocks-1).Draw(t, "block")
	off := p*modelPiece + b*modelBlock
	data := m.right[off:min(off+modelBlock, p*modelPiece+size)]
	if rapid.IntRange(0, 4).Draw(t, "wrong") == 0 {
		data = bytes.Repeat([]byte{0xff}, len(data))
		delete(m.dirt[p], b)
	} else {
		if m.dirt[p] == nil {
			m.dirt[p] = make(map[int]bool)
		}
		m.dirt[p][b] = true
	}
	if _, err := m.s.WriteAt(data, int64(off)); err != nil {
		t.Fatalf("write: %v", err)
	}
	if len(m.dirt[p]) == blocks {
		m.s.SetHave(p, true)
		delete(m.dirt, p)
	}
}

// check reads everything that must be there.
func (m *machine) check(t *rapid.T) {
	for p := range m.info.Pieces() {
		if !m.s.Have(p) {
			continue
		}
		var got bytes.Buffer
		if _, err := m.s.CopyTo(&got, int64(p)*modelPiece, m.info.PieceSize(p)); err != nil {
			t.Fatalf("piece %d: %v; %v", p, err, m.disk)
		}
		if !bytes.Equal(got.Bytes(), m.right[p*modelPiece:p*modelPiece+got.Len()]) {
			t.Fatalf("piece %d is there, and its bytes are wrong; %v", p, m.disk)
		}
	}
	for p, blocks := range m.dirt {
		for b := range blocks {
			off := p*modelPiece + b*modelBlock
			want := m.right[off:min(off+modelBlock, p*modelPiece+int(m.info.PieceSize(p)))]
			got := make([]byte, len(want))
			if _, err := m.s.ReadAt(got, int64(off)); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("block %d of piece %d: %v, %x; %v", b, p, err, got, m.disk)
			}
		}
	}
	if n := m.pool.Open(); n > 2 {
		t.Fatalf("%d files are open", n)
	}
}

// save is what a client does now and then.
func (m *machine) save(t *rapid.T) {
	pieces, err := m.s.Sync()
	if err != nil {
		t.Fatalf("sync: %v", err)
	}
	stats, parts, err := m.s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	m.saved = resume.Record{Pieces: pieces, Files: stats, Parts: parts, Saved: m.disk.clock, Interval: 1 << 40}
	m.steady = true
	m.savedLayout, m.savedSkip = m.layout, append([]bool(nil), m.skip...)
	m.savedLayout.Rename = maps.Clone(m.layout.Rename)
}

func (m *machine) want(t *rapid.T) {
	i := rapid.IntRange(0, len(m.skip)-1).Draw(t, "file")
	m.skip[i], m.steady = !m.skip[i], false
	if err := m.s.Want(context.Background(), m.skip); err != nil {
		t.Fatalf("want: %v", err)
	}
}

// move goes as a client does it: the plan is kept first.
func (m *machine) move(t *rapid.T) {
	to := rapid.SampledFrom([]string{"/home/a", "/home/b", "/other/c"}).Draw(t, "to")
	if to == m.layout.Dir {
		return
	}
	m.layout.MovingTo = to
	m.save(t)
	ctx, cancel := context.WithCancel(context.Background())
	if rapid.Bool().Draw(t, "stopped") {
		cancel()
	}
	m.steady = false
	err := m.s.Move(ctx, to)
	cancel()
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("move: %v", err)
		}
		if err := m.s.Move(context.Background(), to); err != nil {
			t.Fatalf("move again: %v", err)
		}
	}
	m.layout.Dir, m.layout.MovingTo = to, ""
	if rapid.Bool().Draw(t, "save") {
		m.save(t)
	} else {
		m.layout.MovingTo, m.layout.Dir = to, m.savedLayout.Dir
		m.save(t)
		m.layout.Dir, m.layout.MovingTo = to, ""
	}
	m.save(t)
}

func (m *machine) rename(t *rapid.T) {
	i := rapid.IntRange(0, len(m.info.Files)-1).Draw(t, "file")
	if m.info.Files[i].Pad {
		return
	}
	name := "set/" + rapid.SampledFrom([]string{"n/x", "n/y", "z", "d0/w"}).Draw(t, "name")
	err := m.s.Rename(context.Background(), i, name)
	switch {
	case errors.Is(err, files.ErrBadLayout), errors.Is(err, files.ErrExists):
		return // taken by another
	case err != nil:
		t.Fatalf("rename: %v", err)
	}
	m.layout.Rename[i] = name
	m.save(t)
}

func (m *machine) finish(t *rapid.T) {
	m.steady = false
	if err := m.s.Finish(context.Background()); err != nil {
		t.Fatalf("finish: %v", err)
	}
}

func (m *machine) prepare(t *rapid.T) {
	if err := m.s.Prepare(context.Background()); err != nil {
		t.Fatalf("prepare: %v", err)
	}
}

// restart ends the process, with the power cut or not, and begins anew with what was saved.
func (m *machine) restart(t *rapid.T) {
	if rapid.Bool().Draw(t, "power cut") {
		m.disk.cut(func() bool { return rapid.Bool().Draw(t, "kept") })
	}
	_ = m.s.Close()
	m.layout, m.skip = m.savedLayout, append([]bool(nil), m.savedSkip...)
	m.layout.Rename = maps.Clone(m.savedLayout.Rename)
	clear(m.dirt)
	m.open(t, m.layout)
	stats, parts, err := m.s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	v := resume.Judge(&m.saved, m.info, stats, parts)
	for p := range m.info.Pieces() {
		if m.steady && m.saved.Pieces.Has(p) && !v.Trusted.Has(p) {
			t.Fatalf("piece %d was durable, and is hashed again: files %v; %v", p, v.Files, m.disk)
		}
	}
	m.s.Trust(v.Trusted)
	if m.layout.MovingTo != "" {
		m.layout.Dir, m.layout.MovingTo = m.layout.MovingTo, ""
		if err := m.s.Move(context.Background(), m.layout.Dir); err != nil {
			t.Fatalf("going on with a move: %v", err)
		}
		m.save(t)
	}
}

// TestModel does anything in any order: what is there stays there, and after a power cut nothing is claimed that is
// not on the disk.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"":        m.check,
			"write":   m.write,
			"write2":  m.write,
			"write3":  m.write,
			"write4":  m.write,
			"save":    m.save,
			"want":    m.want,
			"move":    m.move,
			"rename":  m.rename,
			"finish":  m.finish,
			"prepare": m.prepare,
			"restart": m.restart,
		})
	})
}
