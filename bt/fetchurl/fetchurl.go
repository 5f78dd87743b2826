package fetchurl

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Want is what is asked for.
type Want int

// What can be asked for.
const (
	Torrent Want = iota // a .torrent file (BEP 3)
	Feed                // RSS or Atom
)

// Request is what to get and how. URL alone is enough.
type Request struct {
	URL  string
	Want Want
	// ETag and Last-Modified of an earlier Response to the same URL. If nothing changed, NotModified is the answer.
	ETag, LastModified string
	// Stranger says that the address comes from a stranger, for example an item of a feed: addresses of the local
	// network are refused (ErrLocal). Where a user's own address on the Internet redirects to is a stranger's, too.
	// With Dial or Proxy only hosts written as IP addresses are known to be local.
	Stranger bool
	// Dial makes the connections; nil dials directly.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy is of http, https or socks5; names are resolved there. Dial, if given, dials the proxy. Nil is none.
	Proxy *url.URL
	// RootCAs vouch for servers; nil is the system's.
	RootCAs *x509.CertPool
	// UserAgent names the client; empty sends none.
	UserAgent string
}

// Response is what came: one of Body, Magnet and NotModified.
type Response struct {
	// Body begins as what was wanted does; it is not otherwise checked.
	Body []byte
	// Magnet is the link that the address redirected to, in place of a body. It has been parsed without error.
	Magnet string
	// NotModified says that the body is still that of the earlier Response.
	NotModified bool
	// ETag and LastModified are for the next Request; empty if the server gave none.
	ETag, LastModified string
	// Local says that the server that was asked first is in the local network, so that its addresses may be as well.
	Local bool
}

// Get gets what the address names. Errors are of the kinds of this package, of metainfo for a broken magnet link,
// or ctx's.
func Get(ctx context.Context, req Request) (Response, error) {
	u, err := parseURL(req.URL)
	if err != nil {
		return Response{}, err
	}
	if err := checkProxy(req.Proxy); err != nil {
		return Response{}, err
	}
	total, cancel := context.WithTimeoutCause(ctx, TotalTime, fmt.Errorf("%w: not done after %v", ErrTimeout, TotalTime))
	defer cancel()
	g := newGetter(req, u)
	defer g.transport.CloseIdleConnections()
	resp, err := g.follow(total)
	if err != nil {
		return Response{}, fmt.Errorf("getting from %.100q: %w", g.at.Host, err)
	}
	return resp, nil
}

// getter is one Get.
type getter struct {
	req       Request
	transport *http.Transport
	guard     *guard
	origin    *url.URL // what was asked for; the only one that gets its name and password
	at        *url.URL // the one being asked
}

func newGetter(req Request, u *url.URL) *getter {
	g := &getter{req: req, origin: u, at: u, guard: &guard{}}
	g.guard.refuse.Store(req.Stranger)
	g.transport = g.guard.transport(req)
	return g
}

// follow asks one server after another.
func (g *getter) follow(ctx context.Context) (Response, error) {
	seen := map[string]bool{g.at.String(): true}
	for range MaxRedirects + 1 {
		resp, next, err := g.ask(ctx)
		if err != nil || next == "" {
			return resp, err
		}
		if isMagnet(next) {
			m, err := metainfo.ParseMagnet(next)
			if err != nil {
				return Response{}, fmt.Errorf("redirected: %w", err)
			}
			return Response{Magnet: m.String(), Local: g.guard.local.Load()}, nil
		}
		if err := g.redirect(next); err != nil {
			return Response{}, err
		}
		if seen[g.at.String()] {
			return Response{}, fmt.Errorf("%w: they lead in a circle", ErrRedirects)
		}
		seen[g.at.String()] = true
	}
	return Response{}, fmt.Errorf("%w: more than %d", ErrRedirects, MaxRedirects)
}

// redirect makes the next address the one to ask.
func (g *getter) redirect(location string) error {
	ref, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("redirected: %w", ErrURL)
	}
	u := g.at.ResolveReference(ref)
	u.User, u.Fragment = nil, ""
	if sameOrigin(u, g.origin) {
		u.User = g.origin.User
	}
	if err := checkURL(u); err != nil {
		return fmt.Errorf("redirected: %w", err)
	}
	g.guard.asked()
	g.at = u
	return nil
}

// ask makes one request. It returns the answer, or the address it redirects to.
func (g *getter) ask(ctx context.Context) (resp Response, next string, err error) {
	if err := g.guard.checkHost(g.at.Hostname()); err != nil {
		return Response{}, "", err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slow := fmt.Errorf("%w: no answer after %v", ErrTimeout, HeaderTime)
	timer := time.AfterFunc(HeaderTime, func() { cancel(slow) })
	defer timer.Stop()
	hr, err := g.request(ctx)
	if err != nil {
		return Response{}, "", err
	}
	answer, err := g.transport.RoundTrip(hr)
	if err != nil {
		return Response{}, "", fault(ctx, err)
	}
	defer answer.Body.Close()
	timer.Stop()
	if location := answer.Header.Get("Location"); location != "" && isRedirect(answer.StatusCode) {
		return Response{}, location, nil
	}
	resp, err = g.read(answer)
	if err != nil {
		return Response{}, "", fault(ctx, err)
	}
	return resp, "", nil
}

func (g *getter) request(ctx context.Context) (*http.Request, error) {
	bare := *g.at
	bare.User = nil
	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, bare.String(), nil)
	if err != nil {
		return nil, ErrURL
	}
	hr.Header.Set("User-Agent", g.req.UserAgent)
	hr.Header.Set("Accept-Encoding", "gzip")
	if user := g.at.User; user != nil {
		password, _ := user.Password()
		hr.SetBasicAuth(user.Username(), password)
	}
	if g.req.ETag != "" {
		hr.Header.Set("If-None-Match", g.req.ETag)
	}
	if g.req.LastModified != "" {
		hr.Header.Set("If-Modified-Since", g.req.LastModified)
	}
	return hr, nil
}

// fault gives an error its kind, and takes the address out of it.
func fault(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var status *StatusError
	for _, kind := range []error{ErrLocal, ErrTooLarge, ErrEncoding, ErrWebPage, ErrContent} {
		if errors.Is(err, kind) {
			return err
		}
	}
	if errors.As(err, &status) {
		return err
	}
	return fmt.Errorf("%w: %.200s", ErrConnect, err.Error()) // it may repeat what the server sent
}

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func isMagnet(link string) bool {
	scheme, _, _ := strings.Cut(link, ":")
	return strings.EqualFold(scheme, "magnet")
}
