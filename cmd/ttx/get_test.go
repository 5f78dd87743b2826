package main_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestGetFlags: the address of a .torrent, a choice of files, encryption, limits and the settings file count for a
// one-shot download as they do for a node.
func TestGetFlags(t *testing.T) {
	u := newUser(t, build(t))
	from, to := t.TempDir(), t.TempDir()
	film := random(t, filepath.Join(from, "album", "film.mkv"), 400_000, 1)
	random(t, filepath.Join(from, "album", "notes.txt"), 200_000, 2)
	file := filepath.Join(from, "album.torrent")
	if _, code := u.run("create", "--piece-size", "16384", "--out", file, filepath.Join(from, "album")); code != 0 {
		t.Fatal("create failed")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/album.torrent" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(raw)
	}))
	defer web.Close()
	alone := []string{"--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--no-port-mapping"}
	said, _ := u.background(1, append([]string{"seed", "--encryption", "require", "--out", from, file}, alone...)...)
	get := func(args ...string) int {
		_, code := u.run(append(append([]string{"get", "--out", to, "--peer", said[0]["listen"].(string)}, alone...), args...)...)
		return code
	}
	if code := get("--timeout", "2s", "--encryption", "never", file); code == 0 {
		t.Error("what wants encryption was reached without")
	}
	if code := get("--encryption", "require", "--limit-down", "10 MiB/s", "--sequential", "--select", "*.mkv", web.URL+"/album.torrent"); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if got, err := os.ReadFile(filepath.Join(to, "album", "film.mkv")); err != nil || !bytes.Equal(got, film) {
		t.Errorf("film: %d bytes, %v", len(got), err)
	}
	if info, err := os.Stat(filepath.Join(to, "album", "notes.txt")); err == nil && info.Size() == 200_000 {
		t.Error("what was not selected is there")
	}
	if code := get(web.URL + "/other.torrent"); code == 0 {
		t.Error("an address without a torrent")
	}
	for args, want := range map[string]int{"--limit-down=fast": 2, "--skip=7": 2, "--tor=127.0.0.1:1": 1} {
		if code := get(args, file); code != want {
			t.Errorf("%s: exit code %d; want %d", args, code, want)
		}
	}
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(u.dir, "settings.toml"), []byte("tor = \"127.0.0.1:1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := u.run("get", "--out", to, file); code != 1 {
		t.Errorf("tor of the settings file: exit code %d; want 1", code)
	}
}
