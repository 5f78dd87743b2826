package tx

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

const (
	// MaxPeers bounds the addresses in a network file or magnet link.
	MaxPeers = 8

	// maxHostName is the longest DNS name, without the dot of the root.
	maxHostName = 253

	// MaxPeerSize bounds one: a DNS name with the root's dot, a colon, a port.
	MaxPeerSize = maxHostName + 1 + 1 + 5
)

// CheckPeer reports whether s is host:port, as can stand in a network file:
// the host an IP address (IPv6 in brackets, without zone) or a DNS name, the
// port 1-65535. It resolves nothing. Errors are *Error with ErrPeer.
func CheckPeer(s string) error {
	if len(s) > MaxPeerSize {
		return refuse(ErrPeer, "too long")
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return refuse(ErrPeer, strconv.Quote(s)+" is not host:port")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return refuse(ErrPeer, strconv.Quote(s)+": bad port")
	}
	if !validHost(host) {
		return refuse(ErrPeer, strconv.Quote(s)+": bad host")
	}
	return nil
}

func checkPeers(peers []string) error {
	if len(peers) > MaxPeers {
		return refuse(ErrPeer, "more than 8 peers")
	}
	for _, p := range peers {
		if err := CheckPeer(p); err != nil {
			return err
		}
	}
	return nil
}

func validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	name := strings.TrimSuffix(host, ".")
	if len(name) > maxHostName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return false
		}
	}
	return true
}

// validLabel accepts the labels of host names (RFC 1123), and the underscore.
func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
