package main_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// random writes a file of so many bytes that no other file has.
func random(t *testing.T, path string, size int, seed uint64) []byte {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	src := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = src.Read(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// One process seeds a file, a folder and a .torrent; another gets the three, by a
// .torrent, a magnet link and an infohash, and seeds until it is told to stop.
func TestGetAndSeed(t *testing.T) {
	u := newUser(t, build(t))
	from, to, third := t.TempDir(), t.TempDir(), t.TempDir()
	want := map[string][]byte{
		"film.bin":      random(t, filepath.Join(from, "film.bin"), 300_000, 1),
		"album/1.bin":   random(t, filepath.Join(from, "album", "1.bin"), 70_000, 2),
		"album/2.bin":   random(t, filepath.Join(from, "album", "2.bin"), 1, 3),
		"hybrid/1.bin":  random(t, filepath.Join(from, "hybrid", "1.bin"), 100_001, 4),
		"hybrid/b/2.md": random(t, filepath.Join(from, "hybrid", "b", "2.md"), 40_000, 5),
	}
	file := filepath.Join(from, "hybrid.torrent")
	if _, code := u.run("create", "--hybrid", "--out", file, filepath.Join(from, "hybrid")); code != 0 {
		t.Fatal("create failed")
	}
	said, stop := u.background(3, "seed", "--listen", "127.0.0.1:0", "--no-dht", "--out", from, filepath.Join(from, "film.bin"), filepath.Join(from, "album"), file)
	listen := said[0]["listen"].(string)
	out, code := u.run("get", "--no-dht", "--listen", "127.0.0.1:0", "--peer", listen, "--out", to, "--seed", "1ms", "--json",
		said[0]["magnet"].(string), said[1]["infohash_v1"].(string), file)
	if code != 0 || strings.Count(out, "\n") != 3 {
		t.Fatalf("exit code %d, %q", code, out)
	}
	stop()
	for name, content := range want {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(content))
		}
	}
	if _, code := u.run("torrent", "check", "--out", to, file); code != 0 {
		t.Errorf("what was downloaded is not whole: exit code %d", code)
	}
	if _, code := u.run("seed", "--no-dht", "--out", third, file); code != 1 {
		t.Errorf("seeding what is not there: exit code %d; want 1", code)
	}
	if _, code := u.run("get", "--no-dht", "--seed", "often", file); code != 2 {
		t.Errorf("an unknown goal: exit code %d; want 2", code)
	}
}
