//go:build linux

package bt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// versionFiles have pieces of 16 KiB: one file of many pieces with a last block that is not whole, one of a single
// whole piece, one of half a block, an empty one, and one of two pieces at the end.
func versionFiles() map[string][]byte {
	noise := func(n int) []byte {
		var b []byte
		for i := 0; len(b) < n; i++ {
			h := sha256.Sum256(fmt.Append(nil, n, i))
			b = append(b, h[:]...)
		}
		return b[:n]
	}
	return map[string][]byte{
		"a/many": noise(300_001), "b-one": noise(16 << 10), "c-half": noise(7_000), "d-empty": {}, "e/last": noise(20_000),
	}
}

// testVersions exchanges torrents of v1, v2 and both with libtorrent, both ways, from all that can name them.
func testVersions(t *testing.T) {
	files := versionFiles()
	for _, kind := range []string{"v1", "hybrid", "v2"} {
		there := t.TempDir()
		path := libtorrentMakes(t, there, kind, files)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := checked.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		v1 := fmt.Sprintf("xt=urn:btih:%x", file.Info.InfohashV1())
		v2 := fmt.Sprintf("xt=urn:btmh:1220%x", file.Info.InfohashV2())
		links := map[string][]string{"v1": {v1}, "v2": {v2}, "hybrid": {v1, v2, v1 + "&" + v2}}[kind]
		t.Run(kind+" we leech", func(t *testing.T) {
			peer := libtorrentSeeds(t, path, there)
			t.Run("file", func(t *testing.T) {
				fetchVersion(t, Source{File: raw, Peers: []netip.AddrPort{peer}}, files)
			})
			for _, xt := range links {
				t.Run(xt, func(t *testing.T) {
					fetchVersion(t, Source{Magnet: fmt.Sprintf("magnet:?%s&x.pe=%v", xt, peer)}, files)
				})
			}
		})
		t.Run(kind+" we seed", func(t *testing.T) {
			e := openEngine(t, Config{Listen: interopHost + ":0"})
			wait(t, add(t, e, Source{File: raw, Dir: there}))
			for _, source := range append([]string{path}, magnets(links)...) {
				t.Run(filepath.Base(source), func(t *testing.T) { giveVersion(t, e, source, files) })
			}
		})
	}
}

// testSecondName: who names a hybrid by its v2 infohash is in the torrent's group: its limits hold, and it is known whether
// it is encrypted.
func testSecondName(t *testing.T) {
	there, here, files := t.TempDir(), t.TempDir(), versionFiles()
	raw, err := os.ReadFile(libtorrentMakes(t, there, "hybrid", files))
	if err != nil {
		t.Fatal(err)
	}
	file, err := checked.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, Config{Listen: interopHost + ":0", UploadSlots: 1})
	x := add(t, e, Source{File: raw, Dir: there})
	wait(t, x)
	x.SetLimits(Limits{Up: 200_000})
	magnet := fmt.Sprintf("magnet:?xt=urn:btmh:1220%x", file.Info.InfohashV2())
	cmd := libtorrent(testContext(t), t, "get", magnet, here, e.Addr().String(), "encrypted")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "an encrypted peer, which is uploaded to", func() bool {
		p := x.Peers()
		up, _ := x.Rates()
		return len(p) == 1 && p[0].Encrypted && up > 0
	})
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.Bytes())
	}
	compare(t, filepath.Join(here, "album"), files)
	if up, _ := x.group.Totals(); up < file.Info.Size() {
		t.Errorf("%d bytes passed in the torrent's group, of %d", up, file.Info.Size())
	}
}

// testProofsOfLayers: libtorrent proves the hashes that it sends where one answer does not hold them all, and takes our
// proofs.
func testProofsOfLayers(t *testing.T) {
	there, files := t.TempDir(), map[string][]byte{"many": noise(600<<14 + 5_000), "few": noise(40_000)}
	path := libtorrentMakes(t, there, "v2", files)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := checked.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	magnet := fmt.Sprintf("magnet:?xt=urn:btmh:1220%x", file.Info.InfohashV2())
	e := openEngine(t, Config{Listen: interopHost + ":0"})
	x := add(t, e, Source{Magnet: magnet, Dir: t.TempDir(), Peers: []netip.AddrPort{libtorrentSeeds(t, path, there)}})
	wait(t, x)
	compare(t, filepath.Join(x.Layout().Dir, "album"), files)
	giveVersion(t, e, magnet, files)
}

func magnets(links []string) []string {
	var list []string
	for _, xt := range links {
		list = append(list, "magnet:?"+xt)
	}
	return list
}

func fetchVersion(t *testing.T, src Source, files map[string][]byte) {
	e := openEngine(t, Config{Listen: interopHost + ":0"})
	src.Dir = t.TempDir()
	x := add(t, e, src)
	wait(t, x)
	compare(t, filepath.Join(src.Dir, "album"), files)
	if p := x.Progress(); p.Completed != p.Length || !x.Complete() {
		t.Errorf("progress %+v", p)
	}
}

func giveVersion(t *testing.T, e *Engine, source string, files map[string][]byte) {
	dir := t.TempDir()
	if out, err := libtorrent(testContext(t), t, "get", source, dir, e.Addr().String(), "plain").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	compare(t, filepath.Join(dir, "album"), files)
}

// TestV2BetweenUs: what is damaged on disk is found by the tree and fetched again.
func TestV2BetweenUs(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := versionFiles()
	share(t, there, "album", files)
	raw := createV2(t, filepath.Join(there, "album"))
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	share(t, here, "album", files)
	damaged := bytes.Clone(files["a/many"])
	damaged[200_000] ^= 1
	if err := os.WriteFile(filepath.Join(here, "album/a/many"), damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	x := add(t, leecher, Source{File: raw, Dir: here, Peers: addrs(seeder)})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	if p := x.Progress(); p.Downloaded != 16<<10 {
		t.Errorf("%d bytes downloaded for one damaged piece", p.Downloaded)
	}
}

// TestFetchSmallRefusesV2: a small torrent is one of v1.
func TestFetchSmallRefusesV2(t *testing.T) {
	there := t.TempDir()
	share(t, there, "album", map[string][]byte{"a": []byte("one"), "b": []byte("two")})
	raw := createV2(t, filepath.Join(there, "album"))
	seeder, by := openEngine(t, Config{}), openEngine(t, Config{})
	x := add(t, seeder, Source{File: raw, Dir: there})
	wait(t, x)
	if _, _, err := by.FetchSmall(testContext(t), x.Infohash(), addrs(seeder), maxTiny); !errors.Is(err, ErrV2Only) {
		t.Errorf("fetched: %v", err)
	}
}

// TestLayersOfManyRequests: the hashes of 513 pieces take two requests, of which the second is for one, and no request is
// for one. The library, which has no hash for any piece then, must not notice.
func TestLayersOfManyRequests(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := map[string][]byte{"many": bytes.Repeat([]byte("0123456789abcdef"), (512<<14+5_000)/16), "one": {1}}
	share(t, there, "album", files)
	raw := createV2(t, filepath.Join(there, "album"))
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	file, err := checked.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	var layers *checked.Torrent
	x := add(t, leecher, Source{
		Magnet: fmt.Sprintf("magnet:?xt=urn:btmh:1220%x", file.Info.InfohashV2()), Dir: here, Peers: addrs(seeder),
		OnLayers: func(content *checked.Torrent) error { layers = content; return nil },
	})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	if n := file.Info.Pieces(); n != 514 || layers == nil || !layers.Whole() {
		t.Errorf("%d pieces, layers %v", n, layers)
	}
}
