//go:build linux

package interop

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// A program is a BitTorrent client of other people. What it starts ends with the test.
type program interface {
	name() string
	modes() []string
	versions() []metainfo.Version
	// knowsV2 says whether it takes magnet links with both infohashes.
	knowsV2() bool
	// get returns when the content is in the job's folder.
	get(t *testing.T, j job)
	// seed returns where it listens. It has the content in the job's folder.
	seed(t *testing.T, j job) netip.AddrPort
}

// job is what a program is to do.
type job struct {
	source  string // what to get: path of a .torrent or magnet link
	torrent string // path of the .torrent
	dir     string
	mode    string                 // as of a contest
	whole   func(dir string) error // says what is missing in the folder; nil for the files of a contest
}

// lastPort gives each program a port of its own; the namespace is ours alone.
var lastPort atomic.Int32

func nextPort() int { return 20_000 + int(lastPort.Add(1)) }

// start starts a command of a Debian package that is killed when the test ends.
func start(t *testing.T, pkg, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, pkg, name, args...)
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("%s said: %s", name, said[max(0, len(said)-2000):])
		}
	})
	return cmd
}

// run runs a command of a Debian package to its end.
func run(t *testing.T, pkg, name string, args ...string) {
	t.Helper()
	if out, err := command(t, pkg, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func command(t *testing.T, pkg, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed; on Debian: apt-get install %s", name, pkg)
	}
	cmd := exec.CommandContext(testContext(t), path, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	return cmd
}

// listening waits until something accepts connections on a port.
func listening(t *testing.T, port int) netip.AddrPort {
	t.Helper()
	a := netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
	until(t, fmt.Sprintf("%v accepts connections", a), func() bool {
		c, err := net.Dial("tcp", a.String())
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return a
}

// libtorrent is libtorrent-rasterbar, through its Python binding.
type libtorrent struct{}

func (libtorrent) name() string { return "libtorrent" }
func (libtorrent) versions() []metainfo.Version {
	return []metainfo.Version{metainfo.V1, metainfo.Hybrid}
}
func (libtorrent) knowsV2() bool   { return true }
func (libtorrent) modes() []string { return []string{"plain", "encrypted", "utp"} }

func (libtorrent) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	const python = "/usr/bin/python3" // the one that has Debian's modules
	if err := exec.Command(python, "-c", "import libtorrent").Run(); err != nil {
		t.Fatalf("libtorrent's Python binding is not installed; on Debian: apt-get install python3-libtorrent")
	}
	return command(t, "python3", python, append([]string{"../testdata/peer.py"}, args...)...)
}

func (p libtorrent) get(t *testing.T, j job) {
	t.Helper()
	if out, err := p.command(t, "get", j.source, j.dir, host+":0", j.mode).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// seederStarts is how often libtorrent is started that is killed by a signal of its own making before it serves: one
// start of 2.0.8 under Python ended with a segmentation fault, cause unknown. Any other end fails the test.
const seederStarts = 3

func (p libtorrent) seed(t *testing.T, j job) netip.AddrPort {
	t.Helper()
	for range seederStarts {
		cmd := p.command(t, "seed", j.torrent, j.dir, host, j.mode)
		stdin, err1 := cmd.StdinPipe()
		stdout, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err == nil {
			t.Cleanup(func() {
				stdin.Close()
				io.Copy(io.Discard, stdout)
				if err := cmd.Wait(); err != nil {
					t.Errorf("the seeder ended with %v", err)
				}
			})
			return netip.MustParseAddrPort(host + ":" + strings.TrimSpace(line))
		}
		stdin.Close()
		err = cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
			t.Fatalf("no seeder: %v", err)
		}
		t.Logf("the seeder crashed before it served: %v", err)
	}
	t.Fatal("no seeder")
	return netip.AddrPort{}
}

// aria2 1.36 knows nothing of uTP. Of hybrids it makes a wrong infohash: it takes the info dictionary apart, drops
// what has an empty name in the file tree (BEP 52), and hashes what it puts together again.
type aria2 struct{}

func (aria2) name() string                 { return "aria2" }
func (aria2) versions() []metainfo.Version { return []metainfo.Version{metainfo.V1} }
func (aria2) knowsV2() bool                { return false }
func (aria2) modes() []string              { return []string{"plain", "encrypted"} }

func (aria2) args(j job, more ...string) []string {
	args := []string{
		"--no-conf", "--dir=" + j.dir, "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
		"--enable-peer-exchange=false", "--disable-ipv6", "--file-allocation=none",
		fmt.Sprintf("--listen-port=%d", nextPort()),
	}
	if j.mode == "encrypted" {
		args = append(args, "--bt-require-crypto=true", "--bt-min-crypto-level=arc4")
	}
	return append(args, more...)
}

func (p aria2) get(t *testing.T, j job) {
	t.Helper()
	run(t, "aria2", "aria2c", p.args(j, "--seed-time=0", j.source)...)
}

func (p aria2) seed(t *testing.T, j job) netip.AddrPort {
	t.Helper()
	port := nextPort()
	start(t, "aria2", "aria2c", p.args(j, fmt.Sprintf("--listen-port=%d", port),
		"--check-integrity=true", "--seed-ratio=0.0", j.torrent)...)
	return listening(t, port)
}

// transmission 3.00 refuses peers on 127.0.0.1; the namespace has another address. It knows no hybrids: it takes the
// empty name that ends a path in their file tree (BEP 52) for no name, and the torrent for a broken one.
type transmission struct{}

func (transmission) name() string                 { return "transmission" }
func (transmission) versions() []metainfo.Version { return []metainfo.Version{metainfo.V1} }
func (transmission) knowsV2() bool                { return false }
func (transmission) modes() []string              { return []string{"plain", "encrypted", "utp"} }

func (transmission) args(t *testing.T, j job, port int, more ...string) []string {
	t.Helper()
	settings, err := json.Marshal(map[string]any{
		"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "port-forwarding-enabled": false,
		"utp-enabled": j.mode == "utp", "rename-partial-files": false, "bind-address-ipv4": host,
	})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	write(t, filepath.Join(home, "settings.json"), settings)
	crypto := map[string]string{"plain": "-et", "encrypted": "-er", "utp": "-et"}[j.mode]
	return append([]string{"-g", home, "-w", j.dir, "-M", "-p", fmt.Sprint(port), crypto}, more...)
}

func (p transmission) get(t *testing.T, j job) {
	t.Helper()
	start(t, "transmission-cli", "transmission-cli", p.args(t, j, nextPort(), j.source)...)
	whole(t, j)
}

func (p transmission) seed(t *testing.T, j job) netip.AddrPort {
	t.Helper()
	port := nextPort()
	start(t, "transmission-cli", "transmission-cli", p.args(t, j, port, "-v", j.torrent)...)
	return listening(t, port)
}

// whole waits until the content is in the folder of a program that says nothing of it and goes on seeding.
func whole(t *testing.T, j job) {
	t.Helper()
	missing := j.whole
	if missing == nil {
		missing = func(dir string) error { return same(filepath.Join(dir, "album")) }
	}
	until(t, "the content is whole", func() bool { return missing(j.dir) == nil })
}

// rtorrent runs as a daemon. Version 0.9.8 has no uTP.
type rtorrent struct{}

func (rtorrent) name() string { return "rtorrent" }
func (rtorrent) versions() []metainfo.Version {
	return []metainfo.Version{metainfo.V1, metainfo.Hybrid}
}
func (rtorrent) knowsV2() bool   { return false }
func (rtorrent) modes() []string { return []string{"plain", "encrypted"} }

func (rtorrent) start(t *testing.T, j job, source string) (port int) {
	t.Helper()
	home, port := t.TempDir(), nextPort()
	crypto := map[string]string{"plain": "none", "encrypted": "allow_incoming,require,require_rc4"}[j.mode]
	rc := strings.Join([]string{
		"system.daemon.set = true",
		"directory.default.set = " + j.dir,
		"session.path.set = " + home,
		fmt.Sprintf("network.port_range.set = %d-%d", port, port),
		"network.port_random.set = no",
		"network.bind_address.set = " + host,
		"protocol.encryption.set = " + crypto,
		"protocol.pex.set = no",
		"dht.mode.set = disable",
		"trackers.use_udp.set = yes",
		"load.start = " + source,
	}, "\n") + "\n"
	start(t, "rtorrent", "rtorrent", "-n", "-o", "import="+writeFile(t, "rtorrent.rc", []byte(rc)))
	return port
}

func (p rtorrent) get(t *testing.T, j job) {
	t.Helper()
	p.start(t, j, j.source)
	whole(t, j)
}

func (p rtorrent) seed(t *testing.T, j job) netip.AddrPort {
	t.Helper()
	return listening(t, p.start(t, j, j.torrent))
}
