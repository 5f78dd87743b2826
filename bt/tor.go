package bt

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/torrenttx/ttx/bt/transport"
)

// LeakError is why Tor mode does not start: what would leak, or keep from being hidden. It is of kind
// [ErrWouldLeak].
type LeakError struct {
	Option string // the name of the Config field
	Err    error
}

// Error names the option and what is wrong with it.
func (e *LeakError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrWouldLeak, e.Option, e.Err) }

// Unwrap gives the kind and the cause.
func (e *LeakError) Unwrap() []error { return []error{ErrWouldLeak, e.Err} }

// contradictions are the options that Tor mode has no place for.
func (c Config) contradictions() []*LeakError {
	var list []*LeakError
	for _, o := range []struct {
		name string
		set  bool
		why  string
	}{
		{"Listen", c.Listen != "", "nothing may listen"},
		{"DHT", c.DHT, "the DHT is UDP, which Tor does not carry"},
		{"LSD", c.LSD, "the local network would be told of the torrents"},
		{"PortMapping", c.PortMapping, "the router would be asked, and nothing listens"},
		{"WebTorrent", c.WebTorrent, "WebRTC is UDP, which Tor does not carry"},
		{"Proxy", c.Proxy != "", "everything goes through Tor"},
		{"Bind", c.Bind != "", "the only connections are those to Tor"},
	} {
		if o.set {
			list = append(list, &LeakError{o.name, errors.New(o.why)})
		}
	}
	return list
}

// tor is the way through Tor, checked: nothing contradicts, and the proxy is there and is one.
func (e *Engine) tor() (*transport.Proxy, error) {
	var all error
	for _, l := range e.cfg.contradictions() {
		all = errors.Join(all, l)
	}
	if _, err := netip.ParseAddrPort(e.cfg.Tor); err != nil {
		all = errors.Join(all, &LeakError{"Tor", fmt.Errorf("it must be ip:port, as a name would be looked up outside: %w", err)})
	}
	if all != nil {
		return nil, all
	}
	proxy := transport.Tor(e.cfg.Tor)
	if err := proxy.CheckSOCKS(e.ctx); err != nil {
		return nil, &LeakError{"Tor", err}
	}
	return proxy, nil
}
