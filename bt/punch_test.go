//go:build linux

package bt

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Five network namespaces: the internet with a peer that all can reach, and two homes, each behind a router that lets in
// only what answers (nftables). Nobody in one home can dial the other.
//
//	seeder 10.1.0.2 - router 198.51.100.2 - internet 192.0.2.1 - router 203.0.113.2 - leecher 10.2.0.2

const (
	punchEnv    = "BT_PUNCH_PLACE" // internet, router, seeder or leecher
	punchDirEnv = "BT_PUNCH_DIR"
	punchPort   = "6881"
	relayHost   = "192.0.2.1"
)

// home is one side.
type home struct {
	name, inside, gateway, outside, isp string
}

var homes = []home{
	{"seeder", "10.1.0.2", "10.1.0.1", "198.51.100.2", "198.51.100.1"},
	{"leecher", "10.2.0.2", "10.2.0.1", "203.0.113.2", "203.0.113.1"},
}

// routerRules are those of a router at home: out goes everything, from its own address, and in comes what answers. It says
// so to TCP; to one that is silent a dial takes 20 s, and all is as here then.
const routerRules = `
table ip home {
	chain out { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
	chain in { type filter hook input priority filter; policy drop; ct state established,related accept; meta l4proto tcp reject with tcp reset; }
	chain through { type filter hook forward priority filter; policy drop; iifname "lan" accept; ct state established,related accept; }
}
`

func TestHolepunch(t *testing.T) {
	switch place := os.Getenv(punchEnv); place {
	case "":
		inNamespaces(t, "^TestHolepunch$", punchEnv+"=internet")
	case "internet":
		testHolepunch(t)
	case "router":
		serveRouter(t)
	default:
		servePunch(t, place)
	}
}

// place is a namespace of its own, with a process in it.
type place struct {
	pid   string
	lines *bufio.Reader
	stdin io.Writer
}

func startPlace(t *testing.T, what, dir string) *place {
	t.Helper()
	cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^TestHolepunch$")
	cmd.Env = append(os.Environ(), punchEnv+"="+what, punchDirEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	p := &place{fmt.Sprint(cmd.Process.Pid), bufio.NewReader(stdout), stdin}
	t.Cleanup(func() {
		stdin.Close()
		rest, _ := io.ReadAll(p.lines)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the %s: %v\n%s", what, err, rest)
		}
	})
	return p
}

// tell says something to the process there and waits for its answer.
func (p *place) tell(t *testing.T, what, answer string) string {
	t.Helper()
	if _, err := io.WriteString(p.stdin, what+"\n"); err != nil {
		t.Fatal(err)
	}
	return awaitLine(t, p.lines, answer)
}

func ip(t *testing.T, args string) {
	t.Helper()
	run(t, "iproute2", "ip", strings.Fields(args)...)
}

// build starts a home and connects it. The peer there has not begun.
func (h home) build(t *testing.T, dir string) *place {
	t.Helper()
	router, peer := startPlace(t, "router", dir), startPlace(t, h.name, dir)
	ip(t, fmt.Sprintf("link add %s type veth peer name wan netns %s", h.name, router.pid))
	ip(t, fmt.Sprintf("address add %s/24 dev %s", h.isp, h.name))
	ip(t, fmt.Sprintf("link set %s up", h.name))
	router.tell(t, strings.Join([]string{peer.pid, h.outside, h.isp, h.gateway}, " "), "ready")
	peer.tell(t, strings.Join([]string{h.inside, h.gateway}, " "), "connected")
	return peer
}

// serveRouter is a router until its input ends.
func serveRouter(t *testing.T) {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(line) // the peer's process, our addresses outside and inside
	for _, args := range []string{
		"link add lan type veth peer name eth netns " + f[0], "address add " + f[1] + "/24 dev wan", "address add " + f[3] + "/24 dev lan",
		"link set lo up", "link set wan up", "link set lan up", "route add default via " + f[2],
	} {
		ip(t, args)
	}
	forward(t)
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte(routerRules), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "nftables", "nft", "-f", rules)
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, in)
}

func forward(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// servePunch is a peer at home. It knows the relay alone.
func servePunch(t *testing.T, who string) {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(line)
	for _, args := range []string{
		"link set lo up", "address add " + f[0] + "/24 dev eth", "link set eth up", "route add default via " + f[1],
	} {
		ip(t, args)
	}
	fmt.Println("connected")
	if line, err = in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv(punchDirEnv)
	src := Source{File: readFile(t, filepath.Join(dir, "x.torrent")), Dir: dir}
	src.Peers = []netip.AddrPort{netip.MustParseAddrPort(strings.TrimSpace(line))}
	if who == "leecher" {
		src.Dir = t.TempDir()
	}
	e := openEngine(t, Config{Listen: f[0] + ":" + punchPort})
	x := add(t, e, src)
	if who == "leecher" {
		x.SetLimits(Limits{Down: 10_000}) // else the seeder is gone before it is seen
		until(t, "the seeder is met", func() bool {
			for _, p := range x.Peers() {
				if p.Addr.Addr().String() == homes[0].outside {
					fmt.Printf("peer utp %v\n", p.UTP)
					return true
				}
			}
			return false
		})
		x.SetLimits(Limits{})
		wait(t, x)
		compare(t, filepath.Join(src.Dir, "album"), someFiles())
		fmt.Println("complete")
	} else {
		until(t, "the relay is met", func() bool { return len(x.Peers()) > 0 })
		fmt.Println("met")
	}
	_, _ = io.Copy(io.Discard, in)
}

// testHolepunch: the leecher knows the relay, hears from it of the seeder, cannot dial it, and asks the relay.
func testHolepunch(t *testing.T) {
	dir := t.TempDir()
	raw := shared(t, dir, "album", false)
	ip(t, "link set lo up")
	ip(t, "address add "+relayHost+"/32 dev lo")
	forward(t)
	// Too slow to have a piece within the test, so that it stays and has nothing to give.
	relay := openEngine(t, Config{Listen: relayHost + ":0", Limits: Limits{Down: 500, Up: 500}})
	add(t, relay, Source{File: raw, Dir: t.TempDir()})
	var peers []*place
	for _, h := range homes {
		peers = append(peers, h.build(t, dir))
	}
	peers[0].tell(t, relay.Addr().String(), "met")
	if got := peers[1].tell(t, relay.Addr().String(), "peer"); got != "peer utp true" {
		t.Errorf("the seeder was met by other means: %s", got)
	}
	awaitLine(t, peers[1].lines, "complete")
}
