//go:build linux

package bt

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/bt/announce"
)

// startOpentracker runs Debian's opentracker for some torrents and returns its port, the same over HTTP and UDP.
func startOpentracker(t *testing.T, infohashes ...[20]byte) int {
	t.Helper()
	dir := t.TempDir()
	var list strings.Builder
	for _, h := range infohashes {
		fmt.Fprintln(&list, hex.EncodeToString(h[:]))
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "whitelist"), []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	cmd := client(testContext(t), t, "opentracker", "opentracker", "-i", "127.0.0.1",
		"-p", fmt.Sprint(port), "-P", fmt.Sprint(port), "-d", dir, "-w", "whitelist")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	until(t, "opentracker listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return port
}

// freePort is a port that was free over TCP and UDP a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// onlyTracker is the state of a torrent's one tracker.
func onlyTracker(t *testing.T, x *Torrent) TrackerStatus {
	t.Helper()
	list := x.Trackers()
	if len(list) != 1 {
		t.Fatalf("trackers %+v", list)
	}
	return list[0]
}

func TestOpentracker(t *testing.T) {
	for _, scheme := range []string{"http", "udp"} {
		t.Run(scheme, func(t *testing.T) {
			there, here := t.TempDir(), t.TempDir()
			raw := share(t, there, "album", someFiles())
			seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
			up := add(t, seeder, Source{File: raw, Dir: there})
			wait(t, up)
			h := up.Infohash()
			url := fmt.Sprintf("%s://127.0.0.1:%d/announce", scheme, startOpentracker(t, h))
			up.SetTrackers([][]string{{url}})
			until(t, "the seeder is announced", func() bool { return onlyTracker(t, up).State == announce.Working })

			x := add(t, leecher, Source{Magnet: fmt.Sprintf("magnet:?xt=urn:btih:%x&tr=%s", h, url), Dir: here})
			wait(t, x)
			compare(t, filepath.Join(here, "album"), someFiles())
			var st TrackerStatus
			until(t, "the scrape, and that of the end of the download", func() bool {
				st = onlyTracker(t, x)
				return st.Downloaded >= 0 && st.State == announce.Working
			})
			if st.Seeders < 1 || st.Peers < 1 || st.Last.IsZero() || st.Next.Before(st.Last) {
				t.Errorf("the tracker is %+v", st)
			}
			// Both leave; the tracker forgets them at once.
			up.Drop()
			x.Drop()
			if err := seeder.Close(testContext(t)); err != nil {
				t.Error(err)
			}
			if err := leecher.Close(testContext(t)); err != nil {
				t.Error(err)
			}
			third := openEngine(t, Config{})
			y := add(t, third, Source{File: raw, Dir: t.TempDir(), Trackers: [][]string{{url}}})
			until(t, "the third is announced", func() bool { return onlyTracker(t, y).State == announce.Working })
			if st := onlyTracker(t, y); st.Seeders != 0 || st.Peers > 1 {
				t.Errorf("the tracker still knows %d seeders, %d peers", st.Seeders, st.Peers)
			}
		})
	}
}

func TestOpentrackerRefuses(t *testing.T) {
	raw := share(t, t.TempDir(), "album", someFiles())
	port := startOpentracker(t, meeting)
	for _, scheme := range []string{"http", "udp"} {
		e := openEngine(t, Config{})
		x := add(t, e, Source{
			File: raw, Dir: t.TempDir(), Trackers: [][]string{{fmt.Sprintf("%s://127.0.0.1:%d/announce", scheme, port)}},
		})
		until(t, "the refusal", func() bool { return onlyTracker(t, x).State == announce.Failed })
		if st := onlyTracker(t, x); !strings.Contains(st.Message, "the tracker says") || st.Next.IsZero() {
			t.Errorf("%s: %+v", scheme, st)
		}
	}
}

// TestTrackerIsTold what happens to a torrent, in its order.
func TestTrackerIsTold(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := share(t, there, "album", someFiles())
	seeder, leecher := openEngine(t, Config{}), openEngine(t, Config{})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	told := make(chan string, 16)
	url := playTracker(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		told <- fmt.Sprintf("%s left=%s", q.Get("event"), q.Get("left"))
		fmt.Fprint(w, "d8:completei1e10:downloadedi1e10:incompletei0e8:intervali1800e5:peers0:e")
	})
	x := add(t, leecher, Source{File: raw, Dir: here, Trackers: [][]string{{url}}})
	want := []string{"started left=390012", "completed left=0", "stopped left=0", "started left=0", "stopped left=0"}
	got := []string{receive(t, "the first announce", told)}
	x.Dial(seeder.Addr())
	wait(t, x)
	got = append(got, receive(t, "the second", told))
	x.Pause()
	got = append(got, receive(t, "the third", told))
	x.Resume()
	got = append(got, receive(t, "the fourth", told))
	x.Drop()
	got = append(got, receive(t, "the last", told))
	if !slices.Equal(got, want) {
		t.Errorf("the tracker was told %q, want %q", got, want)
	}
}

// playTracker runs an HTTP tracker and returns its URL.
func playTracker(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return "http://" + l.Addr().String() + "/announce"
}

// TestWhyNoTracker: what will not be asked says why.
func TestWhyNoTracker(t *testing.T) {
	raw := share(t, t.TempDir(), "album", someFiles())
	for url, c := range map[string]struct {
		cfg  Config
		says string
	}{
		"wss://t.example/announce":     {Config{}, "WebSocket"},
		"http://t.example/announce":    {Config{DisableTrackers: true}, "switched off"},
		"udp://t.example:1/announce":   {Config{Proxy: "socks5://127.0.0.1:1"}, "through a proxy"},
		"gopher://t.example/announce":  {Config{}, "gopher"},
		"http://":                      {Config{}, "not a URL"},
		"UDP://t.example:1/announce#x": {Config{Proxy: "socks5://127.0.0.1:1"}, "through a proxy"},
	} {
		x := add(t, openEngine(t, c.cfg), Source{File: raw, Dir: t.TempDir(), Trackers: [][]string{{url}}})
		if st := onlyTracker(t, x); st.State != announce.Disabled || !strings.Contains(st.Message, c.says) {
			t.Errorf("%s: %+v", url, st)
		}
	}
}
