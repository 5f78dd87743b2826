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

// TestNodeKilledInTheMiddle: after kill -9 in the middle of a download only pieces are fetched that were not claimed to
// be there, and the result is what was seeded.
func TestNodeKilledInTheMiddle(t *testing.T) {
	const size, piece = 48 << 20, 256 << 10
	u := newUser(t, build(t))
	from, to := t.TempDir(), t.TempDir()
	want := random(t, filepath.Join(from, "film.bin"), size, 1)
	file := filepath.Join(from, "film.torrent")
	if _, code := u.run("create", "--piece-size", "262144", "--out", file, filepath.Join(from, "film.bin")); code != 0 {
		t.Fatal("create failed")
	}
	seed := func(listen string) (addr string, stop func()) {
		said, stop := u.background(1, "seed", "--listen", listen, "--no-dht", "--no-lsd", "--out", from, file)
		return said[0]["listen"].(string), stop
	}
	addr, stop := seed("127.0.0.1:0")
	cmd, _, _ := u.process("--no-ledger")
	u.ask("torrent", "add", file, "--out", to, "--peer", addr, "--limit-down", "4MiB/s")
	u.until("film.bin", "claimed some pieces", func(one map[string]any) bool { return one["pieces_done"].(float64) > 0 })
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	stop()

	u.process("--no-ledger")
	before := u.until("film.bin", "looked at", inState("downloading")) // nobody is there to download from
	claimed := before["pieces_done"].(float64) * piece
	if claimed == 0 || claimed >= size || before["completed"].(float64) < claimed {
		t.Fatalf("after kill -9: %v", before)
	}
	_, stop = seed(addr)
	defer stop()
	u.ask("torrent", "limit", "film.bin", "--down", "0")
	u.ask("torrent", "pause", "film.bin")
	u.ask("torrent", "resume", "film.bin") // which dials at once
	after := u.until("film.bin", "whole", inState("seeding"))
	if fetched := after["downloaded"].(float64) - before["downloaded"].(float64); fetched <= 0 || fetched > size-claimed {
		t.Errorf("%.0f bytes were fetched; %d - %.0f were not claimed to be there", fetched, size, claimed)
	}
	if b, err := os.ReadFile(filepath.Join(to, "film.bin")); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%d bytes, %v; want %d", len(b), err, len(want))
	}
}
