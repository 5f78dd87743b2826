// Package bttest is what several packages of the torrent client are tested with: disks that are full, a tracker
// that knows one peer, and a place for logs.
package bttest

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// ServeTracker is a tracker on an address of this machine that knows one peer of everything; url is what to announce to.
func ServeTracker(t *testing.T, host string, peer netip.AddrPort) (url string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	ip := peer.Addr().As4()
	compact := binary.BigEndian.AppendUint16(ip[:], peer.Port())
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "d8:intervali60e5:peers6:%se", compact)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return "http://" + l.Addr().String() + "/announce"
}
