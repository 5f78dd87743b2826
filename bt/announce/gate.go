package announce

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// dialFunc is net.Dialer.DialContext or what stands in its place.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// gate lets requests go to allowed addresses alone. A name is resolved here, and what was judged is what is dialled: it
// cannot change in between.
type gate struct {
	allow   func(netip.Addr) bool // nil for all
	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

func newGate(cfg Config) gate { return gate{cfg.Allow, net.DefaultResolver.LookupNetIP} }

// addresses are those of a host that are allowed.
func (g gate) addresses(ctx context.Context, network, host string) ([]netip.Addr, error) {
	all, err := g.resolve(ctx, network, host)
	if err != nil || g.allow == nil {
		return all, err
	}
	var list []netip.Addr
	for _, a := range all {
		if g.allow(a.Unmap()) {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, ErrNotAllowed
	}
	return list, nil
}

// dialer is dial, held to allowed addresses: it tries one after the other, in the order of the resolver.
func (g gate) dialer(dial dialFunc) dialFunc {
	if g.allow == nil {
		return dial
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dialling a tracker: %w", err)
		}
		addrs, err := g.addresses(ctx, "ip", host)
		if err != nil {
			return nil, err
		}
		var errs []error
		for _, a := range addrs {
			c, err := dial(ctx, network, net.JoinHostPort(a.String(), port))
			if err == nil {
				return c, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	}
}
