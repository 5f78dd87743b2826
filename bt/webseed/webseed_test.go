package webseed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/bt/content"
	"github.com/torrenttx/ttx/bt/metainfo"
	"github.com/torrenttx/ttx/bt/webseed"
)

// album makes a torrent of several files below root, and its content with padding.
func album(t *testing.T, root string, v metainfo.Version) (*metainfo.Torrent, []byte) {
	t.Helper()
	random := rand.NewChaCha8([32]byte{byte(v)})
	for name, size := range map[string]int{"a ?": 100_000, "sub/b#+": 70_001, "sub/empty": 0, "ü": 5} {
		b := make([]byte, size)
		random.Read(b)
		path := filepath.Join(root, "al bum", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	made, err := content.Create(t.Context(), filepath.Join(root, "al bum"), content.Options{Version: v, PieceLength: 32 << 10})
	if err != nil {
		t.Fatal(err)
	}
	info := made.Torrent.Info
	all := make([]byte, info.Span())
	for i := range info.Files {
		if f := &info.Files[i]; !f.Pad {
			b, err := os.ReadFile(filepath.Join(root, filepath.Join(info.Location(f)...)))
			if err != nil {
				t.Fatal(err)
			}
			copy(all[f.Offset:], b)
		}
	}
	return &made.Torrent, all
}

func open(t *testing.T, address string, torrent *metainfo.Torrent, way http.RoundTripper) *webseed.Seed {
	t.Helper()
	s, err := webseed.New(address, torrent, way)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads a run to its end.
func read(s *webseed.Seed, off, n int64) ([]byte, error) {
	r, err := s.Open(context.Background(), off, n)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// TestRuns of the content are as they are on disk, padding and gaps as zeros.
func TestRuns(t *testing.T) {
	for _, v := range []metainfo.Version{metainfo.V1, metainfo.Hybrid, metainfo.V2} {
		root := t.TempDir()
		torrent, all := album(t, root, v)
		server := httptest.NewServer(http.FileServer(http.Dir(root)))
		defer server.Close()
		for _, address := range []string{server.URL, server.URL + "/"} {
			s := open(t, address, torrent, server.Client().Transport)
			for i := range 40 {
				off := rand.Int64N(int64(len(all)))
				n := 1 + rand.Int64N(int64(len(all))-off)
				if i == 0 {
					off, n = 0, int64(len(all))
				}
				got, err := read(s, off, n)
				if err != nil || !bytes.Equal(got, all[off:off+n]) {
					t.Fatalf("version %d: %d bytes at %d: %d, %v", v, n, off, len(got), err)
				}
			}
			if st := s.Status(); st.State != "idle" || st.Message != "" {
				t.Errorf("%+v", st)
			}
		}
	}
}

// TestHostileServers cost one request, and are then left alone.
func TestHostileServers(t *testing.T) {
	root := t.TempDir()
	torrent, all := album(t, root, metainfo.Hybrid)
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  string
		off   int64
		most  int64 // requests
	}{
		"404":      {http.NotFound, "404 Not Found", 0, 1},
		"500":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "500 Internal", 0, 1},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, "redirects", 0, webseed.MaxRedirects + 1},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "redirect to file", 0, 1},
		"short":  {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 10)) }, "too few", 0, 1},
		"hangup": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "hung up", 0, 2},
		"another range": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-9/100000")
			w.WriteHeader(206)
		}, "another range", 40_000, 1},
		"header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}, "header", 0, 1},
		"zeros": {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 200_000)) }, "wrong: piece 0", 0, 1},
	} {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			c.serve(w, r)
		}))
		way := &http.Transport{MaxResponseHeaderBytes: 64 << 10}
		s := open(t, server.URL, torrent, way)
		_, err := read(s, c.off, int64(len(all))-c.off)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		for range 100 {
			if _, err := read(s, 0, 1); !errors.Is(err, webseed.ErrResting) && !errors.Is(err, webseed.ErrLiar) {
				t.Fatalf("%s: then %v", name, err)
			}
		}
		want := "resting"
		if name == "zeros" {
			want = "off"
		}
		if st := s.Status(); st.State != want || !strings.Contains(st.Message, c.want) {
			t.Errorf("%s: %+v", name, st)
		}
		if n := asked.Load(); n > c.most {
			t.Errorf("%s: %d requests, want at most %d", name, n, c.most)
		}
		way.CloseIdleConnections()
		server.Close()
	}
}

// TestWholeFilesOnly: a server without ranges serves what is not far from the beginning.
func TestWholeFilesOnly(t *testing.T) {
	root := t.TempDir()
	torrent, all := album(t, root, metainfo.V1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		http.FileServer(http.Dir(root)).ServeHTTP(w, r)
	}))
	defer server.Close()
	s := open(t, server.URL, torrent, server.Client().Transport)
	if got, err := read(s, 50_000, 40_000); err != nil || !bytes.Equal(got, all[50_000:90_000]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestPartsOfPiecesAreNotJudged: what came of a piece in part says nothing of the server.
func TestPartsOfPiecesAreNotJudged(t *testing.T) {
	torrent, _ := album(t, t.TempDir(), metainfo.V1)
	s := open(t, "http://a.example", torrent, wayOf(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(make([]byte, 200_000)))}, nil
	}))
	if _, err := read(s, 100, 32<<10); err != nil {
		t.Error(err)
	}
	if _, err := read(s, 0, 32<<10); !errors.Is(err, webseed.ErrLiar) {
		t.Errorf("a whole piece: %v", err)
	}
}

type wayOf func(*http.Request) (*http.Response, error)

func (f wayOf) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// drip is a body that sends a byte a second until its request is cancelled.
type drip struct{ ctx context.Context }

func (d drip) Read(b []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		return 1, nil
	}
}

func (drip) Close() error { return nil }

// TestSilentAndSlow servers are let go, and left alone for longer each time.
func TestSilentAndSlow(t *testing.T) {
	torrent, _ := album(t, t.TempDir(), metainfo.V1)
	for name, c := range map[string]struct {
		way  wayOf
		time time.Duration
	}{
		"silent": {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, webseed.HeaderTime},
		"slow": {func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: drip{r.Context()}}, nil
		}, webseed.StallTime},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, "http://a.example", torrent, c.way)
			rest := webseed.MinRest
			for range 10 {
				began := time.Now()
				_, err := read(s, 0, 32<<10)
				if err == nil || !strings.Contains(err.Error(), "does not send") || time.Since(began) != c.time {
					t.Fatalf("%s: %v after %v", name, err, time.Since(began))
				}
				time.Sleep(rest - 1)
				if _, err := read(s, 0, 1); !errors.Is(err, webseed.ErrResting) {
					t.Fatalf("%s: not at rest for %v: %v", name, rest, err)
				}
				time.Sleep(time.Nanosecond)
				rest = min(2*rest, webseed.MaxRest)
			}
		})
	}
}

// TestRetryAfter of a server that is busy counts, up to MaxRest.
func TestRetryAfter(t *testing.T) {
	torrent, _ := album(t, t.TempDir(), metainfo.V1)
	for seconds, want := range map[string]time.Duration{
		"600": 10 * time.Minute, "1": webseed.MinRest, "999999999": webseed.MaxRest, "-1": webseed.MinRest, "x": webseed.MinRest,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, "http://a.example", torrent, wayOf(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {seconds}}, Body: http.NoBody}, nil
			}))
			if _, err := read(s, 0, 1); err == nil || !strings.Contains(err.Error(), "503") {
				t.Fatal(err)
			}
			time.Sleep(want - 1)
			if _, err := read(s, 0, 1); !errors.Is(err, webseed.ErrResting) {
				t.Errorf("%s: asked again before %v", seconds, want)
			}
			time.Sleep(time.Nanosecond)
			if _, err := read(s, 0, 1); errors.Is(err, webseed.ErrResting) {
				t.Errorf("%s: at rest after %v", seconds, want)
			}
		})
	}
}

// TestFewRequests: more runs than MaxRequests wait, and can be given up.
func TestFewRequests(t *testing.T) {
	torrent, _ := album(t, t.TempDir(), metainfo.V1)
	s := open(t, "http://a.example", torrent, nil)
	var runs []*webseed.Run
	for range webseed.MaxRequests {
		r, err := s.Open(t.Context(), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Open(ctx, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("one too many: %v", err)
	}
	runs[0].Close()
	runs[0].Close()
	if _, err := s.Open(t.Context(), 0, 1); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(ctx, 0, 1); err == nil {
		t.Error("a run that was closed twice made room for two")
	}
}

func TestAddresses(t *testing.T) {
	torrent, _ := album(t, t.TempDir(), metainfo.V1)
	for _, address := range []string{"", "http://%zz/", "http://[::1/", "ftp://example.org/", "http://", "://", "http://a b/", "\x7f", "file:///x"} {
		if _, err := webseed.New(address, torrent, nil); !errors.Is(err, webseed.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := webseed.New(fmt.Sprintf("http://a.example/%s", "x y/"), torrent, nil); err != nil {
		t.Error(err) // a space in the path is escaped
	}
}
