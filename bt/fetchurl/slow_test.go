package fetchurl

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory, for servers on the fake clock of testing/synctest.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pause waits on the fake clock, or until the client has gone.
func pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

// getFrom gets from a server whose handler runs on the fake clock, and says how long it took.
func getFrom(ctx context.Context, t *testing.T, h http.HandlerFunc) (Response, time.Duration, error) {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	serving, cancel := context.WithCancel(context.Background())
	defer cancel() // ends handlers that have taken their connection over
	srv := &http.Server{Handler: h, BaseContext: func(net.Listener) context.Context { return serving }}
	go srv.Serve(l)
	start := time.Now()
	resp, err := Get(ctx, Request{URL: "http://slow.example/", Dial: l.dial})
	took := time.Since(start)
	srv.Close()
	cancel()
	synctest.Wait()
	return resp, took, err
}

func TestNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, took, err := getFrom(t.Context(), t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		if !errors.Is(err, ErrTimeout) || took != HeaderTime {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestNeverConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Get(t.Context(), Request{URL: "http://slow.example/", Dial: (&pipes{}).dial})
		if took := time.Since(start); !errors.Is(err, ErrTimeout) || took != HeaderTime {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestByteByByte(t *testing.T) {
	drip := func(every time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for _, b := range []byte(strings.Replace(aTorrent, "x", "y", 1)) {
				if _, err := w.Write([]byte{b}); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				pause(r, every)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		if _, _, err := getFrom(t.Context(), t, drip(TotalTime/40)); err != nil {
			t.Errorf("slow, but in time: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, took, err := getFrom(t.Context(), t, drip(TotalTime/5))
		if !errors.Is(err, ErrTimeout) || took != TotalTime {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestHeadersByteByByte: HeaderTime is until the end of the headers, not until their first byte.
func TestHeadersByteByByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, took, err := getFrom(t.Context(), t, func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1000)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				pause(r, time.Second)
			}
		})
		if !errors.Is(err, ErrTimeout) || took != HeaderTime {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestSlowRedirects: each server has its time, and all of them together have theirs.
func TestSlowRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, took, err := getFrom(t.Context(), t, func(w http.ResponseWriter, r *http.Request) {
			pause(r, HeaderTime-time.Second)
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		})
		if !errors.Is(err, ErrTimeout) || took != TotalTime {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, took, err := getFrom(ctx, t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "d")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) || took != time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
