package content_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// write makes files of so many bytes below dir, each with content of its own.
func write(t testing.TB, dir string, files map[string]int64) {
	t.Helper()
	for path, size := range files {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		rng := rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%032s", path[max(0, len(path)-30):]))))
		b := make([]byte, size)
		rng.Read(b)
		if err := os.WriteFile(full, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func create(t testing.TB, path string, o content.Options) *metainfo.Torrent {
	t.Helper()
	if o.Version == 0 {
		o.Version = metainfo.Hybrid
	}
	c, err := content.Create(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	// As it comes from a file.
	got, err := metainfo.Parse(c.Torrent.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func check(t testing.TB, x *metainfo.Torrent, dir string) *content.Found {
	t.Helper()
	found, err := content.Check(context.Background(), x, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func versions() map[string]metainfo.Version {
	return map[string]metainfo.Version{"v1": metainfo.V1, "v2": metainfo.V2, "hybrid": metainfo.Hybrid}
}

func album() map[string]int64 {
	return map[string]int64{
		"album/a": 5, "album/empty": 0, "album/sub/b": 100_000, "album/sub/deep/c": 16384, "album/z": 70_001,
	}
}

func TestCreateIsDeterministic(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	write(t, one, album())
	write(t, two, album())
	for name, v := range versions() {
		o := content.Options{Version: v, Private: true, Source: "here"}
		a, b := create(t, filepath.Join(one, "album"), o), create(t, filepath.Join(two, "album")+"/", o)
		if !bytes.Equal(a.Encode(), b.Encode()) {
			t.Errorf("%s: two torrents of the same content", name)
		}
		if !a.Info.Private || a.Info.Source != "here" || a.Info.Size() != 186_390 || a.Info.Name != "album" {
			t.Errorf("%s: %+v", name, a.Info)
		}
	}
}

// TestCheckFindsEachFault breaks what is on disk in each way, and says which pieces must be missing.
func TestCheckFindsEachFault(t *testing.T) {
	change := func(path string, at int64) func(string) error {
		return func(dir string) error {
			f, err := os.OpenFile(filepath.Join(dir, path), os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			b := make([]byte, 1)
			if _, err := f.ReadAt(b, at); err != nil {
				return err
			}
			b[0] ^= 1
			_, err = f.WriteAt(b, at)
			return err
		}
	}
	remove := func(path string) func(string) error {
		return func(dir string) error { return os.RemoveAll(filepath.Join(dir, path)) }
	}
	for what, c := range map[string]struct {
		damage         func(dir string) error
		v1, aligned    [][2]int // missing pieces
		otherwiseWhole bool
	}{
		"nothing":           {func(string) error { return nil }, nil, nil, true},
		"a byte":            {change("album/sub/b", 40_000), [][2]int{{1, 1}}, [][2]int{{2, 2}}, false},
		"the last byte":     {change("album/z", 70_000), [][2]int{{5, 5}}, [][2]int{{8, 8}}, false},
		"a file":            {remove("album/a"), [][2]int{{0, 0}}, [][2]int{{0, 0}}, false},
		"the empty file":    {remove("album/empty"), nil, nil, false},
		"a folder":          {remove("album/sub"), [][2]int{{0, 3}}, [][2]int{{1, 5}}, false},
		"everything":        {remove("album"), [][2]int{{0, 5}}, [][2]int{{0, 8}}, false},
		"the end of a file": {func(dir string) error { return os.Truncate(filepath.Join(dir, "album/sub/b"), 99_999) }, [][2]int{{3, 3}}, [][2]int{{4, 4}}, false},
		"more at the end":   {func(dir string) error { return os.Truncate(filepath.Join(dir, "album/sub/b"), 100_001) }, nil, nil, true},
		"a file as folder": {func(dir string) error {
			if err := os.RemoveAll(filepath.Join(dir, "album/sub/deep")); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "album/sub/deep"), nil, 0o644)
		}, [][2]int{{3, 3}}, [][2]int{{5, 5}}, false},
	} {
		for name, v := range versions() {
			dir := t.TempDir()
			write(t, dir, album())
			x := create(t, filepath.Join(dir, "album"), content.Options{Version: v, PieceLength: 32768})
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			found, want := check(t, x, dir), c.aligned
			if v == metainfo.V1 {
				want = c.v1
			}
			if got := found.Missing(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: missing %v, want %v", what, name, got, want)
			}
			if found.Complete(x.Info) != c.otherwiseWhole {
				t.Errorf("%s, %s: complete %v", what, name, !c.otherwiseWhole)
			}
		}
	}
}

func TestCheckOfOneFile(t *testing.T) {
	for name, v := range versions() {
		for _, size := range []int64{1, 16383, 16384, 16385, 65536, 65537, 1 << 20, 1<<20 + 1} {
			dir := t.TempDir()
			write(t, dir, map[string]int64{"file": size})
			x := create(t, filepath.Join(dir, "file"), content.Options{Version: v, PieceLength: 65536})
			if found := check(t, x, dir); !found.Complete(x.Info) || found.Files[0].Size != size {
				t.Errorf("%s of %d bytes: missing %v", name, size, found.Missing())
			}
		}
	}
}

// TestFilesSummary says of each file what is missing of it.
func TestFilesSummary(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, album())
	x := create(t, filepath.Join(dir, "album"), content.Options{PieceLength: 32768})
	if err := os.Truncate(filepath.Join(dir, "album/sub/b"), 40_000); err != nil {
		t.Fatal(err)
	}
	found := check(t, x, dir)
	i := slices.IndexFunc(x.Info.Files, func(f metainfo.File) bool { return strings.Join(f.Path, "/") == "sub/b" })
	if f := found.Files[i]; !f.Exists || f.Size != 40_000 || f.Missing != 3 {
		t.Errorf("%+v", f)
	}
}

func TestAHybridThatContradictsItself(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{"file": 5})
	x := create(t, filepath.Join(dir, "file"), content.Options{})
	x.Info.Hashes[0] ^= 1
	if _, err := content.Check(t.Context(), x, dir, nil); !errors.Is(err, content.ErrContradiction) {
		t.Errorf("got %v", err)
	}
}

// TestAHybridWithoutLayers is checked by its v1 hashes.
func TestAHybridWithoutLayers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{"file": 100_000})
	x := create(t, filepath.Join(dir, "file"), content.Options{PieceLength: 16384})
	x.Layers = nil
	x, err := metainfo.Parse(x.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if found := check(t, x, dir); !found.Complete(x.Info) {
		t.Errorf("missing %v", found.Missing())
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{
		"name/a\\b": 1, "control/a\nb": 1, "device/nul": 1, "case/a": 1, "case/A": 1, "zero/a": 0, "file": 1, "link/a": 1, "lone/a": 1,
	})
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "link/b")); err != nil {
		t.Fatal(err)
	}
	// Refused before it is read: 500,000 pieces of nothing.
	if err := os.WriteFile(filepath.Join(dir, "huge"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "huge"), 500_000<<14); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		o     content.Options
		want  error
		fault string
	}{
		"missing": {content.Options{}, fs.ErrNotExist, "missing"},
		"name":    {content.Options{}, metainfo.ErrHostileName, "slash"},
		"control": {content.Options{}, metainfo.ErrHostileName, "control"},
		"device":  {content.Options{}, metainfo.ErrHostileName, "device"},
		"case":    {content.Options{}, metainfo.ErrHostileName, "collides"},
		"zero":    {content.Options{}, metainfo.ErrMalformed, "no content"},
		"none":    {content.Options{}, nil, "has no files"},
		"link":    {content.Options{}, content.ErrUnsupported, "link/b"},
		"lone":    {content.Options{Version: metainfo.V2}, content.ErrUnsupported, "one file"},
		"huge":    {content.Options{Version: metainfo.V1, PieceLength: 16384}, metainfo.ErrTooLarge, "larger pieces make fewer"},
		"file":    {content.Options{PieceLength: 20_000}, metainfo.ErrMalformed, "power of two"},
	} {
		if c.o.Version == 0 {
			c.o.Version = metainfo.Hybrid
		}
		_, err := content.Create(t.Context(), filepath.Join(dir, what), c.o)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v, want %v with %q", what, err, c.want, c.fault)
		}
	}
	x := create(t, filepath.Join(dir, "link"), content.Options{FollowLinks: true})
	if len(x.Info.Files) != 4 { // two of one byte, each with its padding
		t.Errorf("%+v", x.Info.Files)
	}
}

func TestALinkToAFolderAboveIt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{"x/a": 1})
	if err := os.Symlink(".", filepath.Join(dir, "x/again")); err != nil {
		t.Fatal(err)
	}
	_, err := content.Create(t.Context(), filepath.Join(dir, "x"), content.Options{Version: metainfo.V1, FollowLinks: true})
	if err == nil {
		t.Error("a folder without end was hashed")
	}
}

func TestEmptyFoldersAreListed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{"x/a": 1})
	if err := os.MkdirAll(filepath.Join(dir, "x/b/c"), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := content.Create(t.Context(), filepath.Join(dir, "x"), content.Options{Version: metainfo.V1})
	if err != nil || !slices.Equal(c.Empty, []string{"b/c", "b"}) {
		t.Errorf("%v, %v", c, err)
	}
}

// TestAFileThatGrows is noticed: its hashes would be of nothing that ever was.
func TestAFileThatGrows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]int64{"file": 1 << 20})
	path := filepath.Join(dir, "file")
	o := content.Options{Version: metainfo.V1, Started: func(int64) {
		if err := os.Truncate(path, 1<<20+1); err != nil {
			t.Error(err)
		}
	}}
	if _, err := content.Create(t.Context(), path, o); !errors.Is(err, content.ErrChanged) {
		t.Errorf("got %v", err)
	}
}

func TestProgressAndEnd(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, album())
	var total, done atomic.Int64
	o := content.Options{PieceLength: 16384, Started: total.Store, Progress: func(n int64) { done.Add(n) }}
	x := create(t, filepath.Join(dir, "album"), o)
	if total.Load() != x.Info.Span() || done.Load() != x.Info.Span() {
		t.Errorf("%d of %d bytes, want %d", done.Load(), total.Load(), x.Info.Span())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := content.Check(ctx, x, dir, nil); !errors.Is(err, stop) {
		t.Errorf("a check that was ended: %v", err)
	}
}
