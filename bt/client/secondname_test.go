package client

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/resume"
)

// secondOf is the infohash that names a hybrid in the swarm of v2.
func secondOf(t *testing.T, x Torrent) (id ID) {
	t.Helper()
	if x.InfohashV1 == nil || x.InfohashV2 == nil {
		t.Fatalf("%s is no hybrid", x.ID)
	}
	if err := id.UnmarshalText([]byte((*x.InfohashV2)[:40])); err != nil {
		t.Fatal(err)
	}
	return id
}

// seedingHybrid is a client that seeds a hybrid.
func seedingHybrid(t *testing.T) (raw []byte, x Torrent, at []netip.AddrPort) {
	t.Helper()
	dir := t.TempDir()
	raw = shareAs(t, dir, "film", 200_000, metainfo.Hybrid)
	seeder := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	x = await(t, seeder, add(t, seeder, AddRequest{File: raw}).ID, StateSeeding)
	return raw, x, []netip.AddrPort{seeder.engine.(btEngine).Addr()}
}

// TestHybridByItsSecondHash: a link that names the v2 half of a hybrid becomes the torrent that it is, is found by both
// infohashes, keeps what was chosen for it, and comes back as itself.
func TestHybridByItsSecondHash(t *testing.T) {
	ctx := testContext(t)
	raw, x, seeder := seedingHybrid(t)
	second, state, dir := secondOf(t, x), t.TempDir(), t.TempDir()
	c := openClient(t, state, Settings{DownloadDir: dir})
	sub := c.Subscribe()
	defer sub.Close()
	link := "magnet:?xt=urn:btmh:1220" + *x.InfohashV2
	y := add(t, c, AddRequest{Magnet: link, Peers: seeder, Labels: []string{"mine"}, Forced: true})
	if y.ID != second || y.InfohashV1 != nil {
		t.Fatalf("the link is %+v", y)
	}
	for got := false; !got; {
		select {
		case ev := <-sub.Events():
			got = ev.Kind == EventInfo && ev.ID == x.ID
		case <-ctx.Done():
			t.Fatal("the info did not come")
		}
	}
	y = await(t, c, second, StateSeeding)
	if y.ID != x.ID || y.Size != 200_000 || !y.Forced || len(y.Labels) != 1 || *y.InfohashV2 != *x.InfohashV2 {
		t.Errorf("it became %+v", y)
	}
	for what, req := range map[string]AddRequest{
		"the link": {Magnet: link}, "its file": {File: raw}, "its infohash": {Infohash: second.String()},
	} {
		if _, err := c.Add(ctx, req); !errors.Is(err, ErrExists) {
			t.Errorf("%s is added beside it: %v", what, err)
		}
	}
	for _, suffix := range []string{magnetSuffix, resumeSuffix} {
		if _, err := os.Stat(c.path(second, suffix)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of the link stays: %v", suffix, err)
		}
	}
	closeClient(t, c)
	c = openClient(t, state, Settings{DownloadDir: dir})
	if y = await(t, c, second, StateSeeding); y.ID != x.ID || !y.Forced {
		t.Errorf("restarted: %+v", y)
	}
	if err := c.Remove(ctx, second, true); err != nil {
		t.Fatal(err)
	}
	if list, err := c.List(ctx, Filter{}); err != nil || len(list) != 0 {
		t.Errorf("removed: %v, %v", list, err)
	}
	add(t, c, AddRequest{Magnet: link, Paused: true}) // its names are free
}

// TestHybridIsThereAlready: a link that turns out to be a torrent that is there stops, and says which.
func TestHybridIsThereAlready(t *testing.T) {
	_, x, seeder := seedingHybrid(t)
	c := openClient(t, t.TempDir(), Settings{DownloadDir: t.TempDir()})
	first := add(t, c, AddRequest{Magnet: "magnet:?xt=urn:btih:" + x.ID.String(), Paused: true}).ID
	y := add(t, c, AddRequest{Magnet: "magnet:?xt=urn:btmh:1220" + *x.InfohashV2, Peers: seeder})
	if y = await(t, c, y.ID, StateError); !strings.Contains(y.Error, first.String()) || y.ID == first {
		t.Errorf("it stops with %+v", y)
	}
}

// TestCrashBetweenTheNames: a link that a crash left beside its torrent is gone after the start.
func TestCrashBetweenTheNames(t *testing.T) {
	raw, x, _ := seedingHybrid(t)
	second, state, s := secondOf(t, x), t.TempDir(), Settings{DownloadDir: t.TempDir()}
	c := openClient(t, state, s)
	add(t, c, AddRequest{File: raw, Paused: true})
	closeClient(t, c)
	rec, err := resume.Read(c.path(x.ID, resumeSuffix))
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(resume.Write(c.path(second, resumeSuffix), rec),
		durable.Replace(c.path(second, magnetSuffix), []byte("magnet:?xt=urn:btmh:1220"+*x.InfohashV2)))
	if err != nil {
		t.Fatal(err)
	}
	c = openClient(t, state, s)
	list, err := c.List(testContext(t), Filter{})
	if err != nil || len(list) != 1 || list[0].ID != x.ID {
		t.Errorf("restored %+v, %v", list, err)
	}
	if _, err := os.Stat(c.path(second, magnetSuffix)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link stays: %v", err)
	}
}

// TestSelectionOfALink: what a magnet link selects (BEP 53) is still selected after a restart.
func TestSelectionOfALink(t *testing.T) {
	ctx := testContext(t)
	dir, to, state := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.Mkdir(dir+"/album", 0o755); err != nil {
		t.Fatal(err)
	}
	share(t, dir, "album/a", 50_000)
	share(t, dir, "album/b", 50_000)
	share(t, dir, "album/c", 50_000)
	folder, err := content.Create(ctx, dir+"/album", content.Options{Version: metainfo.V1})
	if err != nil {
		t.Fatal(err)
	}
	made := folder.Torrent.Encode()
	seeder := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	x := await(t, seeder, add(t, seeder, AddRequest{File: made}).ID, StateSeeding)
	c := openClient(t, state, Settings{DownloadDir: to})
	await(t, c, add(t, c, AddRequest{
		Magnet: "magnet:?xt=urn:btih:" + x.ID.String() + "&so=1", Peers: []netip.AddrPort{seeder.engine.(btEngine).Addr()},
	}).ID, StateSeeding)
	closeClient(t, c)
	c = openClient(t, state, Settings{DownloadDir: to})
	await(t, c, x.ID, StateSeeding)
	files, err := c.Files(ctx, x.ID)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for i, f := range files {
		if (f.Priority == PrioritySkip) != (i != 1) {
			t.Errorf("file %d is %s after a restart", i, f.Priority)
		}
	}
}
