package portmap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

const (
	pmpPort = 5351
	// pmpFirst is the first wait for an answer; it doubles pmpTries times. RFC 6886 has nine tries, for routers
	// that are starting; most that do not answer never will.
	pmpFirst = 250 * time.Millisecond
	pmpTries = 4
)

// pmpResults is what the result codes of RFC 6886 mean.
var pmpResults = [...]string{
	"", "the version is not supported", "the router's owner has switched it off", "the router has no network",
	"the router is out of resources", "the operation is not supported",
}

// natPMP is a router that answers NAT-PMP.
type natPMP struct{ gateway netip.AddrPort }

func (m *Mapper) openPMP(context.Context) (way, string, error) {
	gateway, err := m.cfg.Gateway()
	return natPMP{gateway}, "NAT-PMP", err
}

func (n natPMP) add(ctx context.Context, p protocol, port uint16, lease time.Duration) (uint16, time.Duration, error) {
	req := []byte{0, p.pmp, 0, 0}
	req = binary.BigEndian.AppendUint16(req, port)
	wish := port
	if lease == 0 {
		wish = 0 // as it must be to take a mapping back
	}
	req = binary.BigEndian.AppendUint16(req, wish)
	req = binary.BigEndian.AppendUint32(req, uint32(lease/time.Second))
	b, err := n.ask(ctx, req, 16)
	if err != nil {
		return 0, 0, err
	}
	if got := binary.BigEndian.Uint16(b[8:]); got != port {
		return 0, 0, fmt.Errorf("NAT-PMP: an answer for port %d", got)
	}
	granted := time.Duration(binary.BigEndian.Uint32(b[12:])) * time.Second
	return binary.BigEndian.Uint16(b[10:]), min(granted, lifetime), nil
}

func (n natPMP) address(ctx context.Context) (netip.Addr, error) {
	b, err := n.ask(ctx, []byte{0, 0}, 12)
	if err != nil {
		return netip.Addr{}, err
	}
	return netip.AddrFrom4([4]byte(b[8:])), nil
}

// ask sends a request until it is answered with at least n bytes.
func (n natPMP) ask(ctx context.Context, req []byte, size int) ([]byte, error) {
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(n.gateway)) // hears nobody else
	if err != nil {
		return nil, fmt.Errorf("NAT-PMP: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	for wait, try := pmpFirst, 0; try < pmpTries; wait, try = 2*wait, try+1 {
		if _, err := conn.Write(req); err != nil {
			return nil, fmt.Errorf("NAT-PMP: %w", err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return nil, err
		}
		b, err := readPMP(conn, req[1]|0x80, size)
		if n := (net.Error)(nil); errors.As(err, &n) && n.Timeout() {
			continue
		}
		return b, err
	}
	return nil, fmt.Errorf("NAT-PMP: %v does not answer", n.gateway)
}

// readPMP reads the answer of an operation, skipping what is none.
func readPMP(conn net.Conn, op byte, size int) ([]byte, error) {
	b := make([]byte, 64)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return nil, fmt.Errorf("NAT-PMP: %w", err)
		}
		if n < 4 || b[1] != op {
			continue
		}
		if code := binary.BigEndian.Uint16(b[2:]); code != 0 {
			says := fmt.Sprintf("result %d", code)
			if int(code) < len(pmpResults) {
				says = pmpResults[code]
			}
			return nil, fmt.Errorf("NAT-PMP: %s", says)
		}
		if n >= size {
			return b[:n], nil
		}
	}
}
