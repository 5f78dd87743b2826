package wire

import (
	"strconv"
	"strings"
)

// Peers lists addresses that are known to speak ttx on this network.
type Peers struct {
	Addrs []string // p: at most MaxPeers times host:port
}

// Type returns "peers".
func (*Peers) Type() string { return "peers" }

func (p *Peers) check() error {
	if len(p.Addrs) > MaxPeers {
		return &Error{Kind: ErrBound, Type: p.Type(), Key: "p"}
	}
	for _, a := range p.Addrs {
		if !isAddress(a) {
			return &Error{Kind: ErrValue, Type: p.Type(), Key: "p", Detail: "not host:port"}
		}
	}
	return nil
}

// isAddress checks the form only: a host of letters, digits and ".-_", or of hex digits and ":." (and
// %zone is refused) in brackets, and a port of 1 to 65535 without leading zeros.
func isAddress(a string) bool {
	i := strings.LastIndexByte(a, ':')
	if i < 1 || len(a) > MaxAddress {
		return false
	}
	host, port := a[:i], a[i+1:]
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] < '1' || port[0] > '9' {
		return false
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && inner != "" && strings.Trim(inner, "0123456789abcdefABCDEF:.") == ""
	}
	return strings.IndexFunc(host, notHostRune) < 0
}

func notHostRune(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return r != '.' && r != '-' && r != '_'
}

func (p *Peers) encode(e *encoder) { e.strings("p", p.Addrs) }

func (p *Peers) decode(f *fields, raw []byte) {
	p.Addrs = f.strings("p", MaxPeers)
	f.noData(raw)
}
