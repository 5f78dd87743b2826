package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestGetIsKilled kills a download in the middle. The next one goes on with what is there, and nothing wrong is kept.
func TestGetIsKilled(t *testing.T) {
	u := newUser(t, build(t))
	from, to := t.TempDir(), t.TempDir()
	want := random(t, filepath.Join(from, "film.bin"), 256<<20, 1)
	file := filepath.Join(from, "film.torrent")
	if _, code := u.run("create", "--out", file, filepath.Join(from, "film.bin")); code != 0 {
		t.Fatal("create failed")
	}
	said, stop := u.background(1, "seed", "--listen", "127.0.0.1:0", "--no-dht", "--out", from, file)
	defer stop()
	args := []string{"get", "--no-dht", "--listen", "127.0.0.1:0", "--peer", said[0]["listen"].(string), "--out", to, file}

	got := filepath.Join(to, "film.bin")
	for range 2 {
		before := allocated(got)
		cmd := u.command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		tick := time.NewTicker(time.Millisecond)
		for allocated(got) < before+16<<20 {
			<-tick.C
		}
		tick.Stop()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || ws.Signal() != syscall.SIGKILL {
			t.Fatalf("it was too fast: %v", cmd.ProcessState)
		}
	}
	if _, code := u.run("torrent", "check", "--out", to, file); code != 1 {
		t.Errorf("what was killed in the middle: check exits with %d; want 1", code)
	}
	if _, code := u.run(args...); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if b, err := os.ReadFile(got); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%d bytes, %v; want %d", len(b), err, len(want))
	}
}

// allocated is how many bytes of a file have room on the disk.
func allocated(name string) int64 {
	st, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return st.Sys().(*syscall.Stat_t).Blocks * 512
}
