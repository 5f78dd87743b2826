//go:build linux

package bt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Two network namespaces joined by a link: what finds its peer there finds it by multicast or by hearsay, since
// nobody is told an address.

const (
	nearbyEnv    = "BT_NEARBY_SIDE" // near, or what the far side does
	nearbyDirEnv = "BT_NEARBY_DIR"
	nearbyHost   = "10.96.0.1"
	distantHost  = "10.96.0.2"
	meetingHost  = "10.95.0.1" // of all, where the link is not needed
)

func TestNearby(t *testing.T) {
	switch side := os.Getenv(nearbyEnv); side {
	case "":
		inNamespaces(t, "^TestNearby$", nearbyEnv+"=near")
	case "near":
		t.Run("ttx finds ttx", func(t *testing.T) { testFindsNearby(t, "ttx") })
		t.Run("ttx finds libtorrent", func(t *testing.T) { testFindsNearby(t, "libtorrent") })
		t.Run("over IPv6", testFindsOverIPv6)
		t.Run("libtorrent finds ttx", testFoundByLibtorrent)
		t.Run("private", testPrivateIsSilent)
		t.Run("bound", testBound)
		t.Run("pex", testPEX)
	default:
		serveNearby(t, side)
	}
}

// farSide starts the other namespace, where what is done with the torrent in dir.
func farSide(t *testing.T, what, dir string) *bufio.Reader {
	t.Helper()
	cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^TestNearby$")
	cmd.Env = append(os.Environ(), nearbyEnv+"="+what, nearbyDirEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	t.Cleanup(func() {
		stdin.Close()
		rest, _ := io.ReadAll(lines)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the far side: %v\n%s", err, rest)
		}
		_ = exec.Command("ip", "link", "delete", "near").Run() // unless it went with the namespace
	})
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", fmt.Sprint(cmd.Process.Pid))
	run(t, "iproute2", "ip", "address", "add", nearbyHost+"/24", "dev", "near")
	run(t, "iproute2", "ip", "link", "set", "near", "up")
	if _, err := io.WriteString(stdin, "the link is there\n"); err != nil {
		t.Fatal(err)
	}
	awaitLine(t, lines, "ready")
	return lines
}

// awaitLine skips lines until one begins with what is waited for, and returns it.
func awaitLine(t *testing.T, lines *bufio.Reader, what string) string {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the far side ended before it said %q: %v", what, err)
		}
		if strings.HasPrefix(line, what) {
			return strings.TrimSpace(line)
		}
	}
}

// serveNearby is the far side. It ends with its input.
func serveNearby(t *testing.T, what string) {
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "address", "add", distantHost+"/24", "dev", "far")
	run(t, "iproute2", "ip", "address", "add", distantHost6+"/64", "dev", "far", "nodad")
	run(t, "iproute2", "ip", "link", "set", "far", "up")
	dir := os.Getenv(nearbyDirEnv)
	file := filepath.Join(dir, "x.torrent")
	switch what {
	case "ttx", "ttx6", "seeder":
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		host := distantHost
		if what == "ttx6" {
			host = "[" + distantHost6 + "]"
			awaitIPv6(t)
		}
		e := openEngine(t, Config{Listen: host + ":0", LSD: what != "seeder"})
		wait(t, add(t, e, Source{File: raw, Dir: dir}))
		fmt.Printf("at %v\nready\n", e.Addr())
	case "libtorrent":
		seeder := startAt(t, "seed", file, dir, distantHost, "lsd")
		fmt.Printf("at %s:%s\nready\n", distantHost, awaitLine(t, seeder, ""))
	case "witness", "witness6":
		host := map[string]string{"witness": distantHost, "witness6": distantHost6}[what]
		witness(t, host, readFile(t, file), dir)
	case "listener":
		hear(t)
	}
	_, _ = io.Copy(io.Discard, in)
}

// startAt runs the driver until the test ends, and returns what it prints.
func startAt(t *testing.T, args ...string) *bufio.Reader {
	t.Helper()
	cmd := libtorrent(testContext(t), t, args...)
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the driver ended with %v", err)
		}
	})
	return bufio.NewReader(stdout)
}

// hear prints what is said on the local network.
func hear(t *testing.T) {
	link, err := net.InterfaceByName("far")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenMulticastUDP("udp4", link, &net.UDPAddr{IP: net.ParseIP("239.192.152.143"), Port: 6771})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	go func() {
		b := make([]byte, 2048)
		for {
			n, _, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			for line := range bytes.Lines(b[:n]) {
				if hash, ok := bytes.CutPrefix(line, []byte("Infohash: ")); ok {
					fmt.Printf("heard %s\n", bytes.TrimSpace(hash))
				}
			}
		}
	}()
	t.Cleanup(func() { conn.Close() })
}

// shared is a torrent in a folder, with its file there too.
func shared(t *testing.T, dir, name string, private bool) []byte {
	t.Helper()
	raw := share(t, dir, name, someFiles())
	if private {
		at := bytes.LastIndex(raw, []byte("ee"))
		raw = append(append(append([]byte(nil), raw[:at]...), "7:privatei1e"...), "ee"...)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.torrent"), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return raw
}

func testFindsNearby(t *testing.T, other string) {
	there, here := t.TempDir(), t.TempDir()
	raw := shared(t, there, "album", false)
	farSide(t, other, there)
	e := openEngine(t, Config{Listen: nearbyHost + ":0", LSD: true})
	x := add(t, e, Source{File: raw, Dir: here})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())
	for _, p := range x.Peers() {
		if p.Source != "lsd" && p.Source != "incoming" {
			t.Errorf("found by %q", p.Source)
		}
	}
}

// testFindsOverIPv6: by ff15::efc0:988f, since neither side listens on IPv4, where it is heard as well.
func testFindsOverIPv6(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	raw := shared(t, there, "album", false)
	farSide(t, "ttx6", there)
	run(t, "iproute2", "ip", "address", "add", nearbyHost6+"/64", "dev", "near", "nodad")
	awaitIPv6(t)
	e := openEngine(t, Config{Listen: "[" + nearbyHost6 + "]:0", LSD: true})
	x := add(t, e, Source{File: raw, Dir: here})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), someFiles())
	for _, p := range x.Peers() {
		if p.Addr.Addr().Is4() || p.Source != "lsd" && p.Source != "incoming" {
			t.Errorf("found %v by %q", p.Addr, p.Source)
		}
	}
}

// awaitIPv6 waits until a link that was just made carries IPv6, which takes the kernel up to a second.
func awaitIPv6(t *testing.T) {
	t.Helper()
	until(t, "IPv6 has a way to the group", func() bool {
		c, err := net.Dial("udp6", "[ff15::efc0:988f]:6771")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func testFoundByLibtorrent(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	shared(t, there, "album", false)
	farSide(t, "ttx", there)
	cmd := libtorrent(testContext(t), t, "get", filepath.Join(there, "x.torrent"), here, nearbyHost+":0", "lsd")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	compare(t, filepath.Join(here, "album"), someFiles())
}

// testPrivateIsSilent: of two torrents one is private, and only the other is told of.
func testPrivateIsSilent(t *testing.T) {
	public, private := t.TempDir(), t.TempDir()
	rawPublic, rawPrivate := shared(t, public, "album", false), shared(t, private, "secret", true)
	lines := farSide(t, "listener", public)
	e := openEngine(t, Config{Listen: nearbyHost + ":0", LSD: true})
	x := add(t, e, Source{File: rawPrivate, Dir: private})
	wait(t, x)
	if info, ok := x.Info(); !ok || !info.Private {
		t.Fatal("the torrent is not private")
	}
	y := add(t, e, Source{File: rawPublic, Dir: public})
	wait(t, y)
	if got, want := awaitLine(t, lines, "heard"), fmt.Sprintf("heard %x", y.Infohash()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Nor does it listen.
	e.foundNearby(x.Infohash(), netip.MustParseAddrPort("127.0.0.1:9"))
	e.foundNearby(y.Infohash(), netip.MustParseAddrPort("127.0.0.1:9"))
	if n, m := len(x.book.pages), len(y.book.pages); n != 0 || m != 1 {
		t.Errorf("%d and %d addresses are known", n, m)
	}
}

// testPEX: a leecher that knows one peer, which has as good as nothing, hears from it of the seeder; not of a private torrent's.
func testPEX(t *testing.T) {
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "address", "add", meetingHost+"/32", "dev", "lo")
	for _, hub := range []string{"ttx", "libtorrent"} {
		t.Run(hub, func(t *testing.T) {
			public, private := startPEX(t, hub, false), startPEX(t, hub, true)
			wait(t, public) // of which the hub could have sent a tenth
			// The hub spoke to both at the same time.
			if p := private.Peers(); len(p) != 1 || p[0].Source != "given" {
				t.Errorf("peers of the private torrent: %v", p)
			}
			if p := private.Progress(); p.Completed != 0 || p.Known > 1 {
				t.Errorf("the private torrent: %+v", p)
			}
		})
	}
}

// startPEX returns a torrent that knows only of a hub that knows the seeder.
func startPEX(t *testing.T, hub string, private bool) *Torrent {
	t.Helper()
	there := t.TempDir()
	raw := shared(t, there, "album", private)
	seeder := openEngine(t, Config{Listen: meetingHost + ":0"})
	wait(t, add(t, seeder, Source{File: raw, Dir: there}))
	var at netip.AddrPort
	if hub == "ttx" {
		// Too slow to have a piece within the test, and to get none it would not stay.
		e := openEngine(t, Config{Listen: meetingHost + ":0", Limits: Limits{Down: 500, Up: 500}})
		h := add(t, e, Source{File: raw, Dir: t.TempDir(), Peers: addrs(seeder)})
		until(t, "the hub knows the seeder", func() bool { return len(h.Peers()) == 1 })
		at = e.Addr()
	} else {
		line := awaitLine(t, startAt(t, "hub", filepath.Join(there, "x.torrent"), t.TempDir(), meetingHost, seeder.Addr().String()), "")
		at = netip.MustParseAddrPort(meetingHost + ":" + line)
	}
	leecher := openEngine(t, Config{Listen: meetingHost + ":0"})
	return add(t, leecher, Source{File: raw, Dir: t.TempDir(), Peers: []netip.AddrPort{at}})
}
