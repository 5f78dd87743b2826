package announce

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ask announces once to a tracker that a handler plays.
func ask(t *testing.T, h http.HandlerFunc, req Request) (Answer, error) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c := newHTTPClient(withDefaults(Config{UserAgent: "ttx test"}))
	t.Cleanup(c.close)
	return c.announce(context.Background(), mustParse(t, srv.URL+"/x/announce?passkey=sEcReT"), req)
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) }
}

func TestAnnounceQuery(t *testing.T) {
	var req Request
	copy(req.Infohash[:], " +&=?%\x00\xff/abcdefghijklmn")
	copy(req.PeerID[:], "-TX0001-abcdefghijkl")
	req.Port, req.Uploaded, req.Downloaded, req.Left, req.Event = 6881, 1, 2, 3, Started
	req.Key, req.NumWant, req.TrackerID = 0xabc, 50, "a b"
	req.IPv6 = netip.MustParseAddr("2001:db8::1")
	_, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "+") {
			t.Errorf("a space as +: %s", r.URL.RawQuery)
		}
		for key, want := range map[string]string{
			"passkey": "sEcReT", "info_hash": string(req.Infohash[:]), "peer_id": string(req.PeerID[:]),
			"port": "6881", "uploaded": "1", "downloaded": "2", "left": "3", "compact": "1", "no_peer_id": "1",
			"numwant": "50", "key": "00000ABC", "event": "started", "trackerid": "a b", "ipv6": "2001:db8::1",
		} {
			if got := r.URL.Query().Get(key); got != want {
				t.Errorf("%s = %q, want %q", key, got, want)
			}
		}
		if r.UserAgent() != "ttx test" {
			t.Errorf("user agent %q", r.UserAgent())
		}
		io.WriteString(w, "d8:intervali900e5:peers0:e")
	}, req)
	if err != nil {
		t.Error(err)
	}
}

func TestAnswer(t *testing.T) {
	a, err := ask(t, text("d8:completei7e10:downloadedi9e11:external ip4:\x05\x06\x07\x0810:incompletei8e8:intervali900e"+
		"12:min intervali300e5:peers12:\x01\x02\x03\x04\x1a\xe1\x00\x00\x00\x00\x1a\xe16:peers618:"+
		" \x01\r\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1a\xe1"+
		"10:tracker id3:abc15:warning message4:soone"), Request{})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(a.Peers) != "[1.2.3.4:6881 [2001:db8::1]:6881]" {
		t.Errorf("peers %v", a.Peers)
	}
	if a.Seeders != 7 || a.Leechers != 8 || a.Downloaded != 9 || a.Interval != 15*time.Minute || a.MinInterval != 5*time.Minute ||
		a.TrackerID != "abc" || a.Warning != "soon" || a.External.String() != "5.6.7.8" {
		t.Errorf("answer %+v", a)
	}
	a, err = ask(t, text("d5:peersld2:ip7:1.2.3.44:porti6881eed2:ip3:::17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti1eed2:ip11:example.org4:porti1eed2:ip7:1.2.3.44:porti65536eei5eee"), Request{})
	if err != nil || fmt.Sprint(a.Peers) != "[1.2.3.4:6881 [::1]:1]" || a.Seeders != -1 {
		t.Errorf("dictionaries: %+v, %v", a, err)
	}
}

func compressed(n int) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	for ; n > 0; n -= len(zeros) {
		z.Write(zeros[:min(n, len(zeros))])
	}
	z.Close()
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "d8:intervali900e5:peers0:e")
	z.Close()
	for _, declared := range []bool{true, false} {
		a, err := ask(t, func(w http.ResponseWriter, _ *http.Request) {
			if declared {
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.Write(b.Bytes())
		}, Request{})
		if err != nil || a.Interval != 15*time.Minute {
			t.Errorf("declared %v: %+v, %v", declared, a, err)
		}
	}
}

// TestHostileAnswers: what the tracker does is told, without the passkey, and costs what its bound says.
func TestHostileAnswers(t *testing.T) {
	fill := func(n int) string { // an answer of n bytes
		const head, tail = "d8:intervali900e1:x", "5:peers0:e"
		for pad := n; pad > 0; pad-- {
			if s := head + fmt.Sprint(pad) + ":"; len(s)+pad+len(tail) == n {
				return s[:len("d8:intervali900e")] + "1:a" + s[len(head):] + strings.Repeat("x", pad) + tail
			}
		}
		t.Fatal("no such length")
		return ""
	}
	million := "d8:intervali900e5:peers6000000:" + strings.Repeat("\x01\x02\x03\x04\x1a\xe1", 1_000_000) + "e"
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		kind error
		says string
	}{
		{"garbage", text("<html>not a tracker</html>"), ErrAnswer, ""},
		{"nothing", text(""), ErrAnswer, ""},
		{"cut off", text("d8:interval"), ErrAnswer, ""},
		{"deep", text(strings.Repeat("l", 100_000)), ErrAnswer, ""},
		{"peers of another length", text("d5:peers5:aaaaae"), ErrAnswer, "multiple of 6"},
		{"peers of another type", text("d5:peersi5ee"), ErrAnswer, "peers are a number"},
		{"at the bound", text(fill(MaxAnswer)), nil, ""},
		{"beyond the bound", text(fill(MaxAnswer + 1)), ErrAnswerTooLong, ""},
		{"a million peers", text(million), ErrAnswerTooLong, "1048576"},
		{"bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(compressed(1 << 30 >> 2))
		}, ErrAnswerTooLong, ""},
		{"broken gzip", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "\x1f\x8bxxxxxxxxxxxx")
		}, ErrAnswer, "gzip"},
		{"redirects for ever", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, ErrRedirects, "5 times"},
		{"redirects to a file", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, ErrRedirects, "file"},
		{"status", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, nil, "HTTP status 404 Not Found"},
		{"header", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 2*MaxHeader))
			io.WriteString(w, "d5:peers0:e")
		}, nil, "header"},
		{"hangs up", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, nil, "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ask(t, c.h, Request{})
			if c.kind == nil && c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %v with %q", err, c.kind, c.says)
			}
			if strings.Contains(err.Error(), "sEcReT") {
				t.Errorf("the passkey is in %q", err)
			}
		})
	}
}

func TestPeersOfOneAnswerAreBounded(t *testing.T) {
	for _, body := range []string{
		fmt.Sprintf("d5:peers%d:%se", 6*(MaxPeers+1), strings.Repeat("\x01\x02\x03\x04\x1a\xe1", MaxPeers+1)),
		"d5:peersl" + strings.Repeat("d2:ip7:1.2.3.44:porti6881ee", MaxPeers+1) + "ee",
	} {
		if a, err := ask(t, text(body), Request{}); err != nil || len(a.Peers) != MaxPeers {
			t.Errorf("%d peers, %v", len(a.Peers), err)
		}
	}
}

func TestFailureReason(t *testing.T) {
	for body, want := range map[string]Failure{
		"d14:failure reason7:go awaye":                           {Reason: "go away"},
		"d14:failure reason7:go away8:retry in1:5e":              {Reason: "go away", RetryIn: 5 * time.Minute},
		"d14:failure reason7:go away8:retry in5:nevere":          {Reason: "go away", Never: true},
		"d14:failure reason7:go away8:retry ini99999999999999ee": {Reason: "go away", RetryIn: MaxInterval},
		"d14:failure reason5:\x1b[2Jxe":                          {Reason: "?[2Jx"},
		"d14:failure reason0:e":                                  {Reason: "(no reason given)"},
	} {
		for _, status := range []int{200, 403} {
			_, err := ask(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				io.WriteString(w, body)
			}, Request{})
			var f *Failure
			if !errors.As(err, &f) || *f != want {
				t.Errorf("%q with %d: %v, want %+v", body, status, err, want)
			}
		}
	}
}

// TestSlowAnswers: a tracker that says nothing, or a byte at a time, costs what the context allows.
func TestSlowAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeoutCause(context.Background(), 300*time.Millisecond, ErrTimeout)
	defer cancel()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for range tick.C {
					if _, err := conn.Write([]byte("H")); err != nil {
						return
					}
				}
			}()
		}
	}()
	c := newHTTPClient(withDefaults(Config{}))
	defer c.close()
	if _, err := c.announce(ctx, mustParse(t, "http://"+l.Addr().String()+"/announce"), Request{}); err == nil {
		t.Error("a tracker that never answers answered")
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel = context.WithTimeoutCause(context.Background(), 100*time.Millisecond, ErrTimeout)
	defer cancel()
	if _, err := c.announce(ctx, mustParse(t, "http://"+silent.Addr().String()+"/announce"), Request{}); !errors.Is(err, ErrTimeout) {
		t.Errorf("a silent tracker: %v", err)
	}
}

func TestScrape(t *testing.T) {
	h := [20]byte{1, 2, 3}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/x/scrape.php" || r.URL.Query().Get("info_hash") != string(h[:]) || r.URL.Query().Get("k") != "v" {
			t.Errorf("scraped at %v", r.URL)
		}
		fmt.Fprintf(w, "d5:filesd20:%sd8:completei5e10:downloadedi50e10:incompletei10eeee", h[:])
	}))
	defer srv.Close()
	c := newHTTPClient(withDefaults(Config{}))
	defer c.close()
	got, err := c.scrape(context.Background(), mustParse(t, srv.URL+"/x/announce.php?k=v"), h)
	if err != nil || got != (Counts{5, 10, 50}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.scrape(context.Background(), mustParse(t, srv.URL+"/a"), h); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a tracker without a scrape: %v", err)
	}
	for _, body := range []string{"", "d5:filesdee", "d14:failure reason2:noe", "d5:filesle", "i5e"} {
		if _, err := decodeScrape([]byte(body), h); err == nil {
			t.Errorf("%q is a scrape", body)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("d8:completei7e8:intervali900e5:peers6:\x01\x02\x03\x04\x1a\xe16:peers60:e"))
	f.Add([]byte("d5:peersld2:ip7:1.2.3.44:porti6881eeee"))
	f.Add([]byte("d14:failure reason7:go away8:retry in5:nevere"))
	f.Add([]byte("d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei5eeee"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeAnswer(b)
		if err == nil && (len(a.Peers) > MaxPeers || a.Interval < 0 || a.Interval > MaxInterval || a.Seeders < -1) {
			t.Errorf("%+v", a)
		}
		decodeScrape(b, [20]byte([]byte("aaaaaaaaaaaaaaaaaaaa")))
	})
}
