//go:build linux

package bt

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// These run in the namespaces of TestNearby. The far side is slow enough to say who is connected.
const (
	secondHost   = "10.96.0.7" // of the near side
	nearbyHost6  = "fd96::1"
	distantHost6 = "fd96::2"
	secondHost6  = "fd96::7"
	witnessLimit = 200_000 // bytes a second
)

// witness seeds at an address and prints from where it was connected.
func witness(t *testing.T, host string, raw []byte, dir string) {
	t.Helper()
	e := openEngine(t, Config{Listen: net.JoinHostPort(host, "0"), Limits: Limits{Up: witnessLimit}})
	x := add(t, e, Source{File: raw, Dir: dir})
	wait(t, x)
	fmt.Printf("ready\nat %v\n", e.Addr())
	until(t, "somebody is connected", func() bool {
		p := x.Peers()
		if len(p) == 0 {
			return false
		}
		fmt.Printf("seen %v\n", p[0].Addr.Addr())
		return true
	})
}

// testSeenFrom downloads as cfg says and checks from where the other side is connected.
func testSeenFrom(t *testing.T, what string, cfg Config, want string) {
	there, here := t.TempDir(), t.TempDir()
	raw := shared(t, there, "album", false)
	lines := farSide(t, what, there)
	run(t, "iproute2", "ip", "address", "add", secondHost+"/24", "dev", "near")
	run(t, "iproute2", "ip", "address", "add", nearbyHost6+"/64", "dev", "near", "nodad")
	run(t, "iproute2", "ip", "address", "add", secondHost6+"/64", "dev", "near", "nodad", "preferred_lft", "0") // chosen by nobody else
	at := netip.MustParseAddrPort(strings.TrimPrefix(awaitLine(t, lines, "at "), "at "))
	e := openEngine(t, cfg)
	x := add(t, e, Source{File: raw, Dir: here, Peers: []netip.AddrPort{at}})
	if seen := awaitLine(t, lines, "seen "); seen != "seen "+want {
		t.Errorf("%s, want %s", seen, want)
	}
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())
}

func testBound(t *testing.T) {
	t.Run("not bound", func(t *testing.T) { testSeenFrom(t, "witness", Config{Listen: ":0"}, nearbyHost) })
	t.Run("an address", func(t *testing.T) { testSeenFrom(t, "witness", Config{Listen: ":0", Bind: secondHost}, secondHost) })
	t.Run("an interface", testBoundToInterface)
	t.Run("IPv6", func(t *testing.T) { testSeenFrom(t, "witness6", Config{Listen: ":0"}, nearbyHost6) })
	t.Run("an address of IPv6", func(t *testing.T) { testSeenFrom(t, "witness6", Config{Listen: ":0", Bind: secondHost6}, secondHost6) })
	t.Run("::1", testLoopback6)
	if e, err := Open(Config{Bind: "192.0.2.1"}); !errors.Is(err, syscall.EADDRNOTAVAIL) {
		t.Errorf("bound to somebody else's address: %v, %v", e, err)
	}
}

// testBoundToInterface: what is bound to the link reaches the far side, and is not reached at the loopback address; and
// the other way round.
func testBoundToInterface(t *testing.T) {
	there := t.TempDir()
	shared(t, there, "album", false)
	lines := farSide(t, "witness", there)
	at := strings.TrimPrefix(awaitLine(t, lines, "at "), "at ")
	link, loop := openEngine(t, Config{Listen: ":0", Bind: "near"}), openEngine(t, Config{Listen: ":0", Bind: "lo"})
	if c, err := link.sockets.Dialer().Dial(testContext(t), at); err != nil {
		t.Errorf("by the link: %v", err)
	} else {
		c.Close()
	}
	// To the kernel a packet to an own address comes by the interface that has the address.
	for e, hosts := range map[*Engine][2]string{link: {nearbyHost, "127.0.0.1"}, loop: {"127.0.0.1", nearbyHost}} {
		for i, want := range []error{nil, syscall.ECONNREFUSED} {
			c, err := net.Dial("tcp", net.JoinHostPort(hosts[i], fmt.Sprint(e.Addr().Port())))
			if !errors.Is(err, want) {
				t.Errorf("bound to %s, at %s: %v, want %v", e.cfg.Bind, hosts[i], err, want)
			}
			if err == nil {
				c.Close()
			}
		}
	}
	x := add(t, link, Source{File: readFile(t, filepath.Join(there, "x.torrent")), Dir: t.TempDir(), Peers: []netip.AddrPort{netip.MustParseAddrPort(at)}})
	if seen := awaitLine(t, lines, "seen "); seen != "seen "+nearbyHost {
		t.Errorf("%s, want %s", seen, nearbyHost)
	}
	wait(t, x)
}

// testLoopback6: an engine that listens on all interfaces is reached over both families, and dials both.
func testLoopback6(t *testing.T) {
	there := t.TempDir()
	raw := share(t, there, "album", someFiles())
	for _, host := range []string{"[::1]:0", ":0"} {
		seeder := openEngine(t, Config{Listen: host})
		wait(t, add(t, seeder, Source{File: raw, Dir: there}))
		port := seeder.Addr().Port()
		for _, to := range []string{"::1", "127.0.0.1"} {
			if to != "::1" && host != ":0" {
				continue
			}
			for _, utp := range []bool{false, true} {
				here := t.TempDir()
				e := openEngine(t, Config{Listen: ":0", DisableUTP: !utp, DialUTP: utp})
				peer := netip.AddrPortFrom(netip.MustParseAddr(to), port)
				wait(t, add(t, e, Source{File: raw, Dir: here, Peers: []netip.AddrPort{peer}}))
				compare(t, filepath.Join(here, "album"), someFiles())
			}
		}
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
