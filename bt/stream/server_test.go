package stream

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// patience ends a test that hangs.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The torrent library leaves it behind a closed client; it waits 15 minutes at a time.
		goleak.IgnoreAnyFunction("github.com/anacrolix/torrent.(*Client).acceptLimitClearer"))
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func openEngine(t *testing.T) *bt.Engine {
	e, err := bt.Open(bt.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(testContext(t)); err != nil {
			t.Error(err)
		}
	})
	return e
}

func openServer(t *testing.T) *Server {
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// noise is bytes that do not repeat.
func noise(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		h := sha1.Sum(fmt.Append(nil, i))
		b = append(b, h[:]...)
	}
	return b[:n]
}

// album makes a torrent below dir.
func album(t *testing.T, dir string, files map[string][]byte) []byte {
	for name, data := range files {
		full := filepath.Join(dir, "album", name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	made, err := content.Create(testContext(t), filepath.Join(dir, "album"), content.Options{PieceLength: 32 << 10, Version: metainfo.V1})
	if err != nil {
		t.Fatal(err)
	}
	return made.Torrent.Encode()
}

func add(t *testing.T, e *bt.Engine, src bt.Source) *bt.Torrent {
	x, err := e.Add(src)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// answer is what is said before a body.
type answer struct {
	Status        string
	StatusCode    int
	ContentLength int64
	Header        http.Header
}

// get asks for a range, "" for all.
func get(t *testing.T, method, url, span string) (answer, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if span != "" {
		req.Header.Set("Range", "bytes="+span)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.Status, resp.StatusCode, resp.ContentLength, resp.Header}, body
}

// TestStreamWhileDownloading: ranges from the end and the middle are right before the rest is there.
func TestStreamWhileDownloading(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	film := noise(4 << 20)
	raw := album(t, there, map[string][]byte{"disc 1/film #1 100%.mkv": film, "notes.txt": []byte("read me")})
	seeder, leecher := openEngine(t), openEngine(t)
	up := add(t, seeder, bt.Source{File: raw, Dir: there, Whole: true})
	if err := up.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	x := add(t, leecher, bt.Source{File: raw, Dir: here, Paused: true})
	x.SetLimits(bt.Limits{Down: 512 << 10}) // some eight seconds in all
	s := openServer(t)
	url, err := s.File(x, 0)
	if err != nil {
		t.Fatal(err)
	}
	x.Dial(seeder.Addr())
	x.Resume()

	n := len(film)
	for _, span := range [][2]int{{n - 1000, n}, {n / 2, n/2 + 5000}, {0, 16}} {
		resp, body := get(t, http.MethodGet, url, fmt.Sprintf("%d-%d", span[0], span[1]-1))
		if resp.StatusCode != http.StatusPartialContent || !bytes.Equal(body, film[span[0]:span[1]]) {
			t.Errorf("range %v: %s, %d bytes", span, resp.Status, len(body))
		}
		if x.Complete() {
			t.Errorf("range %v came when all was there", span)
		}
	}
	resp, body := get(t, http.MethodHead, url, "")
	if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(n) || len(body) != 0 ||
		resp.Header.Get("Content-Type") != "video/x-matroska" || resp.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: %s, %v", resp.Status, resp.Header)
	}
	x.SetLimits(bt.Limits{})
	if _, body := get(t, http.MethodGet, url, ""); !bytes.Equal(body, film) {
		t.Errorf("all of it: %d bytes", len(body))
	}
	x.Pause() // what is there is read from disk
	if _, body := get(t, http.MethodGet, url, "1000-99999"); !bytes.Equal(body, film[1000:100_000]) {
		t.Errorf("while it is paused: %d bytes", len(body))
	}
}

// seeded is a complete torrent of two films and a text.
func seeded(t *testing.T) *bt.Torrent {
	dir := t.TempDir()
	raw := album(t, dir, map[string][]byte{"a.mp4": noise(100_000), "b/c.webm": noise(50_000), "d.html": []byte("<script>")})
	x := add(t, openEngine(t), bt.Source{File: raw, Dir: dir, Whole: true})
	if err := x.Wait(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestPlaylist(t *testing.T) {
	x, s := seeded(t), openServer(t)
	list, err := s.Playlist(x)
	if err != nil {
		t.Fatal(err)
	}
	resp, body := get(t, http.MethodGet, list, "")
	var urls []string
	for line := range strings.Lines(string(body)) {
		if !strings.HasPrefix(line, "#") {
			urls = append(urls, strings.TrimSpace(line))
		}
	}
	if len(urls) != 2 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "audio/x-mpegurl") {
		t.Fatalf("%v\n%s", resp.Header, body)
	}
	if _, body := get(t, http.MethodGet, urls[1], "10-19"); !bytes.Equal(body, noise(20)[10:]) {
		t.Errorf("%s: %d bytes", urls[1], len(body))
	}
}

// TestStrangersGetNothing: without the token, or under another name, or to change something.
func TestStrangersGetNothing(t *testing.T) {
	x, s := seeded(t), openServer(t)
	url, err := s.File(x, 0)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.Split(url, "/")[3]
	if len(token) != 2*tokenSize {
		t.Fatalf("token %q", token)
	}
	wrong := strings.Replace(url, token, strings.Repeat("0", len(token)), 1)
	for _, u := range []string{wrong, s.base, s.base + token, s.base + token[:31] + "/a.mp4", s.base + ".m3u", s.base + token + "/album/nothing"} {
		if resp, _ := get(t, http.MethodGet, u, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", u, resp.Status)
		}
	}
	if resp, _ := get(t, http.MethodPut, url, ""); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", resp.Status)
	}
	_, port, _ := net.SplitHostPort(strings.Split(url, "/")[2])
	// A page at evil.example whose name now leads here.
	for host, want := range map[string]int{"evil.example:" + port: http.StatusMisdirectedRequest, "LOCALHOST:" + port: http.StatusOK} {
		req, err := http.NewRequestWithContext(testContext(t), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("host %s: %s", host, resp.Status)
		}
	}
	html, err := s.File(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	if resp, _ := get(t, http.MethodGet, html, ""); !strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("a page of the torrent could run scripts: %v", resp.Header)
	}
	if _, err := Open(Config{Listen: "0.0.0.0:0"}); err == nil {
		t.Error("it listens where others can reach it")
	}
}

// signalled tells of each reader.
type signalled struct {
	*bt.Torrent
	opened chan int
}

func (c signalled) NewReader(ctx context.Context, file int) (io.ReadSeekCloser, error) {
	r, err := c.Torrent.NewReader(ctx, file)
	c.opened <- file
	return r, err
}

// TestStreamEndsWithTorrent: the address is gone, and who waited is told.
func TestStreamEndsWithTorrent(t *testing.T) {
	there := t.TempDir()
	raw := album(t, there, map[string][]byte{"a.mp4": noise(100_000)})
	x := add(t, openEngine(t), bt.Source{File: raw, Dir: t.TempDir()})
	s, opened := openServer(t), make(chan int, 1)
	url, err := s.File(signalled{x, opened}, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.Split(url, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", strings.SplitN(url, "/", 4)[3], strings.Split(url, "/")[2])
	<-opened
	x.Drop() // nobody has the film: the request waits
	if rest, _ := io.ReadAll(conn); len(rest) > 4096 {
		t.Errorf("%d bytes of a film that nobody has", len(rest))
	}
	if _, err := s.File(x, 0); err == nil {
		t.Error("a torrent that ended has an address")
	}
}

// TestConnectionsAreBounded: one more than allowed waits until another ends.
func TestConnectionsAreBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lim := limited(l, 1)
	defer lim.Close()
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := lim.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		t.Fatal("a second connection was accepted")
	default:
	}
	if n := len(lim.(*limitedListener).room); n != 1 {
		t.Errorf("%d connections counted", n)
	}
	first.Close()
	(<-accepted).Close()
}
