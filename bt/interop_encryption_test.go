//go:build linux

package bt

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// testEncryption: libtorrent meets every mode of ours with every policy of its own, in both directions; those
// pairs that must not meet are in bt/transport's tests.
func testEncryption(t *testing.T) {
	for _, ours := range []Encryption{EncryptAllow, EncryptPrefer, EncryptRequire, EncryptNever} {
		for _, theirs := range []string{"plain", "encrypted", "either"} {
			if ours == EncryptRequire && theirs == "plain" || ours == EncryptNever && theirs == "encrypted" {
				continue
			}
			t.Run(ours.String()+" and "+theirs, func(t *testing.T) {
				t.Run("gets", func(t *testing.T) { testEncryptedGet(t, ours, theirs) })
				t.Run("seeds", func(t *testing.T) { testEncryptedSeed(t, ours, theirs) })
			})
		}
	}
}

func testEncryptedGet(t *testing.T, ours Encryption, theirs string) {
	e, x, source, _ := onDemandNode(t, Config{Encryption: ours})
	e.Heat(x.infohash)
	dir := t.TempDir()
	cmd := libtorrent(testContext(t), t, "get", source, dir, e.Addr().String(), theirs)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	compareTiny(t, dir, x)
}

// seeded is a torrent that libtorrent seeds.
func seeded(t *testing.T, mode string) (tiny, netip.AddrPort) {
	t.Helper()
	x, dir := newTiny("transaction", bytes.Repeat([]byte("seeded elsewhere "), 5000)), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "transaction"), x.data, 0o644); err != nil {
		t.Fatal(err)
	}
	return x, libtorrentSeeds(t, torrentFileOf(t, x, ""), dir, mode)
}

func testEncryptedSeed(t *testing.T, ours Encryption, theirs string) {
	x, peer := seeded(t, theirs)
	e := openEngine(t, Config{Listen: interopHost + ":0", Encryption: ours})
	fetched(t, e, x, peer)
}

func fetched(t *testing.T, e *Engine, x tiny, peer netip.AddrPort) {
	t.Helper()
	_, data, err := e.FetchSmall(testContext(t), x.infohash, []netip.AddrPort{peer}, len(x.data))
	if err != nil || !bytes.Equal(data, x.data) {
		t.Errorf("fetched %d bytes, %v", len(data), err)
	}
}

// testAria2Encrypted: aria2 gets from us when it insists on encryption, of the header or of everything.
func testAria2Encrypted(t *testing.T) {
	for _, level := range []string{"plain", "arc4"} {
		t.Run(level, func(t *testing.T) {
			e, x, source, _ := onDemandNode(t, Config{})
			e.Heat(x.infohash)
			dir := t.TempDir()
			run(t, "aria2", "aria2c", "--no-conf", "--dir="+dir, "--seed-time=0", "--enable-dht=false",
				"--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--disable-ipv6",
				"--bt-require-crypto=true", "--bt-min-crypto-level="+level, source)
			compareTiny(t, dir, x)
		})
	}
}

// testSeededOverUTP: who does not listen on TCP is reached over uTP, in plain and encrypted.
func testSeededOverUTP(t *testing.T) {
	for _, mode := range []Encryption{EncryptAllow, EncryptNever} {
		x, peer := seeded(t, "utp")
		e := openEngine(t, Config{Listen: interopHost + ":0", DialUTP: true, Encryption: mode})
		fetched(t, e, x, peer)
	}
}
