package bt

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
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
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	made, err := content.Create(t.Context(), filepath.Join(dir, name), content.Options{Version: v, PieceLength: 64 << 10})
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

// serveFiles runs nginx over a folder and returns its address.
func serveFiles(t *testing.T, root string) string {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Fatal("nginx is not installed; on Debian: apt-get install nginx-light")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	home := t.TempDir()
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/log; events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s;
uwsgi_temp_path %[1]s; scgi_temp_path %[1]s; server { listen %[2]s; location / { root %[3]s; } } }`, home, addr, root)
	file := filepath.Join(home, "conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-c", file, "-p", home, "-e", home+"/log")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	until(t, "nginx serves", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "http://" + addr + "/"
}

// TestWebSeeds: torrents complete from a real server and no peer; hostile addresses beside it do no harm.
func TestWebSeeds(t *testing.T) {
	root := t.TempDir()
	server := serveFiles(t, root)
	hostile := []string{"http://%zz/", "http://[::1/", "ftp://example.org/", "http://", "://", "http://a b/", "\x7f"}
	for _, version := range []checked.Version{checked.V1, checked.Hybrid} {
		for _, single := range []bool{true, false} {
			files := map[string][]byte{"film #1 50% & more+.mkv": noise(300_000)}
			name := "film #1 50% & more+.mkv"
			if !single {
				name = "al bum;ü"
				files = map[string][]byte{"a ?": noise(100_000), "sub/b#": noise(70_001), "ü": noise(5)}
				share(t, root, name, files)
			} else if err := os.WriteFile(filepath.Join(root, name), files[name], 0o644); err != nil {
				t.Fatal(err)
			}
			made, err := content.Create(t.Context(), filepath.Join(root, name), content.Options{Version: version, PieceLength: 32 << 10})
			if err != nil {
				t.Fatal(err)
			}
			here := t.TempDir()
			x := add(t, openEngine(t, Config{}), Source{
				File: made.Torrent.Encode(), Dir: here, WebSeeds: append(hostile, server),
			})
			if !single && version == checked.Hybrid {
				<-x.GotInfo()
				if p := x.Progress(); p.WebSeeds != 0 { // of which the library would panic
					t.Errorf("a hybrid of several files has %d web seeds", p.WebSeeds)
				}
				continue
			}
			wait(t, x)
			if single {
				compare(t, here, files)
			} else {
				compare(t, filepath.Join(here, name), files)
			}
			if p := x.Progress(); p.WebSeeds != 1 {
				t.Errorf("version %d, single %v: %d web seeds in use", version, single, p.WebSeeds)
			}
		}
	}
}
