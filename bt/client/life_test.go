package client

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// seeding is a client that seeds a file of its own.
func seeding(t *testing.T, name string, size int) (raw []byte, id ID, addr netip.AddrPort) {
	t.Helper()
	dir := t.TempDir()
	raw = share(t, dir, name, size)
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	x := await(t, c, add(t, c, AddRequest{File: raw}).ID, StateSeeding)
	return raw, x.ID, c.engine.(btEngine).Addr()
}

// TestMagnetBecomesTorrent: the info is kept as soon as it is known, and the link is gone.
func TestMagnetBecomesTorrent(t *testing.T) {
	raw, id, addr := seeding(t, "film", 200_000)
	state := t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: t.TempDir()})
	link := fmt.Sprintf("magnet:?xt=urn:btih:%s&dn=later&x.pe=%s", id, addr)
	x := add(t, c, AddRequest{Magnet: link, Paused: true})
	if x.State != StatePaused || x.Name != "later" {
		t.Errorf("added %+v", x)
	}
	if _, err := c.File(testContext(t), id); !errors.Is(err, ErrNoInfo) {
		t.Errorf("a file without an info: %v", err)
	}
	if err := c.Resume(testContext(t), id); err != nil {
		t.Fatal(err)
	}
	if x = await(t, c, id, StateSeeding); x.Name != "film" || x.Size != 200_000 {
		t.Errorf("complete %+v", x)
	}
	if _, err := os.Stat(c.path(id, magnetSuffix)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link stays: %v", err)
	}
	got, err := c.File(testContext(t), id)
	if err != nil || len(got) < len(raw)/2 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestRestartHashesNothing: a byte that changed behind our back, in a file that looks as it did, is not noticed.
func TestRestartHashesNothing(t *testing.T) {
	raw, id, addr := seeding(t, "film", 300_000)
	state, dir := t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir})
	add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}})
	await(t, c, id, StateSeeding)
	closeClient(t, c)
	path := filepath.Join(dir, "film")
	spoil(t, path)

	c = openClient(t, state, Settings{DownloadDir: dir})
	if x := await(t, c, id, StateSeeding); x.PiecesDone != x.PieceCount || x.Progress != 1 {
		t.Errorf("restarted: %+v", x)
	}
	if err := c.Recheck(testContext(t), id); err != nil {
		t.Fatal(err)
	}
	x := await(t, c, id, StateDownloading)
	if x.Completed >= x.Size {
		t.Errorf("checked: %+v", x)
	}
}

// spoil changes a byte of a file and nothing else of it.
func spoil(t *testing.T, path string) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{0xff}, st.Size()/2); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, st.ModTime(), st.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// TestMissingDataIsAnError, and not downloaded again, until somebody says so.
func TestMissingDataIsAnError(t *testing.T) {
	ctx := testContext(t)
	raw, id, addr := seeding(t, "film", 300_000)
	state, dir := t.TempDir(), t.TempDir()
	s := Settings{DownloadDir: dir}
	c := openClient(t, state, s)
	add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}})
	await(t, c, id, StateSeeding)
	closeClient(t, c)
	path := filepath.Join(dir, "film")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	c = openClient(t, state, s)
	if x := await(t, c, id, StateError); !strings.Contains(x.Error, dir) {
		t.Errorf("the error names no folder: %q", x.Error)
	}
	if err := c.Resume(ctx, id); !errors.Is(err, ErrMissing) {
		t.Errorf("resumed without data: %v", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := c.Resume(ctx, id); err != nil {
		t.Fatal(err)
	}
	await(t, c, id, StateSeeding)
}

// TestQueueAndMove: one at a time runs, in the order of the queue, and data follows.
func TestQueueAndMove(t *testing.T) {
	ctx := testContext(t)
	dir, there := t.TempDir(), t.TempDir()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir, MaxActiveSeeds: 1})
	a := add(t, c, AddRequest{File: share(t, dir, "a", 50_000)}).ID
	await(t, c, a, StateSeeding)
	b := add(t, c, AddRequest{File: share(t, dir, "b", 50_000), Forced: true}).ID
	await(t, c, b, StateSeeding) // forced
	no := false
	if err := c.Edit(ctx, b, EditRequest{Forced: &no}); err != nil {
		t.Fatal(err)
	}
	await(t, c, b, StateQueued)
	first := 0
	if err := c.Edit(ctx, b, EditRequest{Queue: &first}); err != nil {
		t.Fatal(err)
	}
	await(t, c, b, StateSeeding)
	await(t, c, a, StateQueued)
	if err := c.Move(ctx, b, there); err != nil {
		t.Fatal(err)
	}
	if x, err := c.Get(ctx, b); err != nil || x.Dir != there {
		t.Errorf("moved: %+v, %v", x, err)
	}
	if _, err := os.Stat(filepath.Join(there, "b")); err != nil {
		t.Error(err)
	}
	if err := c.Pause(ctx, b); err != nil {
		t.Fatal(err)
	}
	await(t, c, b, StatePaused)
	await(t, c, a, StateSeeding)
}

// TestNamesCollide: a torrent whose file would lie on another's is refused, and goes elsewhere.
func TestNamesCollide(t *testing.T) {
	ctx := testContext(t)
	dir, other := t.TempDir(), t.TempDir()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	add(t, c, AddRequest{File: share(t, dir, "film", 50_000)})
	second := share(t, other, "FILM", 60_000)
	if _, err := c.Add(ctx, AddRequest{File: second}); !errors.Is(err, ErrExists) {
		t.Fatalf("two torrents in one place: %v", err)
	}
	x := add(t, c, AddRequest{File: second, Dir: other})
	if err := c.Move(ctx, x.ID, dir); !errors.Is(err, ErrExists) {
		t.Errorf("moved onto another: %v", err)
	}
}

// TestRemoveDeletesItsOwn files, through no symbolic link, and folders only when they are empty.
func TestRemoveDeletesItsOwn(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write := func(path string) string {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone := []string{write(dir + "/album/a"), write(dir + "/album/sub/b")}
	kept := []string{write(dir + "/album/mine"), write(outside + "/c"), write(dir + "/other")}
	if err := os.Symlink(outside, dir+"/album/link"); err != nil {
		t.Fatal(err)
	}
	content := contentFiles{dirs: []string{dir, dir + "/none"}, paths: []string{"album/a", "album/sub/b", "album/link/c", "album/never"}}
	if err := content.remove(); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(gone, dir+"/album/sub") {
		if _, err := os.Lstat(p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s stays: %v", p, err)
		}
	}
	for _, p := range kept {
		if _, err := os.Lstat(p); err != nil {
			t.Error(err)
		}
	}
}

// TestOnComplete: the command gets what happened as arguments that no shell sees, once.
func TestOnComplete(t *testing.T) {
	raw, id, addr := seeding(t, "$(touch oops) film", 100_000)
	out, dir, state := t.TempDir(), t.TempDir(), t.TempDir()
	script := `printf '%s|%s|%s|' "$1" "$2" "$TTX_INFOHASH" >> "$3"; mv "$3" "$3.done"`
	s := Settings{DownloadDir: dir, OnComplete: []string{"sh", "-c", script, "x", "%N", "%F %%I %L", filepath.Join(out, "log")}}
	c := openClient(t, state, s)
	ran := make(chan struct{}, 1)
	c.onCommand = func() { ran <- struct{}{} }
	add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}, Labels: []string{"l"}})
	select {
	case <-ran:
	case <-testContext(t).Done():
		t.Fatal("the command did not run")
	}
	name := "$(touch oops) film"
	want := fmt.Sprintf("%s|%s/%s %%I l|%s|", name, dir, name, id)
	if got, err := os.ReadFile(filepath.Join(out, "log.done")); err != nil || string(got) != want {
		t.Errorf("told %q, %v; want %q", got, err, want)
	}
	closeClient(t, c)
	c = openClient(t, state, s)
	await(t, c, id, StateSeeding)
	closeClient(t, c)
	if _, err := os.Stat(filepath.Join(out, "log")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it ran again: %v", err)
	}
}

// TestWatchFolder: what is written there is added; what cannot be one is set aside; links come as well.
func TestWatchFolder(t *testing.T) {
	ctx := testContext(t)
	watch, dir := t.TempDir(), t.TempDir()
	early := share(t, dir, "early", 20_000)
	if err := os.WriteFile(filepath.Join(watch, "early.torrent"), early, 0o644); err != nil {
		t.Fatal(err)
	}
	c := openClient(t, t.TempDir(), Settings{
		DownloadDir: dir, WatchDirs: []WatchDir{{Dir: watch, Labels: []string{"seen"}, Paused: true}},
	})
	sub := c.Subscribe()
	defer sub.Close()
	late := share(t, dir, "late", 20_000)
	f, err := os.Create(filepath.Join(watch, "late.torrent"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{late[:50], late[50:]} { // half of it is no torrent
		if _, err := f.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	link := "magnet:?dn=link&xt=urn:btih:" + hex.EncodeToString([]byte("01234567890123456789"))
	if err := os.WriteFile(filepath.Join(watch, "l.magnet"), []byte(link+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for {
		list, err := c.List(ctx, Filter{Label: "seen", States: []State{StatePaused}})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 3 {
			break
		}
		select {
		case <-sub.Events():
		case <-ctx.Done():
			t.Fatalf("added only %v", list)
		}
	}
}

// TestGoal: a seed that reached its goal is finished; resumed, it goes on for good.
func TestGoal(t *testing.T) {
	ctx := testContext(t)
	dir := t.TempDir()
	raw := share(t, dir, "film", 100_000)
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir, RatioGoal: 0.5})
	id := add(t, c, AddRequest{File: raw}).ID
	await(t, c, id, StateSeeding)
	l := openClient(t, t.TempDir(), Settings{DownloadDir: t.TempDir()})
	add(t, l, AddRequest{File: raw, Peers: []netip.AddrPort{c.engine.(btEngine).Addr()}})
	await(t, l, id, StateSeeding)
	if x := await(t, c, id, StateFinished); x.Ratio < 0.5 || x.Uploaded < 50_000 || x.Queue != nil {
		t.Errorf("finished %+v", x)
	}
	if err := c.Resume(ctx, id); err != nil {
		t.Fatal(err)
	}
	if x := await(t, c, id, StateSeeding); x.Ratio < 0.5 {
		t.Errorf("resumed %+v", x)
	}
}

// TestV2Alone: a torrent without a v1 part is known by the first bytes of its v2 infohash, and comes back as what it
// is after a restart, also if it came by a magnet link, which brings no piece layers.
func TestV2Alone(t *testing.T) {
	dir, state, to := t.TempDir(), t.TempDir(), t.TempDir()
	raw := shareAs(t, dir, "film", 200_000, metainfo.V2)
	seeder := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	x := await(t, seeder, add(t, seeder, AddRequest{File: raw}).ID, StateSeeding)
	if x.InfohashV1 != nil || x.InfohashV2 == nil || !strings.HasPrefix(*x.InfohashV2, x.ID.String()) {
		t.Fatalf("infohashes %v, %v of %s", x.InfohashV1, x.InfohashV2, x.ID)
	}
	c := openClient(t, state, Settings{DownloadDir: to})
	await(t, c, add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{seeder.engine.(btEngine).Addr()}}).ID, StateSeeding)
	closeClient(t, c)
	c = openClient(t, state, Settings{DownloadDir: to})
	if got := await(t, c, x.ID, StateSeeding); got.PiecesDone != got.PieceCount || got.Name != "film" {
		t.Errorf("restarted: %+v", got)
	}
	closeClient(t, c)

	link, by := "magnet:?xt=urn:btmh:1220"+*x.InfohashV2, []netip.AddrPort{seeder.engine.(btEngine).Addr()}
	state, to = t.TempDir(), t.TempDir()
	c = openClient(t, state, Settings{DownloadDir: to})
	if got := add(t, c, AddRequest{Magnet: link}); got.ID != x.ID || got.InfohashV1 != nil {
		t.Errorf("the link is %+v", got)
	}
	closeClient(t, c) // it comes back as a link, too
	c = openClient(t, state, Settings{DownloadDir: to})
	_, l, err := c.liveOf(x.ID)
	if err != nil {
		t.Fatal(err)
	}
	l.Dial(by...)
	await(t, c, x.ID, StateSeeding)
	closeClient(t, c)
	c = openClient(t, state, Settings{DownloadDir: to})
	if got := await(t, c, x.ID, StateSeeding); got.PiecesDone != got.PieceCount || got.PieceCount < 2 || got.Name != "film" {
		t.Errorf("restarted, after a link: %+v", got)
	}
	file, err := c.File(testContext(t), x.ID)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := metainfo.Parse(file); err != nil || !m.Whole() {
		t.Errorf("the file of it: %+v, %v", m, err)
	}
}
