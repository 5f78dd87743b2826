package files_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// brokenDisk fails to make files, or names, durable.
type brokenDisk struct {
	*simDisk
	content, names bool
}

type brokenFile struct {
	files.File
	d *brokenDisk
}

func (d *brokenDisk) Open(base, name string, flag files.Flag) (files.File, error) {
	f, err := d.simDisk.Open(base, name, flag)
	return brokenFile{f, d}, err
}

func (f brokenFile) Sync() error {
	if f.d.content {
		return syscall.EIO
	}
	return f.File.Sync()
}

func (d *brokenDisk) SyncDir(base, name string) error {
	if d.names {
		return syscall.EIO
	}
	return d.simDisk.SyncDir(base, name)
}

// TestFailedSyncIsNeverForgotten: what was written before fsync failed is not claimed, also when a later fsync says that
// all is well: the system may have dropped it. What was claimed before stays, and what is written again counts.
func TestFailedSyncIsNeverForgotten(t *testing.T) {
	for what, disk := range map[string]*brokenDisk{
		"content": {simDisk: newSimDisk(), content: true}, "names": {simDisk: newSimDisk(), names: true},
	} {
		info := infoOf(64, metainfo.File{Path: []string{"a"}, Length: 128}, metainfo.File{Path: []string{"b"}, Length: 128})
		right := contentOf(info)
		s, err := files.Open(files.Config{Info: info, Layout: files.Layout{Dir: "/home"}, Pool: files.NewPool(4), Disk: disk})
		if err != nil {
			t.Fatal(err)
		}
		put := func(piece int) {
			t.Helper()
			s.SetHave(piece, false)
			if _, err := s.WriteAt(right[piece*64:piece*64+64], int64(piece*64)); err != nil {
				t.Fatal(err)
			}
			s.SetHave(piece, true)
		}
		claims := func(when string, fails bool, want ...int) {
			t.Helper()
			got, err := s.Sync()
			if errors.Is(err, syscall.EIO) != fails {
				t.Errorf("%s, %s: %v", what, when, err)
			}
			for p := range info.Pieces() {
				if wanted := slices.Contains(want, p); got.Has(p) != wanted {
					t.Errorf("%s, %s: piece %d claimed: %t", what, when, p, got.Has(p))
				}
			}
		}
		content, names := disk.content, disk.names
		disk.content, disk.names = false, false
		put(0)
		claims("at first", false, 0)
		disk.content, disk.names = content, names
		put(1)
		put(2) // in a file whose name is new
		claims("failing", true, 0)
		disk.content, disk.names = false, false
		put(3)
		claims("afterwards", false, 0, 3)
		put(1)
		put(2)
		claims("written again", false, 0, 1, 2, 3)
		disk.cut(func() bool { return false })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"/home/set/a", "/home/set/b"} {
			if n := disk.now[name]; n == nil || !bytes.Equal(n.data, right[i*128:i*128+128]) {
				t.Errorf("%s: after a power cut %s is not what was claimed", what, name)
			}
		}
	}
}

// finishOnFullDisk: files are made on one disk and belong on another, which has no room: they stay, are read where
// they are, and move when there is room.
func finishOnFullDisk(t *testing.T, other string) {
	info := infoOf(64<<10, metainfo.File{Path: []string{"a"}, Length: 100_000}, metainfo.File{Path: []string{"b"}, Length: 500_000})
	final, made := filepath.Join(other, "final"), t.TempDir()
	s := open(t, info, files.Layout{Dir: final, Incomplete: made})
	right := writeAll(t, s, info)
	s.Forget(resume.AllPieces(info.Pieces()))
	ballast := filepath.Join(other, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 700_000), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(when string, there, here int) {
		t.Helper()
		got := make([]byte, len(right))
		if _, err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, right) {
			t.Errorf("%s: %v", when, err)
		}
		if pieces, err := s.Sync(); err != nil || !pieces.All() {
			t.Errorf("%s: sync: %v", when, err)
		}
		if n, m := len(below(t, final)), len(below(t, made)); n != there || m != here {
			t.Errorf("%s: %d files are where they belong, and %d where they were made", when, n, m)
		}
	}
	if err := s.Finish(context.Background()); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("without room: %v", err)
	}
	check("without room", 1, 1)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	check("with room", 2, 0)
	if err := errors.Join(s.Close(), os.RemoveAll(final)); err != nil { // a file that is open keeps its room
		t.Fatal(err)
	}
}
