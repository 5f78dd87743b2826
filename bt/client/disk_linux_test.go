//go:build linux

package client

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/bttest"
)

const smallDisk = 2 << 20

// TestFullDisk: a torrent whose disk fills in the middle stops with the reason, another one goes on, and it goes on too
// when there is room.
func TestFullDisk(t *testing.T) {
	bttest.OnDisk(t, smallDisk, func(dir string) { downloadToFullDisk(t, dir) })
}

func downloadToFullDisk(t *testing.T, dir string) {
	ctx := testContext(t)
	raw, id, addr := seeding(t, "film", 1_500_000)
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	slow := Limits{Down: 256 << 10} // so that there is a middle
	add(t, c, AddRequest{File: raw, Peers: []netip.AddrPort{addr}, Limits: slow, Sequential: true})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for x := await(t, c, id, StateDownloading); x.Completed < 100_000; {
		<-tick.C
		c.replan()
		var err error
		if x, err = c.Get(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(dir, "ballast")
	bttest.FillDisk(t, ballast)
	x := await(t, c, id, StateError)
	if !strings.Contains(x.Error, syscall.ENOSPC.Error()) {
		t.Errorf("the error gives no reason: %q", x.Error)
	}
	elsewhere, other, from := seeding(t, "other", 1_000_000)
	add(t, c, AddRequest{File: elsewhere, Dir: t.TempDir(), Peers: []netip.AddrPort{from}})
	await(t, c, other, StateSeeding)

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	none := int64(0)
	if err := errors.Join(c.Limit(ctx, id, LimitRequest{Down: &none}), c.Resume(ctx, id)); err != nil {
		t.Fatal(err)
	}
	if x := await(t, c, id, StateSeeding); x.Completed != 1_500_000 || x.Error != "" {
		t.Errorf("resumed: %+v", x)
	}
}

// TestWatchFolderInvalid: what stays unreadable is set aside after a while, and what was added is deleted if so set.
func TestWatchFolderInvalid(t *testing.T) {
	ctx := testContext(t)
	watch, dir := t.TempDir(), t.TempDir()
	c := openClient(t, t.TempDir(), Settings{DownloadDir: dir})
	bad, good := filepath.Join(watch, "bad.torrent"), filepath.Join(watch, "good.torrent")
	if err := errors.Join(os.WriteFile(bad, []byte("d4:infod"), 0o644), os.WriteFile(good, share(t, dir, "film", 20_000), 0o644)); err != nil {
		t.Fatal(err)
	}
	w := &watcher{c: c, doubts: make(map[string]doubt), failing: make(map[string]string)}
	d := WatchDir{Dir: watch, Paused: true, Delete: true}
	if err := w.scan(d); err != nil {
		t.Fatal(err)
	}
	if list, err := c.List(ctx, Filter{}); err != nil || len(list) != 1 || list[0].Name != "film" {
		t.Errorf("added %v, %v", list, err)
	}
	if left, err := filepath.Glob(watch + "/*"); err != nil || len(left) != 1 || left[0] != bad {
		t.Errorf("at first there is %v, %v", left, err)
	}
	x := w.doubts[bad]
	x.since = x.since.Add(-settle)
	w.doubts[bad] = x
	if err := w.scan(d); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bad + invalidSuffix); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(bad); !errors.Is(err, fs.ErrNotExist) || len(w.doubts) != 0 {
		t.Errorf("it stays: %v, %v", err, w.doubts)
	}
}
