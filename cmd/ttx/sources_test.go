package main_test

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// appears waits for a file that another process makes.
func appears(t *testing.T, path string) []byte {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return b
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never appears", path)
		}
	}
}

// feedOf serves torrent files under their names and a feed that offers them.
func feedOf(t *testing.T, torrents map[string][]byte) (feed string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	var items strings.Builder
	for title, raw := range torrents {
		var text bytes.Buffer
		if err := xml.EscapeText(&text, []byte(title)); err != nil {
			t.Fatal(err)
		}
		path := "/" + strings.ReplaceAll(title, " ", "-") + ".torrent"
		fmt.Fprintf(&items, "<item><title>%s</title><guid>%s</guid><enclosure url=\"%s\" type=\"application/x-bittorrent\" length=\"%d\"/></item>",
			text.String(), path, server.URL+path, len(raw))
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-bittorrent")
			_, _ = w.Write(raw)
		})
	}
	mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>films</title>%s</channel></rss>`, items.String())
	})
	return server.URL + "/feed"
}

// trackerOf serves a tracker that knows one peer, once that is told to it.
func trackerOf(t *testing.T) (announce string, tell func(netip.AddrPort)) {
	t.Helper()
	var peer atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		list, _ := peer.Load().(string)
		fmt.Fprintf(w, "d8:intervali60e5:peers%d:%se", len(list), list)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/announce", func(a netip.AddrPort) {
		peer.Store(string(binary.BigEndian.AppendUint16(a.Addr().AsSlice(), a.Port())))
	}
}

// TestAddedByItself: a node does what its settings file says of a watched folder, a feed and finished torrents.
func TestAddedByItself(t *testing.T) {
	bin := build(t)
	seeder, u := newUser(t, bin), newUser(t, bin)
	from, watched, out := t.TempDir(), t.TempDir(), t.TempDir()
	announce, tell := trackerOf(t)
	raw := make(map[string][]byte)
	what := make(map[string][]byte)
	for i, name := range []string{"watched.bin", "offered.bin", "unwanted.bin"} {
		what[name] = random(t, filepath.Join(from, name), 200_000+i, uint64(i+1))
		file := filepath.Join(from, name+".torrent")
		if _, code := seeder.run("create", "--tracker", announce, "--out", file, filepath.Join(from, name)); code != 0 {
			t.Fatal("create failed")
		}
		raw[name] = appears(t, file)
	}
	info, _ := seeder.node("--no-ledger")
	tell(netip.MustParseAddrPort(info["listen"].(string)))
	for name := range what {
		seeder.ask("torrent", "add", filepath.Join(from, name+".torrent"), "--out", from)
		seeder.until(name, "seeding", inState("seeding"))
	}

	done := filepath.Join(out, "done")
	feed := feedOf(t, map[string][]byte{"A good Film": raw["offered.bin"], "A bad film": raw["unwanted.bin"]})
	settings := filepath.Join(t.TempDir(), "mine.toml")
	err := os.WriteFile(settings, fmt.Appendf(nil, `
ledger = false
download_dir = %q
on_complete = ["/bin/sh", "-c", "printf '%%s %%s %%s\n' \"$TTX_NAME\" \"$TTX_SIZE\" \"$1\" > \"$0.$TTX_NAME\"", %q, "%%L"]

[[watch]]
dir = %q
labels = ["seen", "watched"]

[[feed]]
url = %q
include = ["(?i)film"]
exclude = ["bad"]
labels = ["feed"]
download_dir = "films"
`, out, done, watched, feed), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, _, stop := u.process("--config", settings)
	tmp := filepath.Join(watched, ".half")
	if err := os.WriteFile(tmp, raw["watched.bin"], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(watched, "x.torrent")); err != nil {
		t.Fatal(err)
	}
	appears(t, filepath.Join(watched, "x.torrent.added"))
	if got, want := string(appears(t, done+".watched.bin")), "watched.bin 200000 seen,watched\n"; got != want {
		t.Errorf("the program on completion was told %q, want %q", got, want)
	}
	if got, want := string(appears(t, done+".offered.bin")), "offered.bin 200001 feed\n"; got != want {
		t.Errorf("the program on completion was told %q, want %q", got, want)
	}
	other := u.torrent("offered.bin")
	if dir := other["dir"]; dir != filepath.Join(filepath.Dir(settings), "films") {
		t.Errorf("the feed's download_dir is %v", dir)
	}
	if list := u.ask("torrent", "list")["torrents"].([]any); len(list) != 2 {
		t.Errorf("what was excluded is there: %v", list)
	}
	for name, path := range map[string]string{"watched.bin": filepath.Join(out, "watched.bin"), "offered.bin": filepath.Join(other["dir"].(string), "offered.bin")} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, what[name]) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	stop()
}
