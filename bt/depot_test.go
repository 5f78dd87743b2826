package bt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/bt/files"
)

// filesBelow are the files below a folder.
func filesBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return names
}

// TestIncompleteAndMove: a download lies in one folder until it is done, and goes on to be seeded while it moves.
func TestIncompleteAndMove(t *testing.T) {
	there, base := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	home, incomplete, other := filepath.Join(base, "home"), filepath.Join(base, "inc"), filepath.Join(base, "other")
	x := add(t, leecher, Source{
		File: raw, Layout: files.Layout{Dir: home, Incomplete: incomplete, Preallocate: files.Full}, Peers: addrs(seeder),
	})
	wait(t, x)
	compare(t, filepath.Join(home, "album"), someFiles())
	if left := filesBelow(t, incomplete); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if err := x.Move(testContext(t), other); err != nil {
		t.Fatal(err)
	}
	compare(t, filepath.Join(other, "album"), someFiles())
	if err := x.Rename(testContext(t), 1, "album/new/name"); err != nil {
		t.Fatal(err)
	}
	if left := filesBelow(t, home); len(left) > 0 || x.Layout().Dir != other {
		t.Errorf("%v is left, %+v", left, x.Layout())
	}
	third := openEngine(t, Config{})
	wait(t, add(t, third, Source{File: raw, Dir: t.TempDir(), Peers: addrs(leecher)}))

	l := x.Layout()
	x.Drop()
	again := add(t, leecher, Source{File: raw, Layout: l})
	wait(t, again)
}

// TestKept: what was kept is believed without hashing, unless a file was changed since.
func TestKept(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	e := openEngine(t, Config{})
	x := add(t, e, Source{File: raw, Dir: there})
	wait(t, x)
	rec, err := x.Keep(time.Minute)
	if err != nil || !rec.Pieces.All() {
		t.Fatalf("%v, %v", err, rec)
	}
	x.Drop()

	name := filepath.Join(there, "album", "sub", "big")
	st, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	b := someFiles()["sub/big"]
	spoiled := bytes.Clone(b)
	spoiled[100_000] ^= 1
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(spoiled); err != nil {
		t.Fatal(err)
	}
	f.Close()
	// Nobody can see this change but by hashing: that it passes shows that nothing was hashed.
	if err := os.Chtimes(name, st.ModTime(), st.ModTime()); err != nil {
		t.Fatal(err)
	}
	x = add(t, e, Source{File: raw, Dir: there, Kept: rec})
	wait(t, x)
	x.Drop()
	if err := os.Chtimes(name, time.Time{}, st.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	x = add(t, e, Source{File: raw, Dir: there, Kept: rec})
	until(t, "the changed file is hashed", func() bool { return count(x.Pieces(), Missing) == 1 })
	if n := count(x.Pieces(), Complete); n != rec.Pieces.Len()-1 {
		t.Errorf("%d pieces of %d", n, rec.Pieces.Len())
	}
}

func count(states []PieceState, s PieceState) (n int) {
	for _, have := range states {
		if have == s {
			n++
		}
	}
	return n
}

// TestRecheck finds what was spoiled, and gets it again.
func TestRecheck(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	wait(t, x)
	name := filepath.Join(here, "album", "sub", "big")
	if err := os.Truncate(name, 50_000); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(here, "album", "readme")); err != nil {
		t.Fatal(err)
	}
	x.Pause()
	if err := x.Recheck(testContext(t)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-x.Done():
		t.Error("done, with half of it gone")
	default:
	}
	if n := count(x.Pieces(), Missing); n < 8 {
		t.Errorf("%d pieces are missing", n)
	}
	x.Resume()
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())

	// What somebody put there is found.
	alone := openEngine(t, Config{})
	y := add(t, alone, Source{File: raw, Dir: t.TempDir(), Paused: true}) // else it makes files while we do
	if _, err := y.awaitFiles(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(y.Layout().Dir, "album")); err != nil { // the empty file is there already
		t.Fatal(err)
	}
	if err := os.CopyFS(y.Layout().Dir, os.DirFS(there)); err != nil {
		t.Fatal(err)
	}
	if err := y.Recheck(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wait(t, y)
}

// TestPlantedLinks: nothing is written through a link that somebody put into the folder, also when links are read through.
func TestPlantedLinks(t *testing.T) {
	for _, follow := range []bool{false, true} {
		t.Run(fmt.Sprintf("followed %t", follow), func(t *testing.T) { plantLinks(t, follow) })
	}
}

func plantLinks(t *testing.T, follow bool) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	for _, link := range []string{"album", "album/sub", "album/sub/big"} {
		here, outside := t.TempDir(), t.TempDir()
		target := filepath.Join(outside, "target")
		if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		to := outside
		if strings.HasSuffix(link, "big") {
			to = target
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(here, link)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(here, link)); err != nil {
			t.Fatal(err)
		}
		layout := files.Layout{Dir: here, FollowLinks: follow}
		x := add(t, leecher, Source{File: raw, Layout: layout, Peers: addrs(seeder)})
		if err := x.Wait(testContext(t)); !errors.Is(err, ErrStorage) || !errors.Is(err, files.ErrNotRegular) {
			t.Errorf("%s: %v", link, err)
		}
		x.Drop()
		if b, err := os.ReadFile(target); err != nil || string(b) != "mine" || len(filesBelow(t, outside)) != 1 {
			t.Errorf("%s: outside is %v, %q, %v", link, filesBelow(t, outside), b, err)
		}
	}
}

// TestSeedThroughLinks: a library of links, of a file, of a folder, of all of it, is checked and seeded where the user
// wants that, kept over a restart, and not moved.
func TestSeedThroughLinks(t *testing.T) {
	library := t.TempDir()
	raw := share(t, library, "album", someFiles())
	for _, link := range []string{"album", "album/sub", "album/sub/big", "album/empty"} {
		there, here := t.TempDir(), t.TempDir()
		share(t, there, "album", someFiles())
		if err := errors.Join(
			os.RemoveAll(filepath.Join(there, link)), os.Symlink(filepath.Join(library, link), filepath.Join(there, link)),
		); err != nil {
			t.Fatal(err)
		}
		layout := files.Layout{Dir: there, FollowLinks: true}
		seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
		up := add(t, seeder, Source{File: raw, Layout: layout})
		wait(t, up)
		wait(t, add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)}))
		compare(t, filepath.Join(here, "album"), someFiles())
		kept, err := up.Keep(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := up.Move(testContext(t), t.TempDir()); !errors.Is(err, files.ErrNotRegular) {
			t.Errorf("%s: moved: %v", link, err)
		}
		up.Drop()
		again := add(t, seeder, Source{File: raw, Layout: layout, Kept: kept})
		wait(t, again)
		compare(t, filepath.Join(library, "album"), someFiles())
	}
}

// TestVanishedFile: a seeder whose file is gone says so and stops, and goes on when it is back.
func TestVanishedFile(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	up := add(t, seeder, Source{File: raw, Dir: there, Whole: true})
	wait(t, up)
	name := filepath.Join(there, "album", "sub", "big")
	if err := os.Rename(name, name+"x"); err != nil {
		t.Fatal(err)
	}
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	receive(t, "the fault", up.Faulted())
	if err := up.Fault(); !errors.Is(err, ErrStorage) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "big") {
		t.Errorf("fault: %v", err)
	}
	if !errors.Is(up.Err(), ErrStorage) || !up.Paused() {
		t.Errorf("%v, paused %v", up.Err(), up.Paused())
	}
	if err := os.Rename(name+"x", name); err != nil {
		t.Fatal(err)
	}
	up.Resume()
	wait(t, x)
	if up.Fault() != nil || up.Err() != nil {
		t.Errorf("after it: %v, %v", up.Fault(), up.Err())
	}
}

const smallDisk = 2 << 20

// TestFullDisk fills a small disk of its own under a download.
func TestFullDisk(t *testing.T) {
	bttest.OnDisk(t, smallDisk, func(dir string) { downloadToFullDisk(t, dir) })
}

func downloadToFullDisk(t *testing.T, dir string) {
	ctx, there := testContext(t), t.TempDir()
	content := map[string][]byte{"a": bytes.Repeat([]byte("a"), 300_000), "b": bytes.Repeat([]byte("b"), 900_000)}
	raw := share(t, there, "set", content)
	large := share(t, there, "large", map[string][]byte{"c": bytes.Repeat([]byte("c"), smallDisk+1)})
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	for _, file := range [][]byte{raw, large} {
		wait(t, add(t, seeder, Source{File: file, Dir: there}))
	}

	// What cannot fit is refused before anything is written, with the figures.
	x := add(t, leecher, Source{File: large, Dir: dir, Peers: addrs(seeder)})
	err := x.Wait(ctx)
	var space *files.SpaceError
	if !errors.Is(err, files.ErrNoSpace) || !errors.As(err, &space) || space.Need != smallDisk+1 || space.Free > smallDisk {
		t.Errorf("a large one: %v, %+v", err, space)
	}
	if x.Drop(); len(filesBelow(t, dir)) > 0 {
		t.Errorf("there is %v", filesBelow(t, dir))
	}

	// The disk fills in the middle.
	x = add(t, leecher, Source{File: raw, Dir: dir, Peers: addrs(seeder), Priorities: map[int]Priority{1: Skip}})
	wait(t, x)
	ballast := filepath.Join(dir, "ballast")
	bttest.FillDisk(t, ballast)
	if err := x.SetPriorities(map[int]Priority{1: Normal}); err == nil {
		receive(t, "the fault", x.Faulted())
	}
	if err := x.Fault(); !errors.Is(err, ErrStorage) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("fault: %v", err)
	}
	// Another torrent of the same engine does not notice.
	wait(t, add(t, leecher, Source{File: large, Dir: t.TempDir(), Peers: addrs(seeder)}))

	// Without room it does not go on either.
	x.Resume()
	if err := x.Wait(ctx); !errors.Is(err, ErrStorage) {
		t.Errorf("no room yet: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	x.Resume()
	wait(t, x)
	compare(t, filepath.Join(dir, "set"), content)
	if p := x.Progress(); p.Corrupt > 0 {
		t.Errorf("%d bytes were corrupt", p.Corrupt)
	}
	if pieces, err := x.Sync(); err != nil || !pieces.All() {
		t.Errorf("sync: %v, %d pieces", err, pieces.Count())
	}
	if left := filesBelow(t, dir); len(left) != 2 {
		t.Errorf("there is %v", left)
	}
}

// TestDropWhileChecking ends a check.
func TestDropWhileChecking(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	e := openEngine(t, Config{})
	x := add(t, e, Source{File: raw, Dir: there})
	x.Drop()
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if err := x.Recheck(ctx); err == nil {
		t.Error("a check of a dropped torrent")
	}
	wait(t, add(t, e, Source{File: raw, Dir: there}))
}
