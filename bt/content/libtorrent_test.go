package content_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

func libtorrent(t *testing.T, args ...string) string {
	t.Helper()
	const python = "/usr/bin/python3" // the one that has Debian's modules
	if err := exec.Command(python, "-W", "ignore", "-c", "import libtorrent").Run(); err != nil {
		t.Fatalf("libtorrent's Python binding is not installed; on Debian: apt-get install python3-libtorrent")
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{"-W", "ignore", "testdata/libtorrent_create.py"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("libtorrent %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// shapes are contents with sizes at the edges of blocks and pieces of 32 KiB.
func shapes() map[string]map[string]int64 {
	const piece = 32768
	all := map[string]map[string]int64{
		"nested":      {"x/a": 5, "x/e": 0, "x/sub/b": piece + 1, "x/sub/deep/er/c": 3 * piece, "x/sub.d": 7, "x/z": 70_000},
		"one inside":  {"x/a": 5},
		"one deep":    {"x/sub/a": 5},
		"one of many": {"x/a": 5, "x/e": 0, "x/f": 0},
		"empty first": {"x/a": 0, "x/b": piece, "x/c": 0, "x/d": 1, "x/e": 0},
		"aligned":     {"x/a": piece, "x/b": 2 * piece, "x/c": 16384},
		"same twice":  {"x/same/0123456789012345678901234567890123456789": 100_000, "x/copy/0123456789012345678901234567890123456789": 100_000},
		"names":       {"x/A": 1, "x/b": 2, "x/B1": 3, "x/a b": 4, "x/é": 5, "x/日本": 6, "x/a/b": 7, "x/a.c": 8},
	}
	delete(all["names"], "x/a/b") // "a" and "A" would collide
	for _, size := range []int64{1, 16383, 16384, 16385, piece - 1, piece, piece + 1, 2 * piece, 5*piece + 16384, 1 << 20, 1<<20 + 1} {
		all[fmt.Sprintf("of %d", size)] = map[string]int64{"x": size}
	}
	all["many"] = manyFiles(300, 31_337)
	return all
}

// manyFiles is n files in seven folders, of size bytes and less.
func manyFiles(n int, size int64) map[string]int64 {
	many := make(map[string]int64)
	for i := range n {
		many[fmt.Sprintf("x/%d/file-%d", i%7, i)] = size - int64(i)%size
	}
	return many
}

// TestInfohashesAreLibtorrents: for one layout there is one torrent, whoever makes it; and libtorrent finds our
// torrents complete.
func TestInfohashesAreLibtorrents(t *testing.T) {
	torrents := t.TempDir()
	var pairs []string // folders and torrents
	for name, files := range shapes() {
		dir := t.TempDir()
		write(t, dir, files)
		for kind, v := range versions() {
			if name == "one inside" && v == metainfo.V2 {
				continue // refused, see TestCreateRefuses
			}
			x := create(t, filepath.Join(dir, "x"), content.Options{Version: v, PieceLength: 32768})
			if got, want := hashes(x.Info), libtorrent(t, makeArgs(dir, "32768", kind, x.Info)...); got != want {
				t.Errorf("%s, %s: infohashes %q, libtorrent's %q", name, kind, got, want)
			}
			if found := check(t, x, dir); !found.Complete(x.Info) {
				t.Errorf("%s, %s: missing %v", name, kind, found.Missing())
			}
			path := filepath.Join(torrents, name+" "+kind)
			if err := os.WriteFile(path, x.Encode(), 0o644); err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, dir, path)
		}
	}
	lines := strings.Split(strings.TrimSpace(libtorrent(t, append([]string{"check"}, pairs...)...)), "\n")
	if len(lines) != len(pairs)/2 {
		t.Fatalf("libtorrent: %q", lines)
	}
	for i, line := range lines {
		if line != "whole" {
			t.Errorf("libtorrent's recheck of %s: %s", filepath.Base(pairs[2*i+1]), line)
		}
	}
}

// makeArgs names the files in our order; libtorrent keeps it for v1.
func makeArgs(dir, piece, kind string, in *metainfo.Info) []string {
	args := []string{"make", dir, piece, kind, "x"}
	for i := range in.Files {
		if f := &in.Files[i]; !f.Pad && !in.Single {
			args = append(args, filepath.Join(f.Path...))
		}
	}
	return args
}

func hashes(in *metainfo.Info) string {
	v1, v2 := "-", "-"
	if in.V1 {
		v1 = fmt.Sprintf("%x", in.InfohashV1())
	}
	if in.V2 {
		v2 = fmt.Sprintf("%x", in.InfohashV2())
	}
	return fmt.Sprintf("%s %s %d\n", v1, v2, in.PieceLength)
}

// TestAutoPieceLengthIsLibtorrents at each boundary.
func TestAutoPieceLengthIsLibtorrents(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	// Sparse, and small enough to be hashed by both.
	for _, size := range []int64{1, 2_684_355, 2_684_356, 10_737_418, 10_737_419, 42_949_673, 42_949_674} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		x := create(t, path, content.Options{Version: metainfo.V1})
		if got, want := hashes(x.Info), libtorrent(t, "make", dir, "0", "v1", "x"); got != want {
			t.Errorf("%d bytes: %q, libtorrent %q", size, got, want)
		}
	}
	var lengths []int64
	for size := int64(1); size < 1<<50; size *= 4 {
		lengths = append(lengths, metainfo.AutoPieceLength(size))
	}
	if !slices.IsSorted(lengths) || lengths[len(lengths)-1] != metainfo.MaxPieceLength {
		t.Errorf("piece lengths %v", lengths)
	}
}
