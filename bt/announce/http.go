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
	"net/url"
	"strconv"
	"strings"
)

// httpClient speaks to trackers over HTTP and HTTPS.
type httpClient struct {
	client    *http.Client
	transport *http.Transport
	userAgent string
}

func newHTTPClient(cfg Config) *httpClient {
	t := &http.Transport{
		DialContext:            newGate(cfg).dialer(cfg.DialContext),
		Proxy:                  cfg.Proxy,
		DisableCompression:     true, // it would be undone without a bound
		MaxResponseHeaderBytes: MaxHeader,
		MaxConnsPerHost:        MaxPerHost,
		MaxIdleConnsPerHost:    1,
		MaxIdleConns:           MaxConcurrent,
		IdleConnTimeout:        RequestTimeout,
		TLSHandshakeTimeout:    RequestTimeout,
	}
	return &httpClient{
		transport: t,
		client:    &http.Client{Transport: t, CheckRedirect: checkRedirect},
		userAgent: cfg.UserAgent,
	}
}

func (c *httpClient) close() { c.transport.CloseIdleConnections() }

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > MaxRedirects {
		return fmt.Errorf("%w: %d times", ErrRedirects, MaxRedirects)
	}
	if s := req.URL.Scheme; s != "http" && s != "https" {
		return fmt.Errorf("%w: to a %q URL", ErrRedirects, printable(s))
	}
	return nil
}

func (c *httpClient) announce(ctx context.Context, u *url.URL, req Request) (Answer, error) {
	body, err := c.get(ctx, u, announceQuery(req))
	if err != nil {
		return Answer{}, err
	}
	return decodeAnswer(body)
}

func (c *httpClient) scrape(ctx context.Context, u *url.URL, infohash [20]byte) (Counts, error) {
	where, ok := scrapeURL(u)
	if !ok {
		return Counts{}, fmt.Errorf("a scrape: %w by this tracker", ErrUnsupported)
	}
	body, err := c.get(ctx, where, "info_hash="+escape(infohash[:]))
	if err != nil {
		return Counts{}, err
	}
	return decodeScrape(body, infohash)
}

// get asks for u with a query besides its own, and returns at most MaxAnswer bytes.
func (c *httpClient) get(ctx context.Context, u *url.URL, query string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, RequestTimeout, ErrTimeout)
	defer cancel()
	where := *u
	where.Fragment = ""
	where.RawQuery = strings.TrimPrefix(where.RawQuery+"&"+query, "&")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, hideURL(err)
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, reason(ctx, err)
	}
	defer resp.Body.Close()
	body, err := readBody(resp)
	if err != nil {
		return nil, reason(ctx, err)
	}
	// A refusal often comes with a status of its own.
	if resp.StatusCode != http.StatusOK && !bytes.HasPrefix(body, []byte("d")) {
		return nil, fmt.Errorf("HTTP status %s", printable(resp.Status))
	}
	return body, nil
}

// readBody reads and decompresses a body, both within MaxAnswer.
func readBody(resp *http.Response) ([]byte, error) {
	body, err := readAtMost(resp.Body)
	if err != nil || !isGzip(resp, body) {
		return body, err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if body, err = readAtMost(z); err != nil && !errors.Is(err, ErrAnswerTooLong) {
		err = fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return body, err
}

// isGzip also finds compression that the tracker does not declare, as some do.
func isGzip(resp *http.Response, body []byte) bool {
	return resp.Header.Get("Content-Encoding") == "gzip" || bytes.HasPrefix(body, []byte{0x1f, 0x8b})
}

func readAtMost(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxAnswer+1))
	if err == nil && len(body) > MaxAnswer {
		err = ErrAnswerTooLong
	}
	return body, err
}

// reason is what made a request fail, without the URL and its passkey.
func reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return hideURL(err)
}

func hideURL(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	if n := (net.Error)(nil); errors.As(err, &n) && n.Timeout() {
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	return err
}

// announceQuery is the parameters of an announce, in the order in which others send them.
func announceQuery(r Request) string {
	var b strings.Builder
	put := func(key, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(key + "=" + value)
	}
	put("info_hash", escape(r.Infohash[:]))
	put("peer_id", escape(r.PeerID[:]))
	put("port", strconv.Itoa(int(r.Port)))
	put("uploaded", strconv.FormatInt(r.Uploaded, 10))
	put("downloaded", strconv.FormatInt(r.Downloaded, 10))
	put("left", strconv.FormatInt(r.Left, 10))
	put("compact", "1")
	put("no_peer_id", "1")
	put("numwant", strconv.Itoa(r.NumWant))
	put("key", fmt.Sprintf("%08X", r.Key))
	if r.Event != None {
		put("event", r.Event.String())
	}
	if r.TrackerID != "" {
		put("trackerid", escape([]byte(r.TrackerID)))
	}
	if r.IPv6.IsValid() {
		put("ipv6", escape([]byte(r.IPv6.String())))
	}
	return b.String()
}

// escape is percent-encoding of bytes; url.QueryEscape writes a space as +, which not every tracker undoes.
func escape(b []byte) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(b))
	for _, c := range b {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

// scrapeURL is where BEP 48 puts the scrape: the last element of the path must begin with "announce".
func scrapeURL(u *url.URL) (*url.URL, bool) {
	at := strings.LastIndexByte(u.Path, '/') + 1
	rest, ok := strings.CutPrefix(u.Path[at:], "announce")
	if !ok {
		return nil, false
	}
	s := *u
	s.Path, s.RawPath = u.Path[:at]+"scrape"+rest, ""
	return &s, true
}
