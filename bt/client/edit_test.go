package client

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/resume"
)

// TestRename: a file gets another name that stays over a restart, but never one that another torrent has or will have.
func TestRename(t *testing.T) {
	ctx := testContext(t)
	dir, state := t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir})
	id := add(t, c, AddRequest{File: share(t, dir, "film", 100_000)}).ID
	await(t, c, id, StateSeeding)
	unwritten := add(t, c, AddRequest{File: share(t, t.TempDir(), "other", 50_000), Paused: true}).ID
	if err := c.Edit(ctx, id, EditRequest{Rename: map[int]string{0: "OTHER"}}); !errors.Is(err, ErrExists) {
		t.Errorf("renamed onto a file that is not written yet: %v", err)
	}
	if err := c.Edit(ctx, id, EditRequest{Rename: map[int]string{0: "movie"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Add(ctx, AddRequest{File: share(t, t.TempDir(), "movie", 70_000)}); !errors.Is(err, ErrExists) {
		t.Errorf("added onto a renamed file: %v", err)
	}
	if err := c.Remove(ctx, unwritten, true); err != nil {
		t.Fatal(err)
	}
	closeClient(t, c)
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || !slices.Equal(left, []string{filepath.Join(dir, "movie")}) {
		t.Errorf("there is %v, %v", left, err)
	}
	c = openClient(t, state, Settings{DownloadDir: dir})
	if x := await(t, c, id, StateSeeding); x.Completed != 100_000 {
		t.Errorf("after a restart: %+v", x)
	}
}

// TestStream: a player gets what the file has, by ranges.
func TestStream(t *testing.T) {
	ctx := testContext(t)
	dir := t.TempDir()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	id := add(t, c, AddRequest{File: share(t, dir, "film", 100_000)}).ID
	url, err := c.Stream(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=70000-79999")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	want, err2 := os.ReadFile(filepath.Join(dir, "film"))
	if err := errors.Join(err, err2); err != nil || string(got) != string(want[70_000:80_000]) {
		t.Errorf("%s, %d bytes, %v", resp.Status, len(got), err)
	}
	if _, err := c.Stream(ctx, id, 1); err == nil {
		t.Error("a file that is not there has an address")
	}
}

// TestTrackersAndQueuePlace: trackers are replaced, in the .torrent too, and stay; what is paused has no place.
func TestTrackersAndQueuePlace(t *testing.T) {
	ctx := testContext(t)
	dir, state := t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir, StartPaused: true})
	x := add(t, c, AddRequest{File: share(t, dir, "film", 50_000)})
	text, err := json.Marshal(x)
	if err != nil || !strings.Contains(string(text), `"queue":null`) {
		t.Errorf("a paused torrent in the queue: %s, %v", text, err)
	}
	tiers := [][]string{{"http://127.0.0.1:1/a", "http://127.0.0.1:1/b"}, {"udp://127.0.0.1:1"}}
	if err := c.Edit(ctx, x.ID, EditRequest{Trackers: &tiers}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, err := c.Trackers(ctx, x.ID)
		if err != nil || len(list) != 3 || list[2].Tier != 1 || list[2].URL != tiers[1][0] {
			t.Errorf("trackers %+v, %v", list, err)
		}
		raw, err := c.File(ctx, x.ID)
		if err != nil || strings.Count(string(raw), "127.0.0.1:1") != 4 { // announce, and the list
			t.Errorf("the file is %q, %v", raw, err)
		}
		closeClient(t, c)
		c = openClient(t, state, Settings{DownloadDir: dir})
	}
}

// TestWebSeedAtOnce: a torrent that nobody has is complete as soon as it gets a web seed.
func TestWebSeedAtOnce(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "film", 300_000)
	server := httptest.NewServer(http.FileServer(http.Dir(there)))
	defer server.Close()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: t.TempDir()})
	id := add(t, c, AddRequest{File: raw}).ID
	await(t, c, id, StateDownloading)
	if err := c.Edit(testContext(t), id, EditRequest{WebSeeds: &[]string{server.URL + "/"}}); err != nil {
		t.Fatal(err)
	}
	if x := await(t, c, id, StateSeeding); x.Downloaded != 300_000 {
		t.Errorf("complete: %+v", x)
	}
	seeds, err := c.WebSeeds(testContext(t), id)
	if err != nil || len(seeds) != 1 || seeds[0].URL != server.URL+"/" || seeds[0].State == "off" || seeds[0].Downloaded != 300_000 {
		t.Errorf("web seeds %+v, %v", seeds, err)
	}
}

// TestApply: new settings count at once, for the queue, the folder of what is added later and the limits; bad ones
// change nothing.
func TestApply(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	a := add(t, c, AddRequest{File: share(t, dir, "a", 50_000)}).ID
	b := add(t, c, AddRequest{File: share(t, dir, "b", 50_000)}).ID
	await(t, c, a, StateSeeding)
	await(t, c, b, StateSeeding)
	if err := c.Apply(Settings{DownloadDir: other, MaxActive: 1, Limits: Limits{Up: 5 << 20}}); err != nil {
		t.Fatal(err)
	}
	await(t, c, b, StateQueued)
	if got := c.engine.(btEngine).Limits(); got.Up != 5<<20 {
		t.Errorf("limits %+v", got)
	}
	if x := add(t, c, AddRequest{File: share(t, other, "c", 50_000)}); x.Dir != other {
		t.Errorf("added to %s", x.Dir)
	}
	if err := c.Apply(Settings{DownloadDir: "relative"}); err == nil || c.Settings().MaxActive != 1 {
		t.Errorf("bad settings: %v, %+v", err, c.Settings())
	}
}

// TestMoveOfFailed: the data of a torrent that failed is moved once it is there.
func TestMoveOfFailed(t *testing.T) {
	ctx := testContext(t)
	dir, there, state := t.TempDir(), t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir})
	id := add(t, c, AddRequest{File: share(t, dir, "film", 100_000)}).ID
	await(t, c, id, StateSeeding)
	closeClient(t, c)
	path := filepath.Join(dir, "film")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	c = openClient(t, state, Settings{DownloadDir: dir})
	await(t, c, id, StateError)
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := c.Move(ctx, id, there); err != nil {
		t.Fatal(err)
	}
	if x := await(t, c, id, StateSeeding); x.Dir != there {
		t.Errorf("moved: %+v", x)
	}
	if _, err := os.Stat(filepath.Join(there, "film")); err != nil {
		t.Error(err)
	}
}

// TestInterruptedMove: a client that was killed in the middle of a move ends it at the next start, wherever the file is.
func TestInterruptedMove(t *testing.T) {
	for _, moved := range []bool{false, true} {
		dir, there, state := t.TempDir(), t.TempDir(), t.TempDir()
		c := openClient(t, state, Settings{DownloadDir: dir})
		raw, id, addr := seeding(t, "film", 200_000)
		add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}})
		await(t, c, id, StateSeeding)
		closeClient(t, c)
		rec, err := resume.Read(c.path(id, resumeSuffix))
		if err != nil {
			t.Fatal(err)
		}
		rec.MovingTo = there // which a move saves before anything
		if err := resume.Write(c.path(id, resumeSuffix), rec); err != nil {
			t.Fatal(err)
		}
		if moved {
			if err := os.Rename(filepath.Join(dir, "film"), filepath.Join(there, "film")); err != nil {
				t.Fatal(err)
			}
		}
		spoil(t, filepath.Join(map[bool]string{false: dir, true: there}[moved], "film")) // what is hashed again shows
		c = openClient(t, state, Settings{DownloadDir: dir})
		sub := c.Subscribe()
		for ctx := testContext(t); ; {
			x, err := c.Get(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if x.Dir == there && x.State == StateSeeding {
				break
			}
			select {
			case <-sub.Events():
			case <-ctx.Done():
				t.Fatalf("not moved: %+v", x)
			}
		}
		sub.Close()
		if x, err := c.Get(testContext(t), id); err != nil || x.Completed != 200_000 || x.Downloaded != 200_000 {
			t.Errorf("moved: %+v, %v", x, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "film")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("left behind: %v", err)
		}
		if _, err := os.Stat(filepath.Join(there, "film")); err != nil {
			t.Error(err)
		}
		closeClient(t, c)
	}
}
