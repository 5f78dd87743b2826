package fetchurl

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/bt/metainfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	aTorrent = "d4:infod4:name1:xee" // begins as one
	aMagnet  = "magnet:?xt=urn:btih:0102030405060708090a0b0c0d0e0f1011121314"
)

// serve is a web server on loopback.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func get(t *testing.T, req Request) (Response, error) {
	t.Helper()
	return Get(t.Context(), req)
}

func zipped(t *testing.T, plain string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	io.WriteString(z, plain)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestGets(t *testing.T) {
	for _, c := range []struct {
		name string
		want Want
		body string
	}{
		{"a torrent", Torrent, aTorrent},
		{"an RSS feed", Feed, `<?xml version="1.0"?><rss/>`},
		{"a feed after a byte order mark", Feed, "\ufeff\n<feed/>"},
		{"a feed in UTF-16", Feed, "\xff\xfe<\x00f\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, encoding := range []string{"", "gzip", "unsaid"} {
				srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html") // many servers do; what comes decides
					if encoding == "" {
						io.WriteString(w, c.body)
						return
					}
					if encoding == "gzip" {
						w.Header().Set("Content-Encoding", "gzip")
					}
					w.Write(zipped(t, c.body))
				})
				resp, err := get(t, Request{URL: srv.URL, Want: c.want})
				if err != nil || string(resp.Body) != c.body {
					t.Errorf("encoding %q: %q, %v", encoding, resp.Body, err)
				}
				if !resp.Local {
					t.Error("loopback is not called local")
				}
			}
		})
	}
}

func TestOverTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(answer(aTorrent))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	if _, err := get(t, Request{URL: srv.URL}); !errors.Is(err, ErrConnect) {
		t.Errorf("an unknown certificate: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	if resp, err := get(t, Request{URL: srv.URL, RootCAs: roots}); err != nil || string(resp.Body) != aTorrent {
		t.Errorf("%q, %v", resp.Body, err)
	}
}

func TestRefusesWhatCame(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Want
		kind       error
		says       string
	}{
		{"a page for a torrent", "<!DOCTYPE html><title>Login</title>", Torrent, ErrWebPage, "login"},
		{"a page for a feed", "\ufeff \n<HTML lang=en>", Feed, ErrWebPage, "login"},
		{"a feed for a torrent", "<rss/>", Torrent, ErrContent, "<rss/>"},
		{"a torrent for a feed", aTorrent, Feed, ErrContent, "d4:info"},
		{"text", "not found", Torrent, ErrContent, "not found"},
		{"nothing", "", Torrent, ErrContent, "empty"},
		{"gzip of gzip", string(zipped(t, string(zipped(t, aTorrent)))), Torrent, ErrContent, "x1f"},
		{"broken gzip", "\x1f\x8b\x08\x00broken", Torrent, ErrEncoding, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := get(t, Request{URL: serve(t, answer(c.body)).URL, Want: c.want})
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\x1f") {
				t.Errorf("not one line: %q", err)
			}
		})
	}
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, aTorrent)
	})
	if _, err := get(t, Request{URL: srv.URL}); !errors.Is(err, ErrEncoding) {
		t.Errorf("brotli: %v", err)
	}
}

func TestSizeAtTheBound(t *testing.T) {
	for _, want := range []Want{Torrent, Feed} {
		start := map[Want]string{Torrent: "d1:", Feed: "<rss"}[want]
		for _, over := range []int{0, 1} {
			body := start + strings.Repeat("x", int(want.most())-len(start)+over)
			for _, how := range []string{"length given", "no length", "gzip"} {
				srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					switch how {
					case "length given":
						w.Header().Set("Content-Length", fmt.Sprint(len(body)))
					case "gzip": // 16 MiB in 16 KiB
						w.Header().Set("Content-Encoding", "gzip")
						w.Write(zipped(t, body))
						return
					}
					io.WriteString(w, body)
				})
				resp, err := get(t, Request{URL: srv.URL, Want: want})
				if over == 0 && (err != nil || len(resp.Body) != len(body)) {
					t.Errorf("%v, %s: %d bytes, %v", want, how, len(resp.Body), err)
				}
				if over == 1 && !errors.Is(err, ErrTooLarge) {
					t.Errorf("%v, %s, one byte more: %v", want, how, err)
				}
			}
		}
	}
}

func TestRedirects(t *testing.T) {
	var hops int
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hops++
		var n int
		if fmt.Sscanf(r.URL.Path, "/%d", &n); n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", n-1), []int{301, 302, 303, 307, 308}[n%5])
			return
		}
		io.WriteString(w, aTorrent)
	})
	if _, err := get(t, Request{URL: fmt.Sprintf("%s/%d", srv.URL, MaxRedirects)}); err != nil {
		t.Errorf("%d redirects: %v", MaxRedirects, err)
	}
	hops = 0
	if _, err := get(t, Request{URL: fmt.Sprintf("%s/%d", srv.URL, MaxRedirects+1)}); !errors.Is(err, ErrRedirects) {
		t.Errorf("one redirect more: %v", err)
	}
	if hops != MaxRedirects+1 {
		t.Errorf("%d servers asked", hops)
	}
}

func TestRedirectedNowhere(t *testing.T) {
	for _, c := range []struct {
		to   string
		kind error
	}{
		{"/", ErrRedirects},
		{"ftp://example.org/x.torrent", ErrURL},
		{"file:///etc/passwd", ErrURL},
		{"http:///x", ErrURL},
		{"http://exa mple/", ErrURL},
		{"/" + strings.Repeat("x", MaxURL), ErrURL},
		{"magnet:?dn=no+hash", metainfo.ErrMalformed},
	} {
		var asked int
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header()["Location"] = []string{c.to}
			w.WriteHeader(http.StatusFound)
		})
		if _, err := get(t, Request{URL: srv.URL + "/"}); !errors.Is(err, c.kind) {
			t.Errorf("to %.40s: %v", c.to, err)
		}
		if asked != 1 {
			t.Errorf("to %.40s: asked %d times", c.to, asked)
		}
	}
}

func TestRedirectToMagnet(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", strings.Replace(aMagnet, "magnet", "Magnet", 1)+"&dn=two words")
		w.WriteHeader(http.StatusFound)
	})
	resp, err := get(t, Request{URL: srv.URL})
	if err != nil || resp.Magnet != aMagnet+"&dn=two+words" || resp.Body != nil {
		t.Errorf("%+v, %v", resp, err)
	}
}

// TestPasswordStays: name and password go to the server they are for, and to no other, by whatever redirect.
func TestPasswordStays(t *testing.T) {
	var elsewhere http.Header
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		elsewhere = r.Header.Clone()
		io.WriteString(w, aTorrent)
	})
	var users []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		users = append(users, user+":"+password)
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		w.Header().Set("Location", strings.Replace(other.URL, "http://", "http://eve:dropper@", 1)+"/?passkey=k")
		w.WriteHeader(http.StatusFound)
	})
	with := strings.Replace(srv.URL, "http://", "http://ann:secret@", 1) + "/"
	if _, err := get(t, Request{URL: with}); err != nil {
		t.Fatal(err)
	}
	if len(users) != 2 || users[0] != "ann:secret" || users[1] != "ann:secret" {
		t.Errorf("the server itself was told %q", users)
	}
	for _, name := range []string{"Authorization", "Referer", "Cookie"} {
		if v := elsewhere.Get(name); v != "" {
			t.Errorf("another server was sent %s: %s", name, v)
		}
	}
}

// TestErrorsKeepSecrets: passwords and passkeys are in no error.
func TestErrorsKeepSecrets(t *testing.T) {
	refuses := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/secret" {
			http.Redirect(w, r, "ftp://ann:secret@example.org/secret", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
	for _, address := range []string{
		strings.Replace(refuses.URL, "//", "//ann:secret@", 1) + "/?passkey=secret",
		refuses.URL + "/secret",
		"http://ann:secret@127.0.0.1:1/secret?secret",
		"http://ann:secret@exa mple/", "http://secret/%zz", "secret:x", "http://?secret",
		"http://example.org/" + strings.Repeat("secret", MaxURL),
	} {
		_, err := get(t, Request{URL: address})
		if err == nil || strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "=secret") ||
			strings.Contains(err.Error(), "/secret") || strings.Contains(err.Error(), "secretsecret") {
			t.Errorf("%.60s: %v", address, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		code  int
		after string
		want  time.Duration
		says  string
	}{
		{404, "", 0, "Not Found"}, {403, "", 0, "passkey"}, {204, "", 0, ""}, {304, "", 0, ""}, {500, "junk", 0, ""},
		{302, "", 0, ""}, // without Location
		{429, "120", 2 * time.Minute, "later"}, {503, "99999999", MaxRetryAfter, "later"},
		{503, "Mon, 01 Jan 1990 00:00:00 GMT", 0, ""}, {503, "Fri, 01 Jan 2100 00:00:00 GMT", MaxRetryAfter, ""},
	} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.code)
		})
		_, err := get(t, Request{URL: srv.URL})
		var status *StatusError
		if !errors.Is(err, ErrStatus) || !errors.As(err, &status) || status.Code != c.code || status.RetryAfter != c.want {
			t.Errorf("%d %q: %v %+v", c.code, c.after, err, status)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v", c.code, err)
		}
	}
}

func TestOnlyNews(t *testing.T) {
	const tag, date = `"v1"`, "Sat, 21 Nov 2026 10:00:00 GMT"
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		w.Header().Set("Last-Modified", date)
		if r.Header.Get("If-None-Match") == tag && r.Header.Get("If-Modified-Since") == date {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, aTorrent)
	})
	first, err := get(t, Request{URL: srv.URL})
	if err != nil || first.NotModified || first.ETag != tag || first.LastModified != date {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := get(t, Request{URL: srv.URL, ETag: first.ETag, LastModified: first.LastModified})
	if err != nil || !second.NotModified || second.Body != nil || second.ETag != tag {
		t.Errorf("%+v, %v", second, err)
	}
	long := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", strings.Repeat("x", MaxValidator+1))
		w.Header().Set("Last-Modified", strings.Repeat("x", MaxValidator))
		io.WriteString(w, aTorrent)
	})
	if resp, err := get(t, Request{URL: long.URL}); err != nil || resp.ETag != "" || len(resp.LastModified) != MaxValidator {
		t.Errorf("long validators: %d, %d, %v", len(resp.ETag), len(resp.LastModified), err)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", MaxHeader/2))
		}
		io.WriteString(w, aTorrent)
	})
	if _, err := get(t, Request{URL: srv.URL}); !errors.Is(err, ErrConnect) {
		t.Errorf("%v", err)
	}
}

func TestNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(c, strings.Repeat("SSH-2.0 ", 1000)+"\r\n")
		c.Close()
	}()
	_, err = get(t, Request{URL: "http://" + l.Addr().String()})
	if !errors.Is(err, ErrConnect) || len(err.Error()) > 400 {
		t.Errorf("%v", err)
	}
}

// TestStrangers: a stranger's address does not reach the local network, by whatever name or way.
func TestStrangers(t *testing.T) {
	var asked int
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		io.WriteString(w, aTorrent)
	})
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "192.168.1.1", "169.254.169.254",
		"0.0.0.0", "[fe80::1]", "[fd00::1]", "100.64.0.1", "224.0.0.1",
	} {
		req := Request{URL: "http://" + host + ":" + port, Stranger: true}
		if _, err := get(t, req); !errors.Is(err, ErrLocal) {
			t.Errorf("%s: %v", host, err)
		}
	}
	// Names are judged after they are resolved, whatever resolves them.
	g := &guard{}
	g.refuse.Store(true)
	if err := g.control(t.Context(), "tcp4", "127.0.0.1:80", nil); !errors.Is(err, ErrLocal) {
		t.Errorf("a name of 127.0.0.1: %v", err)
	}
	if err := g.control(t.Context(), "tcp4", "93.184.216.34:80", nil); err != nil {
		t.Errorf("a public address: %v", err)
	}
	if asked != 0 {
		t.Errorf("the local server was asked %d times", asked)
	}
}

// TestPublicServerRedirectsHome: what a server of the Internet redirects to is a stranger's address.
func TestPublicServerRedirectsHome(t *testing.T) {
	public := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.168.1.1/reboot", http.StatusFound)
	})
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "public.example:80" {
			t.Errorf("dialled %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, public.Listener.Addr().String())
	}
	if _, err := get(t, Request{URL: "http://public.example/", Dial: dial}); !errors.Is(err, ErrLocal) {
		t.Errorf("%v", err)
	}
}

// TestProxy: names go to the proxy unresolved, and the machine's own setting is not read.
func TestProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	var asked string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		io.WriteString(w, aTorrent)
	})
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := get(t, Request{URL: "http://site.invalid/x", Proxy: u})
	if err != nil || string(resp.Body) != aTorrent || asked != "http://site.invalid/x" || resp.Local {
		t.Errorf("the proxy was asked %q: %v", asked, err)
	}
	if _, err := get(t, Request{URL: "http://site.invalid/x", Proxy: &url.URL{Scheme: "ftp", Host: "x"}}); !errors.Is(err, ErrURL) {
		t.Errorf("a proxy of ftp: %v", err)
	}
}

func TestUserAgent(t *testing.T) {
	for _, want := range []string{"", "ttx"} {
		srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.UserAgent(); got != want {
				t.Errorf("called %q, not %q", got, want)
			}
			io.WriteString(w, aTorrent)
		})
		if _, err := get(t, Request{URL: srv.URL, UserAgent: want}); err != nil {
			t.Error(err)
		}
	}
}
