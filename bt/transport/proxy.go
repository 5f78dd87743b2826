package transport

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// Proxy is a SOCKS5 (RFC 1928) or HTTP (CONNECT, RFC 9110) proxy. It looks up all names.
type Proxy struct {
	scheme   string // socks5 or http
	address  string // host:port
	user     string
	password string
}

// maxConnectAnswer bounds what an HTTP proxy says before the connection.
const maxConnectAnswer = 16 << 10

// ParseProxy reads socks5://[user:password@]host:port or http://…. Its errors hold no password.
func ParseProxy(raw string) (*Proxy, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Port() == "" || (u.Path != "" && u.Path != "/") {
		return nil, errors.New("the proxy must be like socks5://user:password@host:port or http://host:port")
	}
	if u.Scheme == "socks5h" {
		u.Scheme = "socks5" // names are always looked up there
	}
	if u.Scheme != "socks5" && u.Scheme != "http" {
		return nil, fmt.Errorf("a proxy of kind %q; it is one of socks5, http", u.Scheme)
	}
	p := &Proxy{scheme: u.Scheme, address: u.Host, user: u.User.Username()}
	p.password, _ = u.User.Password()
	return p, nil
}

// Tor is the SOCKS5 port of a Tor client. The user and password are random, so that the connections share no
// circuit with other programs.
func Tor(address string) *Proxy {
	return &Proxy{scheme: "socks5", address: address, user: rand.Text(), password: rand.Text()}
}

// String is the proxy without its password.
func (p *Proxy) String() string { return p.scheme + "://" + p.address }

func (p *Proxy) isHTTP() bool { return p.scheme == "http" }

func (p *Proxy) url() *url.URL {
	u := &url.URL{Scheme: p.scheme, Host: p.address}
	if p.user != "" {
		u.User = url.UserPassword(p.user, p.password)
	}
	return u
}

// through makes connections by way of the proxy.
func (p *Proxy) through(direct dialFunc) dialFunc {
	if p.isHTTP() {
		return func(ctx context.Context, _, addr string) (net.Conn, error) { return p.connect(ctx, direct, addr) }
	}
	var auth *proxy.Auth
	if p.user != "" {
		auth = &proxy.Auth{User: p.user, Password: p.password}
	}
	socks, err := proxy.SOCKS5("tcp", p.address, auth, forward(direct))
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err != nil {
			return nil, err
		}
		c, err := socks.(proxy.ContextDialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, fmt.Errorf("by way of %v: %w", p, err)
		}
		return c, nil
	}
}

// forward is a dialFunc as the SOCKS client wants it.
type forward dialFunc

func (f forward) Dial(network, addr string) (net.Conn, error) {
	return f(context.Background(), network, addr)
}

func (f forward) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

// connect asks an HTTP proxy for a connection.
func (p *Proxy) connect(ctx context.Context, direct dialFunc, addr string) (net.Conn, error) {
	raw, err := direct(ctx, "tcp", p.address)
	if err != nil {
		return nil, fmt.Errorf("by way of %v: %w", p, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	c, err := p.request(raw, addr)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("by way of %v: %w", p, err)
	}
	return c, nil
}

func (p *Proxy) request(raw net.Conn, addr string) (net.Conn, error) {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if p.user != "" {
		req.SetBasicAuth(p.user, p.password)
		req.Header["Proxy-Authorization"] = req.Header["Authorization"]
		delete(req.Header, "Authorization")
	}
	req.Header.Set("User-Agent", "")
	if err := req.Write(raw); err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: raw, N: maxConnectAnswer}
	r := bufio.NewReader(limited)
	resp, err := http.ReadResponse(r, req) //nolint:bodyclose // what follows is the connection
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the proxy answers %q", resp.Status)
	}
	ahead := make([]byte, r.Buffered())
	_, _ = io.ReadFull(r, ahead)
	return &prefixed{Conn: raw, ahead: ahead}, nil
}

// prefixed is a connection of which some bytes were read already.
type prefixed struct {
	net.Conn
	ahead []byte
}

func (c *prefixed) Read(b []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(b, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// checkTime bounds the check of a proxy.
const checkTime = 10 * time.Second

// CheckSOCKS connects to a SOCKS5 proxy and sees whether it speaks that and takes us.
func (p *Proxy) CheckSOCKS(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return fmt.Errorf("it cannot be reached: %w", err)
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	_ = c.SetDeadline(deadline)
	const version, noAuth, userPassword = 5, 0, 2
	if _, err := c.Write([]byte{version, 2, noAuth, userPassword}); err != nil {
		return fmt.Errorf("it does not speak SOCKS5: %w", err)
	}
	var answer [2]byte
	if _, err := io.ReadFull(c, answer[:]); err != nil {
		return fmt.Errorf("it does not speak SOCKS5: %w", err)
	}
	if answer[0] != version || answer[1] != noAuth && answer[1] != userPassword {
		return fmt.Errorf("it does not speak SOCKS5: it answers %x", answer)
	}
	return nil
}
