package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestPeersSurviveKill: a node that was killed finds by itself the only peer that it was told of before.
func TestPeersSurviveKill(t *testing.T) {
	u := newUser(t, build(t))
	from, to := t.TempDir(), t.TempDir()
	want := random(t, filepath.Join(from, "film.bin"), 2<<20, 1)
	file := filepath.Join(from, "film.torrent")
	if _, code := u.run("create", "--out", file, filepath.Join(from, "film.bin")); code != 0 {
		t.Fatal("create failed")
	}
	said, stop := u.background(1, "seed", "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--out", from, file)
	defer stop()
	quiet := []string{"--no-ledger", "--no-lsd"}
	cmd, _, _ := u.process(quiet...)
	u.ask("torrent", "add", file, "--out", to, "--peer", said[0]["listen"].(string))
	u.until("film.bin", "saved as complete", func(one map[string]any) bool {
		return one["state"] == "seeding" && one["known_peers"] == float64(1)
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed

	got := filepath.Join(to, "film.bin")
	f, err := os.OpenFile(got, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{want[1<<20] ^ 1}, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	u.process(quiet...)
	u.ask("torrent", "recheck", "film.bin")
	u.until("film.bin", "whole again", func(one map[string]any) bool {
		return one["state"] == "seeding" && one["downloaded"].(float64) > 2<<20
	})
	if b, err := os.ReadFile(got); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%d bytes, %v; want %d", len(b), err, len(want))
	}
}
