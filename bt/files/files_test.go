package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// infoOf is a torrent of files one behind the other.
func infoOf(pieceLength int64, list ...metainfo.File) *metainfo.Info {
	info := &metainfo.Info{Name: "set", V1: true, PieceLength: pieceLength, Files: list}
	var at int64
	for i := range info.Files {
		info.Files[i].Offset = at
		at += info.Files[i].Length
	}
	return info
}

func open(t *testing.T, info *metainfo.Info, l files.Layout, skip ...bool) *files.Store {
	t.Helper()
	if skip == nil {
		skip = make([]bool, len(info.Files))
	}
	s, err := files.Open(files.Config{Info: info, Layout: l, Skip: skip, Pool: files.NewPool(8)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func writeAll(t *testing.T, s *files.Store, info *metainfo.Info) []byte {
	t.Helper()
	right := contentOf(info)
	if _, err := s.WriteAt(right, 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(right))
	if _, err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, right) {
		t.Fatalf("read again: %v", err)
	}
	return right
}

func below(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWhatIsMade(t *testing.T) {
	long := strings.Repeat("n", metainfo.MaxNameLength)
	deep := make([]string, metainfo.MaxPathDepth)
	for i := range deep {
		deep[i] = fmt.Sprint("d", i)
	}
	info := infoOf(64,
		metainfo.File{Path: []string{"a"}, Length: 100},
		metainfo.File{Path: []string{".pad", "28"}, Length: 28, Pad: true},
		metainfo.File{Path: []string{"empty"}},
		metainfo.File{Path: []string{"sub", "link"}, Symlink: []string{"a"}},
		metainfo.File{Path: []string{long}, Length: 30},
		metainfo.File{Path: deep, Length: 30},
		metainfo.File{Path: []string{"unwanted"}, Length: 50},
	)
	dir := t.TempDir()
	s := open(t, info, files.Layout{Dir: dir}, false, false, false, false, false, false, true)
	if err := s.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	right := writeAll(t, s, info)
	if err := s.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"." + strings.Repeat("0", 40) + ".parts", "set/a", "set/" + strings.Join(deep, "/"), "set/empty", "set/" + long, "set/sub/link",
	}
	if got := below(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("there is %q", got)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "set", "sub", "link")); err != nil || !bytes.Equal(b, right[:100]) {
		t.Errorf("through the link: %v", err)
	}
	if err := s.Want(context.Background(), make([]bool, len(info.Files))); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "set", "unwanted")); err != nil || !bytes.Equal(b, right[188:]) {
		t.Errorf("unwanted became wanted: %d bytes, %v", len(b), err)
	}
	if got := below(t, dir); len(got) != 6 {
		t.Errorf("there is %q", got)
	}
}

func TestPreallocation(t *testing.T) {
	info := infoOf(1<<20, metainfo.File{Path: []string{"a"}, Length: 8 << 20})
	for alloc, want := range map[files.Preallocation][2]int64{
		files.None: {-1, 0}, files.Sparse: {8 << 20, 0}, files.Full: {8 << 20, 8 << 20},
	} {
		dir := t.TempDir()
		s := open(t, info, files.Layout{Dir: dir, Preallocate: alloc})
		if err := s.Prepare(context.Background()); err != nil {
			t.Fatal(err)
		}
		st, err := files.OS{}.Stat(dir, "set/a")
		if errors.Is(err, fs.ErrNotExist) {
			st.Size = -1
		} else if err != nil {
			t.Fatal(err)
		}
		if st.Size != want[0] || st.Allocated < want[1] || st.Allocated > want[1]+64<<10 {
			t.Errorf("%v: %+v", alloc, st)
		}
		// A block at the end takes no room for those before it.
		if _, err := s.WriteAt([]byte("x"), 8<<20-1); err != nil {
			t.Fatal(err)
		}
		if st, err := (files.OS{}).Stat(dir, "set/a"); err != nil || st.Size != 8<<20 || st.Allocated > want[1]+64<<10 {
			t.Errorf("%v: %+v, %v", alloc, st, err)
		}
	}
}

// TestManyFiles writes and reads as many files as there may be from several goroutines with a few open; fewer on the real
// disk, which takes a fifth of a millisecond to make one.
func TestManyFiles(t *testing.T) {
	t.Run("real", func(t *testing.T) { manyFiles(t, files.OS{}, t.TempDir(), 5000) })
	t.Run("all", func(t *testing.T) { manyFiles(t, newSimDisk(), "/home", metainfo.MaxFiles) })
}

func manyFiles(t *testing.T, disk files.Disk, dir string, n int) {
	list := make([]metainfo.File, n)
	for i := range list {
		list[i] = metainfo.File{Path: []string{fmt.Sprint(i / 1000), fmt.Sprint(i)}, Length: 7}
	}
	info := infoOf(16<<10, list...)
	pool := files.NewPool(16)
	s, err := files.Open(files.Config{Info: info, Layout: files.Layout{Dir: dir}, Pool: pool, Disk: disk})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	right := contentOf(info)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for off := worker * 16 << 10; off < len(right); off += 4 * 16 << 10 {
				block := right[off:min(off+16<<10, len(right))]
				if _, err := s.WriteAt(block, int64(off)); err != nil {
					t.Error(err)
					return
				}
				got := make([]byte, len(block))
				if _, err := s.ReadAt(got, int64(off)); err != nil || !bytes.Equal(got, block) {
					t.Errorf("at %d: %v", off, err)
					return
				}
				if n := pool.Open(); n > 16+4 {
					t.Errorf("%d files are open", n)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil || pool.Open() != 0 {
		t.Errorf("%v, %d files are open", err, pool.Open())
	}
	if _, err := s.ReadAt(make([]byte, 1), 0); !errors.Is(err, files.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestLayoutRefuses(t *testing.T) {
	info := infoOf(64, metainfo.File{Path: []string{"a"}, Length: 1}, metainfo.File{Path: []string{"b", "c"}, Length: 1})
	for _, name := range []string{
		"", "/etc/passwd", "../x", "set/../../x", "set/A", "set/b", "set/b/c/d", "set//x", "set/a\x00", "set/" + strings.Repeat("x", 256),
		strings.Repeat("d/", metainfo.MaxPathDepth+1) + "x",
	} {
		l := files.Layout{Dir: t.TempDir(), Rename: map[int]string{1: name}}
		if name == "set/A" || name == "set/b/c/d" || name == "set/b" {
			l.Rename = map[int]string{1: name, 0: map[string]string{"set/A": "set/a", "set/b/c/d": "set/b/c", "set/b": "set/b/x"}[name]}
		}
		if _, err := files.Open(files.Config{Info: info, Layout: l, Pool: files.NewPool(1)}); !errors.Is(err, files.ErrBadLayout) {
			t.Errorf("%.30q: %v", name, err)
		}
	}
}

// TestNothingIsOverwritten: a file of somebody else stays where a move would go.
func TestNothingIsOverwritten(t *testing.T) {
	info := infoOf(64, metainfo.File{Path: []string{"a"}, Length: 10}, metainfo.File{Path: []string{"b"}, Length: 10})
	from, to := t.TempDir(), t.TempDir()
	s := open(t, info, files.Layout{Dir: from})
	right := writeAll(t, s, info)
	if err := os.MkdirAll(filepath.Join(to, "set"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "set", "b"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Move(context.Background(), to); !errors.Is(err, files.ErrExists) {
		t.Errorf("move: %v", err)
	}
	if err := s.Rename(context.Background(), 0, "set/b"); !errors.Is(err, files.ErrBadLayout) {
		t.Errorf("rename: %v", err)
	}
	got := make([]byte, len(right))
	if _, err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, right) || len(below(t, from)) != 2 {
		t.Errorf("afterwards: %v, %q", err, below(t, from))
	}
}

// TestMoveToAnotherDisk: the disk is too small at first.
func TestMoveToAnotherDisk(t *testing.T) {
	bttest.OnDisk(t, 1<<20, func(dir string) {
		finishOnFullDisk(t, dir)
		moveToAnotherDisk(t, dir)
	})
}

func moveToAnotherDisk(t *testing.T, other string) {
	info := infoOf(64<<10, metainfo.File{Path: []string{"a"}, Length: 100_000}, metainfo.File{Path: []string{"b"}, Length: 500_000},
		metainfo.File{Path: []string{"c"}, Length: 100_000})
	from := t.TempDir()
	s := open(t, info, files.Layout{Dir: from})
	right := writeAll(t, s, info)
	s.Forget(resume.AllPieces(info.Pieces()))
	ballast := filepath.Join(other, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 700_000), 0o600); err != nil {
		t.Fatal(err)
	}
	readable := func(what string) {
		t.Helper()
		got := make([]byte, len(right))
		if _, err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, right) {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if err := s.Move(context.Background(), other); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("without room: %v", err)
	}
	readable("half of it moved")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}

	// Reads and writes go on meanwhile.
	stop, moved := make(chan struct{}), make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			at := i * 4096 % (len(right) - 4096)
			if _, err := s.WriteAt(right[at:at+4096], int64(at)); err != nil {
				t.Error(err)
				return
			}
			readable("while it moves")
		}
	})
	go func() { moved <- s.Move(context.Background(), other) }()
	if err := <-moved; err != nil {
		t.Error(err)
	}
	close(stop)
	wg.Wait()
	readable("afterwards")
	if got := below(t, other); len(got) != 3 || len(below(t, from)) != 0 {
		t.Errorf("there is %q, and %q is left", got, below(t, from))
	}
	if pieces, err := s.Sync(); err != nil || !pieces.All() {
		t.Errorf("sync: %v", err)
	}
}
