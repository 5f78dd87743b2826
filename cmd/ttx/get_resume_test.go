package main_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/resume"
)

// TestGetGoesOnWithoutHashing kills a download in the middle, and then changes a byte of a piece that was durable. Done so
// that the file looks as it did, nobody notices: what was durable is not hashed again. Done as editors do, it is
// noticed, hashed and fetched again. Pieces that were not durable are whole in the end in either case.
func TestGetGoesOnWithoutHashing(t *testing.T) {
	u := newUser(t, build(t))
	from := t.TempDir()
	want := random(t, filepath.Join(from, "film.bin"), 48<<20, 1)
	file := filepath.Join(from, "film.torrent")
	if _, code := u.run("create", "--piece-size", "262144", "--out", file, filepath.Join(from, "film.bin")); code != 0 {
		t.Fatal("create failed")
	}
	said, _ := u.background(1, "seed", "--listen", "127.0.0.1:0", "--no-dht", "--out", from, file)
	for name, noticed := range map[string]bool{"as it was": false, "later": true} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			args := []string{
				"get", "--no-dht", "--listen", "127.0.0.1:0", "--peer", said[0]["listen"].(string), "--out", to, file,
			}
			kept, rec := killedGet(t, u, to, append(args, "--limit-down", "4 MiB/s"))
			at := firstPiece(t, rec) * 262144
			got := filepath.Join(to, "film.bin")
			spoil(t, got, at, noticed)
			if _, code := u.run(args...); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			expect := bytes.Clone(want)
			if !noticed {
				expect[at] ^= 1
			}
			if b, err := os.ReadFile(got); err != nil || !bytes.Equal(b, expect) {
				t.Errorf("%d bytes, %v; the byte is %x, and was %x", len(b), err, b[at], want[at])
			}
			if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the record is still there: %v", err)
			}
		})
	}
}

// killedGet downloads into a folder, kills it when there is a record that claims something, and returns that.
func killedGet(t *testing.T, u *user, to string, args []string) (name string, rec *resume.Record) {
	t.Helper()
	cmd := u.command(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); rec == nil || rec.Pieces.Count() == 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Error("no record")
			break
		}
		if found, _ := filepath.Glob(filepath.Join(to, ".*.resume")); len(found) == 1 {
			name = found[0]
			rec, _ = resume.Read(name)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if cmd.ProcessState.Exited() || rec == nil {
		t.Fatalf("it was not killed in the middle: %v", cmd.ProcessState)
	}
	if !strings.HasSuffix(name, ".resume") || rec.Pieces.All() {
		t.Fatalf("%s: %d pieces of %d", name, rec.Pieces.Count(), rec.Pieces.Len())
	}
	return name, rec
}

func firstPiece(t *testing.T, rec *resume.Record) int64 {
	t.Helper()
	for i := range rec.Pieces.Len() {
		if rec.Pieces.Has(i) {
			return int64(i)
		}
	}
	t.Fatal("the record claims nothing")
	return 0
}

// spoil changes one byte of a file, which then looks as if nobody had, or as if somebody had an hour later.
func spoil(t *testing.T, name string, at int64, later bool) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	b[0] ^= 1
	_, err2 := f.WriteAt(b, at)
	when := info.ModTime()
	if later {
		when = when.Add(time.Hour)
	}
	if err := errors.Join(err, err2, f.Close(), os.Chtimes(name, when, when)); err != nil {
		t.Fatal(err)
	}
}
