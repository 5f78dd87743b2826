package cli

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/content"
)

// TestSeedThroughLinks: what a PATH that is a link points to is given to another engine, and what links in a folder do
// when they are followed; a .torrent is checked and seeded alike.
func TestSeedThroughLinks(t *testing.T) {
	real, dir := t.TempDir(), t.TempDir()
	data := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	file, link, folder := filepath.Join(real, "film"), filepath.Join(dir, "link"), filepath.Join(dir, "set")
	if err := errors.Join(
		os.WriteFile(file, data, 0o600), os.Symlink(file, link),
		os.Mkdir(folder, 0o700), os.Symlink(file, filepath.Join(folder, "one")),
	); err != nil {
		t.Fatal(err)
	}
	a := &app{IO: IO{Out: io.Discard, Err: io.Discard}}
	if _, _, err := a.seedable(t.Context(), folder, seedFlags{}); !errors.Is(err, content.ErrUnsupported) {
		t.Errorf("links in a folder, unasked: %v", err)
	}
	made, _, err := a.seedable(t.Context(), link, seedFlags{})
	if err != nil {
		t.Fatal(err)
	}
	torrent := filepath.Join(dir, "x.torrent")
	if err := os.WriteFile(torrent, made.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{link: "link", folder: "set/one", torrent: "link"} {
		here := t.TempDir()
		_, src, err := a.seedable(t.Context(), name, seedFlags{out: dir, follow: true})
		if err != nil {
			t.Fatal(err)
		}
		seeder, leecher := openPeer(t), openPeer(t)
		download(t, seeder, src)
		download(t, leecher, bt.Source{File: src.File, Dir: here, Peers: []netip.AddrPort{seeder.Addr()}})
		if got, err := os.ReadFile(filepath.Join(here, path)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func openPeer(t *testing.T) *bt.Engine {
	t.Helper()
	e, err := bt.Open(bt.Config{Listen: "127.0.0.1:0", DisableUTP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeEngine(e) })
	return e
}

func download(t *testing.T, e *bt.Engine, src bt.Source) {
	t.Helper()
	x, err := e.Add(src)
	if err == nil {
		err = x.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}
