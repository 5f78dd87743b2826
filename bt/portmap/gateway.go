package portmap

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"strings"
)

var errNoGateway = errors.New("NAT-PMP: no default route was found")

// defaultGateway is the router of the default route, as Linux tells.
func defaultGateway() (netip.AddrPort, error) {
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return netip.AddrPort{}, errNoGateway
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if a, ok := gatewayOf(s.Text()); ok {
			return netip.AddrPortFrom(a, pmpPort), nil
		}
	}
	return netip.AddrPort{}, errNoGateway
}

// gatewayOf reads a line: interface, destination, gateway, … in hexadecimal, as the processor, little-endian where
// it matters, has them in memory.
func gatewayOf(line string) (netip.Addr, bool) {
	fields := strings.Fields(line)
	if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" {
		return netip.Addr{}, false
	}
	raw, err := hex.DecodeString(fields[2])
	if err != nil || len(raw) != 4 {
		return netip.Addr{}, false
	}
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], binary.BigEndian.Uint32(raw))
	a := netip.AddrFrom4(b)
	return a, !a.IsUnspecified()
}
