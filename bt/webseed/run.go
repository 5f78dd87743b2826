package webseed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Run is a run of content under way. One goroutine may read it; Close may be called by any.
type Run struct {
	s      *Seed
	ctx    context.Context
	cancel context.CancelCauseFunc
	once   sync.Once

	at, end int64         // in the content
	body    io.ReadCloser // of the file at at; nil when it must be asked for
	left    int64         // of body
	guard   *time.Timer   // cancels when a server stands still
	slow    int64         // bytes since it was set
	check   checker
	err     error
}

// Why a request fails.
var (
	errStalled = errors.New("the web seed does not send")
	errHungUp  = errors.New("the web seed hung up")
)

// Read reads what comes next.
func (r *Run) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.at >= r.end {
		return 0, io.EOF
	}
	n, err := r.read(b[:min(int64(len(b)), r.end-r.at)])
	if n > 0 {
		r.at += int64(n)
		whole, wrong := r.check.add(b[:n])
		r.s.checked(whole)
		if wrong != nil {
			err = wrong
		}
	}
	if err != nil {
		r.fail(err)
		return n, r.err
	}
	return n, err
}

// fail ends the run. That it was closed is nobody's failure.
func (r *Run) fail(err error) {
	r.err = reason(r.ctx, err)
	if errors.Is(r.err, io.EOF) { // which would be the end of the run
		r.err = errHungUp
	}
	if errors.Is(r.err, context.Canceled) {
		return
	}
	var status *statusError
	var retry time.Duration
	if errors.As(r.err, &status) {
		retry = status.retry
	}
	r.s.failed(r.err, retry)
}

// read reads of the file or gap at the place.
func (r *Run) read(b []byte) (int, error) {
	if r.body != nil {
		return r.readBody(b)
	}
	f, until := r.place()
	n := min(r.end, until) - r.at
	if f == nil {
		b = b[:min(int64(len(b)), n)]
		clear(b)
		return len(b), nil
	}
	if err := r.ask(f, r.at-f.Offset, n); err != nil {
		return 0, err
	}
	return r.readBody(b)
}

// place is the file at the place, nil for padding, and where it ends in the content.
func (r *Run) place() (f *metainfo.File, until int64) {
	files := r.s.torrent.Info.Files
	i := sort.Search(len(files), func(i int) bool { return files[i].Offset+files[i].Length > r.at })
	switch {
	case i == len(files): // of the last block, which is a whole one with v2 alone
		return nil, r.end
	case files[i].Offset > r.at:
		return nil, files[i].Offset
	case files[i].Pad:
		return nil, files[i].Offset + files[i].Length
	}
	return &files[i], files[i].Offset + files[i].Length
}

// readBody reads of what the server sends.
func (r *Run) readBody(b []byte) (int, error) {
	n, err := r.body.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	r.s.received(n)
	if r.slow += int64(n); r.slow >= StallBytes {
		r.slow = 0
		r.guard.Reset(StallTime)
	}
	if r.left == 0 {
		r.hangUp()
		return n, nil
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the web seed sent %d bytes too few of a file", r.left)
	}
	return n, err
}

// hangUp ends a request.
func (r *Run) hangUp() {
	if r.guard != nil {
		r.guard.Stop()
	}
	if r.body != nil {
		_ = r.body.Close() // it was read
		r.body = nil
	}
}

// Close ends the run.
func (r *Run) Close() error {
	r.once.Do(func() {
		r.cancel(context.Canceled)
		<-r.s.slots
	})
	return nil
}

// ask asks for n bytes of a file from off on.
func (r *Run) ask(f *metainfo.File, off, n int64) error {
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.s.address(f), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "identity")
	if off > 0 || n < f.Length {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, off+n-1))
	}
	r.hangUp()
	r.guard = time.AfterFunc(HeaderTime, func() { r.cancel(errStalled) })
	resp, err := r.s.client.Do(req) //nolint:bodyclose // hangUp and the context do
	if err != nil {
		r.guard.Stop()
		return err
	}
	r.guard.Reset(StallTime)
	r.body, r.left, r.slow = resp.Body, n, 0
	if err := accept(resp, off); err != nil {
		r.hangUp()
		return err
	}
	if resp.StatusCode == http.StatusOK && off > 0 {
		if _, err := io.CopyN(io.Discard, resp.Body, off); err != nil {
			return err
		}
	}
	return nil
}

// statusError is an answer that is no content.
type statusError struct {
	status string
	retry  time.Duration
}

func (e *statusError) Error() string { return "the web seed answers " + e.status }

// accept says whether an answer is what was asked for, or has it not far behind.
func accept(resp *http.Response, off int64) error {
	switch resp.StatusCode {
	case http.StatusOK:
		if off > MaxDiscard {
			return errors.New("the web seed sends whole files only")
		}
	case http.StatusPartialContent:
		from, _, ok := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes "), "-")
		if at, err := strconv.ParseInt(from, 10, 64); !ok || err != nil || at != off {
			return errors.New("the web seed sends another range than it was asked for")
		}
	default:
		e := &statusError{status: fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))}
		if s, err := strconv.ParseInt(resp.Header.Get("Retry-After"), 10, 32); err == nil && s > 0 {
			e.retry = time.Duration(s) * time.Second
		}
		return e
	}
	return nil
}
