package bt

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// noise is bytes that do not repeat.
func noise(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		h := sha256.Sum256(fmt.Append(nil, n, i))
		b = append(b, h[:]...)
	}
	return b[:n]
}

// createOf makes a torrent of one file below dir.
func createOf(t *testing.T, dir, name string, data []byte, v checked.Version, webSeeds ...string) []byte {
	t.Helper()
	return createPieces(t, dir, name, data, v, 64<<10, webSeeds...)
}

func createPieces(t *testing.T, dir, name string, data []byte, v checked.Version, piece int64, webSeeds ...string) []byte {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	made, err := content.Create(t.Context(), filepath.Join(dir, name), content.Options{Version: v, PieceLength: piece})
	if err != nil {
		t.Fatal(err)
	}
	made.Torrent.WebSeeds = webSeeds
	return made.Torrent.Encode()
}

// TestLiarIsBanned: a seeder whose pieces are wrong is found and its address refused; the honest one suffices.
func TestLiarIsBanned(t *testing.T) {
	for _, version := range []checked.Version{checked.V1, checked.V2, checked.Hybrid} {
		there, false1, here := t.TempDir(), t.TempDir(), t.TempDir()
		data := noise(2 << 20)
		raw := createOf(t, there, "f", data, version)
		if err := os.WriteFile(filepath.Join(false1, "f"), noise(2<<20 + 1)[1:], 0o644); err != nil {
			t.Fatal(err)
		}
		honest, leecher := openEngine(t, Config{}), openEngine(t, Config{})
		liar := openEngine(t, Config{Listen: "127.0.0.2:0"})
		wait(t, add(t, liar, Source{File: raw, Dir: false1, Whole: true}))
		wait(t, add(t, honest, Source{File: raw, Dir: there}))
		x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(liar)})
		until(t, "the liar was found out", func() bool { return x.Progress().Corrupt > 0 && len(x.Peers()) == 0 })
		x.Dial(honest.Addr())
		wait(t, x)
		compare(t, here, map[string][]byte{"f": data})
		banned := leecher.client.BadPeerIPs() // the library may write one address in two ways
		if len(banned) == 0 {
			t.Errorf("version %d: nobody is banned", version)
		}
		for _, ip := range banned {
			if netip.MustParseAddr(ip).Unmap() != liar.Addr().Addr() {
				t.Errorf("version %d: banned is %s, want only the liar", version, ip)
			}
		}
		for _, p := range x.Peers() {
			if p.Addr.Addr() == netip.MustParseAddr("127.0.0.2") {
				t.Errorf("version %d: still connected to the liar", version)
			}
		}
	}
}
