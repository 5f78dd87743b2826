package announce

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// names is a resolver: what a name stands for, at each question the next.
type names map[string][][]string

func (n names) look(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if len(n[host]) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var list []netip.Addr
	for _, a := range n[host][0] {
		list = append(list, netip.MustParseAddr(a))
	}
	n[host] = n[host][1:]
	return list, nil
}

func notLoopback(a netip.Addr) bool { return !a.IsLoopback() }

// TestGate: only allowed addresses are dialled, and those that were judged: a name
// that changes between two questions is asked about once.
func TestGate(t *testing.T) {
	for host, c := range map[string]struct {
		answers [][]string
		dialled []string
		refused bool
	}{
		"public.example":   {[][]string{{"192.0.2.1"}}, []string{"192.0.2.1:80"}, false},
		"inside.example":   {[][]string{{"127.0.0.1"}}, nil, true},
		"mapped.example":   {[][]string{{"::ffff:127.0.0.1", "::1"}}, nil, true},
		"both.example":     {[][]string{{"127.0.0.1", "2001:db8::1", "192.0.2.1"}}, []string{"[2001:db8::1]:80", "192.0.2.1:80"}, false},
		"rebound.example":  {[][]string{{"192.0.2.1"}, {"127.0.0.1"}}, []string{"192.0.2.1:80"}, false},
		"127.0.0.1":        {nil, nil, true},
		"::1":              {nil, nil, true},
		"192.0.2.7":        {nil, []string{"192.0.2.7:80"}, false},
		"nowhere.example.": {nil, nil, false},
	} {
		var dialled []string
		g := gate{notLoopback, names{host: c.answers}.look}
		dial := g.dialer(func(_ context.Context, _, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return nil, net.ErrClosed
		})
		_, err := dial(t.Context(), "tcp", net.JoinHostPort(host, "80"))
		if !slices.Equal(dialled, c.dialled) || errors.Is(err, ErrNotAllowed) != c.refused || err == nil {
			t.Errorf("%s: dialled %q, %v", host, dialled, err)
		}
	}
}

// TestGate_FirstThatWorks: the others are not dialled.
func TestGate_FirstThatWorks(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	dialled := 0
	g := gate{notLoopback, names{"t": {{"192.0.2.1", "192.0.2.2", "192.0.2.3"}}}.look}
	c, err := g.dialer(func(context.Context, string, string) (net.Conn, error) {
		if dialled++; dialled == 2 {
			return near, nil
		}
		return nil, net.ErrClosed
	})(t.Context(), "tcp", "t:80")
	if c != near || err != nil || dialled != 2 {
		t.Errorf("%v %v after %d", c, err, dialled)
	}
}

// gated is a client for trackers at public addresses, of which 192.0.2.1 is played by a
// server of this machine.
func gated(t *testing.T, server *httptest.Server, resolve names) *httpClient {
	t.Helper()
	c := newHTTPClient(withDefaults(Config{}))
	t.Cleanup(c.close)
	c.transport.DialContext = gate{notLoopback, resolve.look}.dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); host == "192.0.2.1" {
			address = server.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	return c
}

// TestRedirectsAreGated: a tracker at a public address cannot send us to this machine.
func TestRedirectsAreGated(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked inside") }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{inside.URL, "http://inside.example:" + port, "http://rebound.example:" + port} {
		outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to+"/announce", http.StatusFound)
		}))
		c := gated(t, outside, names{
			"tracker.example": {{"192.0.2.1"}}, "inside.example": {{"127.0.0.1"}}, "rebound.example": {{"::1"}, {"192.0.2.1"}},
		})
		if _, err := c.announce(t.Context(), mustParse(t, "http://tracker.example/announce"), Request{}); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("to %s: %v", to, err)
		}
		outside.Close()
	}
}

// TestUDPIsGated: no packet goes to an address that is not allowed.
func TestUDPIsGated(t *testing.T) {
	opened := false
	c := newUDPClient(withDefaults(Config{Allow: notLoopback, ListenPacket: func(string, string) (net.PacketConn, error) {
		opened = true
		return nil, net.ErrClosed
	}}))
	c.resolve = gate{notLoopback, names{"inside.example": {{"127.0.0.1", "::1"}}, "both.example": {{"127.0.0.1", "192.0.2.1"}}}.look}.addresses
	if _, err := c.announce(t.Context(), mustParse(t, "udp://inside.example:80"), Request{}); !errors.Is(err, ErrNotAllowed) || opened {
		t.Errorf("%v, a socket was opened: %v", err, opened)
	}
	targets, err := c.targets(t.Context(), mustParse(t, "udp://both.example:80"))
	if err != nil || len(targets) != 1 || targets[0].String() != "192.0.2.1:80" {
		t.Errorf("%v %v", targets, err)
	}
}

// TestAllowIsKept: by an announcer, for both kinds of tracker.
func TestAllowIsKept(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	defer srv.Close()
	a := New(Config{Allow: notLoopback})
	defer a.Close(t.Context())
	udp := "udp://" + srv.Listener.Addr().String()
	x := a.Add(Options{Trackers: [][]string{{srv.URL, udp, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)}}, All: true, Stats: func() Stats { return Stats{} }})
	eventually(t, "all have failed", func() bool {
		for _, s := range x.Trackers() {
			if s.State != Failed {
				return false
			}
		}
		return true
	})
	for _, s := range x.Trackers() {
		if !strings.Contains(s.Message, ErrNotAllowed.Error()) {
			t.Errorf("%s: %s", s.URL, s.Message)
		}
	}
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
