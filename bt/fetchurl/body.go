package fetchurl

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// read reads an answer that is no redirect.
func (g *getter) read(answer *http.Response) (Response, error) {
	resp := Response{
		ETag:         validator(answer.Header.Get("ETag")),
		LastModified: validator(answer.Header.Get("Last-Modified")),
		Local:        g.guard.local.Load(),
	}
	asked := g.req.ETag != "" || g.req.LastModified != ""
	switch code := answer.StatusCode; {
	case code == http.StatusNotModified && asked:
		resp.NotModified = true
		if resp.ETag == "" && resp.LastModified == "" {
			resp.ETag, resp.LastModified = g.req.ETag, g.req.LastModified
		}
		return resp, nil
	case code != http.StatusOK:
		return Response{}, &StatusError{Code: code, RetryAfter: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	}
	var err error
	if resp.Body, err = readBody(answer, g.req.Want.most()); err != nil {
		return Response{}, err
	}
	return resp, g.req.Want.check(resp.Body)
}

func validator(s string) string {
	if len(s) > MaxValidator {
		return ""
	}
	return s
}

// retryAfter reads seconds or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, MaxRetryAfter)
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, min(at.Sub(now), MaxRetryAfter))
	}
	return 0
}

// readBody reads at most so many bytes, compressed or not. A body that is gzip without saying so is decompressed as
// well: there are servers that keep their .torrent files that way.
func readBody(answer *http.Response, most int64) ([]byte, error) {
	if answer.ContentLength > most {
		return nil, fmt.Errorf("%w: %d bytes, of at most %d", ErrTooLarge, answer.ContentLength, most)
	}
	raw, err := readAll(answer.Body, most, "")
	if err != nil {
		return nil, err
	}
	encoding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding")))
	switch {
	case encoding == "gzip" || encoding == "x-gzip" || bytes.HasPrefix(raw, []byte("\x1f\x8b")):
		return inflate(raw, most)
	case encoding == "" || encoding == "identity":
		return raw, nil
	}
	return nil, fmt.Errorf("%w: it is %.40q", ErrEncoding, encoding)
}

func inflate(raw []byte, most int64) ([]byte, error) {
	if len(raw) == 0 {
		return raw, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	plain, err := readAll(z, most, " decompressed")
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	return plain, err
}

func readAll(r io.Reader, most int64, how string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > most {
		return nil, fmt.Errorf("%w: more than %d bytes%s", ErrTooLarge, most, how)
	}
	return raw, nil
}

func (w Want) most() int64 {
	if w == Feed {
		return MaxFeed
	}
	return MaxTorrent
}

// String is what a message calls it.
func (w Want) String() string {
	if w == Feed {
		return "feed"
	}
	return ".torrent file"
}

// check looks at how a body begins.
func (w Want) check(body []byte) error {
	if looksLikePage(body) {
		return fmt.Errorf("%w of a %v: is a login needed, or is it the address of a description?", ErrWebPage, w)
	}
	if len(body) == 0 {
		return fmt.Errorf("%w: an empty answer is no %v", ErrContent, w)
	}
	if !w.fits(body) {
		return fmt.Errorf("%w: what begins with %.16q is no %v", ErrContent, body, w)
	}
	return nil
}

func (w Want) fits(body []byte) bool {
	if w == Feed {
		return bytes.HasPrefix(withoutMark(body), []byte("<")) || isUTF16(body)
	}
	return len(body) >= 2 && body[0] == 'd' && (body[1] == 'e' || '0' <= body[1] && body[1] <= '9')
}

// looksLikePage reports whether a body begins as HTML does.
func looksLikePage(body []byte) bool {
	const enough = 64
	start := withoutMark(body)
	start = bytes.ToLower(start[:min(len(start), enough)])
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<script"} {
		if bytes.HasPrefix(start, []byte(tag)) {
			return true
		}
	}
	return false
}

// withoutMark leaves out a byte order mark and white space.
func withoutMark(body []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
}

func isUTF16(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\xfe\xff")) || bytes.HasPrefix(body, []byte("\xff\xfe"))
}
