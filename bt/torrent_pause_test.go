package bt

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"
)

// TestPause: a paused torrent has no connection and is not in the library, and goes on where it was.
func TestPause(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, up)

	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder), Paused: true})
	if !x.Paused() || x.Complete() || len(x.Files()) != 4 {
		t.Errorf("paused %v, complete %v, files %v", x.Paused(), x.Complete(), x.Files())
	}
	if n := len(leecher.client.Torrents()); n != 0 {
		t.Errorf("%d torrents in the library, want none", n)
	}
	if _, err := leecher.Add(Source{File: raw, Dir: here}); !errors.Is(err, ErrInUse) {
		t.Errorf("adding it again: %v", err)
	}
	x.Resume()
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())
	before := x.Progress()

	x.Pause()
	if n := len(leecher.client.Torrents()); n != 0 {
		t.Errorf("%d torrents in the library after the pause", n)
	}
	until(t, "the seeder has lost its peer", func() bool { return len(up.Peers()) == 0 })
	if p := x.Progress(); p.Downloaded != before.Downloaded || p.Completed != p.Length || p.Peers != 0 {
		t.Errorf("progress %+v, before %+v", p, before)
	}
	up.Drop() // or the third would get a part of it from there
	x.Resume()
	third := openEngine(t, Config{})
	wait(t, add(t, third, Source{File: raw, Dir: t.TempDir(), Peers: addrs(leecher)}))
	until(t, "what the third got is counted", func() bool { return x.Progress().Uploaded >= x.Progress().Length })
	if p := x.Progress(); p.Downloaded != before.Downloaded {
		t.Errorf("progress %+v, before %+v", p, before)
	}
	x.Pause()
	x.Drop()
	wait(t, add(t, leecher, Source{File: raw, Dir: here}))
}

// TestSkippedFiles: what is not wanted is not fetched, until it is.
func TestSkippedFiles(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := map[string][]byte{
		"a": bytes.Repeat([]byte("0123456789abcde\n"), 10_000),
		"b": bytes.Repeat([]byte("fedcba987654321\n"), 10_000),
		"c": bytes.Repeat([]byte("the third file.\n"), 10_000),
	}
	raw := share(t, there, "album", files)
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	x := add(t, leecher, Source{
		File: raw, Dir: here, Peers: addrs(seeder), Priorities: map[int]Priority{0: Skip, 1: High, 2: Skip},
	})
	wait(t, x)
	if x.Complete() {
		t.Error("complete without two of three files")
	}
	status := x.Files()
	if f := status[1]; f.Completed != f.Length || f.Priority != High {
		t.Errorf("the wanted file: %+v", f)
	}
	if f := status[2]; f.Completed >= f.Length || f.Priority != Skip {
		t.Errorf("a skipped file: %+v", f)
	}
	p := x.Progress()
	if p.Wanted != 160_000 || p.WantedCompleted != p.Wanted || p.Length != 480_000 || p.Completed == p.Length {
		t.Errorf("progress %+v", p)
	}
	compare(t, filepath.Join(here, "album"), map[string][]byte{"b": files["b"]})

	if err := x.SetPriorities(map[int]Priority{3: Normal}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a file that does not exist: %v", err)
	}
	if err := x.SetPriorities(map[int]Priority{0: Low, 2: Normal}); err != nil {
		t.Fatal(err)
	}
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	if !x.Complete() {
		t.Error("not complete")
	}
	for i, s := range x.Pieces() {
		if s != Complete {
			t.Errorf("piece %d is in state %d", i, s)
		}
	}
}

// TestReader reads the end of a skipped file before the rest is there.
func TestReader(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := someFiles()
	raw := share(t, there, "album", files)
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	skip := map[int]Priority{0: Skip, 1: Skip, 2: Skip, 3: Skip}
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder), Priorities: skip})
	wait(t, x)
	for i, f := range x.Files() {
		want := files[f.Path[len("album/"):]]
		r, err := x.NewReader(testContext(t), i)
		if err != nil {
			t.Fatal(err)
		}
		at := int64(len(want)) * 2 / 3
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want[at:]) {
			t.Errorf("%s: read %d bytes of %d, %v", f.Path, len(got), len(want[at:]), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := x.NewReader(testContext(t), 4); !errors.Is(err, ErrMalformed) {
		t.Errorf("a file that does not exist: %v", err)
	}
}
