package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// patience ends a test that hangs; no test waits for it to pass.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	if dir := os.Getenv(adderEnv); dir != "" {
		fmt.Fprintln(os.Stderr, addForever(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m,
		// The library leaves these behind a closed client.
		goleak.IgnoreAnyFunction("github.com/anacrolix/torrent.(*Client).acceptLimitClearer"),
	)
}

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func openEngine(t testing.TB) *bt.Engine {
	t.Helper()
	e, err := bt.Open(bt.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(testContext(t)); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// openClient opens a client with an engine of its own; stop closes both, as the end of the test does.
func openClient(t testing.TB, dir string, s Settings) *Client {
	t.Helper()
	c, err := Open(testContext(t), Config{Dir: dir, Engine: openEngine(t), Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeClient(t, c) })
	return c
}

func closeClient(t testing.TB, c *Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// share writes a file of some bytes below dir and returns the .torrent of it.
func share(t testing.TB, dir, name string, size int) []byte {
	t.Helper()
	return shareAs(t, dir, name, size, metainfo.V1)
}

func shareAs(t testing.TB, dir, name string, size int, version metainfo.Version) []byte {
	t.Helper()
	path := filepath.Join(dir, name)
	data := bytes.Repeat([]byte(name+" 0123456789abcdef\n"), size/(len(name)+18)+1)[:size]
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	made, err := content.Create(testContext(t), path, content.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return made.Torrent.Encode()
}

func add(t testing.TB, c *Client, req AddRequest) Torrent {
	t.Helper()
	x, err := c.Add(testContext(t), req)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// await waits until a torrent is in a state, by its events.
func await(t testing.TB, c *Client, id ID, want State) Torrent {
	t.Helper()
	ctx := testContext(t)
	sub := c.Subscribe()
	defer sub.Close()
	for {
		x, err := c.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if x.State == want {
			return x
		}
		select {
		case <-sub.Events():
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s: %s %s", want, x.State, x.Error)
		}
	}
}

func TestDownloadAndRestart(t *testing.T) {
	ctx := testContext(t)
	there, here, state := t.TempDir(), t.TempDir(), t.TempDir()
	raw := share(t, there, "film", 300_000)
	seeder := openClient(t, t.TempDir(), Settings{DownloadDir: there})
	up := await(t, seeder, add(t, seeder, AddRequest{File: raw}).ID, StateSeeding)

	leecher := openClient(t, state, Settings{DownloadDir: here})
	addr := seeder.engine.(btEngine).Addr()
	x := add(t, leecher, AddRequest{File: raw, Labels: []string{"b", "a", "b"}, Peers: []netip.AddrPort{addr}})
	if x.Name != "film" || x.Size != 300_000 || len(x.Labels) != 2 || x.ID != up.ID {
		t.Errorf("added %+v", x)
	}
	x = await(t, leecher, x.ID, StateSeeding)
	if x.Downloaded != 300_000 || x.CompletedAt == nil || x.Progress != 1 {
		t.Errorf("complete: %+v", x)
	}
	if _, err := leecher.Add(ctx, AddRequest{File: raw}); !errors.Is(err, ErrExists) {
		t.Errorf("added twice: %v", err)
	}
	closeClient(t, leecher)

	again := openClient(t, state, Settings{DownloadDir: t.TempDir()})
	y := await(t, again, x.ID, StateSeeding)
	if y.Downloaded != x.Downloaded || *y.CompletedAt != *x.CompletedAt || y.Dir != here || len(y.Labels) != 2 {
		t.Errorf("restored %+v", y)
	}
	if id, err := again.Find(ctx, x.ID.String()[:5]); err != nil || id != x.ID {
		t.Errorf("found %v, %v", id, err)
	}
	if err := again.Remove(ctx, x.ID, true); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(here); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := again.Get(ctx, x.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}
