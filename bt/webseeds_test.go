package bt

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt/content"
	checked "github.com/torrenttx/ttx/bt/metainfo"
)

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

// TestWebSeeds: torrents of all kinds complete from a real server and no peer; hostile addresses beside it do no harm.
func TestWebSeeds(t *testing.T) {
	root := t.TempDir()
	server := serveFiles(t, root)
	hostile := []string{"http://%zz/", "http://[::1/", "ftp://example.org/", "http://", "://", "http://a b/", "\x7f"}
	single := map[string][]byte{"film #1 50% & more+.mkv": noise(300_000)}
	several := map[string][]byte{"a ?": noise(100_000), "sub/b#": noise(70_001), "\u00fc": noise(5), "empty": nil}
	share(t, root, "al bum;\u00fc", several)
	if err := os.WriteFile(filepath.Join(root, "film #1 50% & more+.mkv"), single["film #1 50% & more+.mkv"], 0o644); err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, Config{})
	type fetch struct {
		x     *Torrent
		dir   string
		files map[string][]byte
	}
	var all []fetch // all at once: the library looks for work for web seeds every five seconds
	for _, version := range []checked.Version{checked.V1, checked.Hybrid, checked.V2} {
		for name, files := range map[string]map[string][]byte{"film #1 50% & more+.mkv": single, "al bum;\u00fc": several} {
			made, err := content.Create(t.Context(), filepath.Join(root, name), content.Options{Version: version, PieceLength: 32 << 10})
			if err != nil {
				t.Fatal(err)
			}
			here := t.TempDir()
			x := add(t, e, Source{File: made.Torrent.Encode(), Dir: here, WebSeeds: append(hostile, server)})
			if len(files) > 1 {
				here = filepath.Join(here, name)
			}
			all = append(all, fetch{x, here, files})
		}
	}
	for _, f := range all {
		wait(t, f.x)
		compare(t, f.dir, f.files)
		if p := f.x.Progress(); p.WebSeeds != 1 {
			t.Errorf("%d web seeds in use", p.WebSeeds)
		}
		seeds := f.x.WebSeeds()
		for i, s := range seeds {
			if last := i == len(seeds)-1; (s.State == "off") == last || last != (s.Downloaded == f.x.Progress().Length) {
				t.Errorf("%+v", s)
			}
		}
		if len(seeds) != len(hostile)+1 {
			t.Errorf("%d web seeds", len(seeds))
		}
	}
}

// TestLyingWebSeed is found out by its first whole piece, named and not asked again; the torrent completes from a peer.
func TestLyingWebSeed(t *testing.T) {
	for _, version := range []checked.Version{checked.V1, checked.Hybrid, checked.V2} {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			http.ServeContent(w, r, "f", time.Time{}, strings.NewReader(strings.Repeat("x", 300_000)))
		}))
		t.Cleanup(server.Close)
		there, here := t.TempDir(), t.TempDir()
		data := noise(300_000)
		raw := createOf(t, there, "f", data, version, server.URL)
		x := add(t, openEngine(t, Config{}), Source{File: raw, Dir: here})
		until(t, "the liar is found out", func() bool { s := x.WebSeeds(); return len(s) == 1 && s[0].State == "off" })
		if s := x.WebSeeds()[0]; s.URL != server.URL || !strings.Contains(s.Message, "wrong") || x.Progress().WebSeeds != 0 {
			t.Errorf("%+v", s)
		}
		honest := openEngine(t, Config{})
		wait(t, add(t, honest, Source{File: raw, Dir: there}))
		x.Dial(honest.Addr())
		wait(t, x)
		compare(t, here, map[string][]byte{"f": data})
		if n := asked.Load(); n != 1 {
			t.Errorf("version %d: %d requests", version, n)
		}
	}
}
