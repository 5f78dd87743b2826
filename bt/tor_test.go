//go:build linux

package bt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt/fetchurl"
)

// Tor mode is shown by a packet capture. The client has a network namespace with one link, by which it reaches
// everything: the SOCKS5 proxy, and the tracker and seeder behind it, whose names only the far side knows. What
// the client sent otherwise, a lookup, a packet to the tracker or to a peer, would be on the link.

const (
	torEnv      = "BT_TOR_SIDE" // near or far
	torDirEnv   = "BT_TOR_DIR"
	nearHost    = "10.98.0.1"
	proxyHost   = "10.98.0.2"
	farHost     = "10.97.0.5"
	trackerName = "tracker.example"
	trackerPort = "6969"
	// The last packet of the capture: what is before it has been seen.
	markerPort = 9
)

func TestTorLeaksNothing(t *testing.T) {
	switch os.Getenv(torEnv) {
	case "":
		inNamespaces(t, "^TestTorLeaksNothing$", torEnv+"=near")
	case "near":
		testTorNear(t)
	case "far":
		serveFarSide(t)
	}
}

// inNamespaces runs one test again in network and mount namespaces of its own.
func inNamespaces(t *testing.T, test string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run="+test, "-test.v")
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in namespaces (needs root): %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// overlay replaces a file of the machine for this mount namespace.
func overlay(t *testing.T, path, content string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "overlay")
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "mount", "--make-rprivate", "/")
	run(t, "mount", "mount", "--bind", file, path)
}

func testTorNear(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	files := someFiles()
	raw := share(t, there, "album", files)
	announce := "http://" + net.JoinHostPort(trackerName, trackerPort) + "/announce"
	byUDP := "udp://" + net.JoinHostPort(trackerName, trackerPort)
	raw = append([]byte(fmt.Sprintf("d13:announce-listll%d:%sel%d:%see", len(byUDP), byUDP, len(announce), announce)), raw[1:]...)
	pages := seededByWeb(share(t, there, "pages", files), "http://"+net.JoinHostPort(trackerName, trackerPort)+"/")
	if err := os.WriteFile(filepath.Join(there, "x.torrent"), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	overlay(t, "/etc/resolv.conf", "nameserver "+farHost+"\n")
	told := startFarSide(t, there)
	seen := capture(t)

	e := openEngine(t, Config{Tor: proxyHost + ":1080", DialUTP: true})
	e.cfg.LSD, e.cfg.PortMapping = true, true // refused at the start; each looks for itself as well
	e.openLSD()
	e.openPortMapping()
	if e.lsd != nil || e.portmap != nil || len(e.dht) > 0 {
		t.Errorf("LSD %v, port mapping %v, DHT %v", e.lsd, e.portmap, e.dht)
	}
	x := add(t, e, Source{File: raw, Dir: here})
	wait(t, x)
	compare(t, filepath.Join(here, "album"), files)
	wait(t, add(t, e, Source{File: pages, Dir: here}))
	compare(t, filepath.Join(here, "pages"), files)
	fetchTorrent(t, e, "http://"+net.JoinHostPort(trackerName, trackerPort)+"/x.torrent")
	if e.Addr().IsValid() {
		t.Errorf("it listens at %v", e.Addr())
	}
	sendMarker(t)
	checkCapture(t, seen)
	checkAsked(t, told)
	checkCaptureSees(t, raw, seen)
}

func seededByWeb(raw []byte, url string) []byte {
	return append(raw[:len(raw)-1], fmt.Sprintf("8:url-list%d:%se", len(url), url)...)
}

// fetchTorrent gets a .torrent by its URL, as feeds and added URLs do.
func fetchTorrent(t *testing.T, e *Engine, url string) {
	t.Helper()
	dial, proxy := e.WaysOut()
	got, err := fetchurl.Get(testContext(t), fetchurl.Request{URL: url, Want: fetchurl.Torrent, Dial: dial, Proxy: proxy})
	if err != nil || len(got.Body) == 0 {
		t.Errorf("the .torrent by its URL: %v", err)
	}
}

// checkCaptureSees: what must not leak is seen of a client that does not hide.
func checkCaptureSees(t *testing.T, raw []byte, lines <-chan string) {
	t.Helper()
	e := openEngine(t, Config{Listen: nearHost + ":0", LSD: true, PortMapping: true, DisableTrackers: true})
	add(t, e, Source{File: raw, Dir: t.TempDir()})
	missing := map[string]string{
		"LSD": "> 239.192.152.143.6771:", "NAT-PMP": "> " + proxyHost + ".5351:", "UPnP": "> 239.255.255.250.1900:",
	}
	for len(missing) > 0 {
		line := receive(t, fmt.Sprintf("in the capture: %v", missing), lines)
		for what, sign := range missing {
			if strings.Contains(line, sign) {
				delete(missing, what)
			}
		}
	}
}

// startFarSide makes the proxy's namespace and returns what its web server is asked.
func startFarSide(t *testing.T, dir string) <-chan string {
	t.Helper()
	cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^TestTorLeaksNothing$")
	cmd.Env = append(os.Environ(), torEnv+"=far", torDirEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the far side: %v", err)
		}
	})
	run(t, "iproute2", "ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", fmt.Sprint(cmd.Process.Pid))
	run(t, "iproute2", "ip", "address", "add", nearHost+"/24", "dev", "near")
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "link", "set", "near", "up")
	run(t, "iproute2", "ip", "route", "add", "default", "via", proxyHost)
	if _, err := io.WriteString(stdin, "the link is there\n"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	for { // what the test framework prints comes between
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the far side ended: %v", err)
		}
		if line == "ready\n" {
			break
		}
	}
	told := make(chan string, 1<<10)
	go func() {
		for s := bufio.NewScanner(lines); s.Scan(); {
			told <- s.Text()
		}
	}()
	return told
}

// serveFarSide is a proxy, a tracker and a seeder. It ends with its input.
func serveFarSide(t *testing.T) {
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "address", "add", farHost+"/32", "dev", "lo")
	run(t, "iproute2", "ip", "address", "add", proxyHost+"/24", "dev", "far")
	run(t, "iproute2", "ip", "link", "set", "far", "up")
	overlay(t, "/etc/hosts", farHost+" "+trackerName+"\n")

	dir := os.Getenv(torDirEnv)
	raw, err := os.ReadFile(filepath.Join(dir, "x.torrent"))
	if err != nil {
		t.Fatal(err)
	}
	seeder := openEngine(t, Config{Listen: farHost + ":0", DisableTrackers: true})
	wait(t, add(t, seeder, Source{File: raw, Dir: dir}))

	l, err := net.Listen("tcp", net.JoinHostPort(farHost, trackerPort))
	if err != nil {
		t.Fatal(err)
	}
	ip, port := seeder.Addr().Addr().As4(), seeder.Addr().Port()
	peer := binary.BigEndian.AppendUint16(ip[:], port)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("asked %s %q\n", r.URL, r.Header)
		if r.URL.Path != "/announce" {
			http.FileServer(http.Dir(dir)).ServeHTTP(w, r)
			return
		}
		fmt.Fprintf(w, "d8:intervali60e5:peers6:%se", peer)
	})}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })

	startMicrosocks(t, proxyHost, "1080")
	fmt.Println("ready")
	_, _ = in.ReadString('\n')
}

// startMicrosocks starts a SOCKS5 proxy that ends with the test, and returns when it listens.
func startMicrosocks(t *testing.T, host, port string, args ...string) {
	t.Helper()
	cmd := client(testContext(t), t, "microsocks", "microsocks", append([]string{"-i", host, "-p", port}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	until(t, "the proxy listens", func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// capture starts tcpdump on the link and returns its lines.
func capture(t *testing.T) <-chan string {
	t.Helper()
	// -Z: or it gives up its rights, and may not write where it is.
	cmd := client(testContext(t), t, "tcpdump", "tcpdump", "-n", "-l", "-i", "near", "-Z", "root", "--immediate-mode")
	stdout, err1 := cmd.StdoutPipe()
	stderr, err2 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	said := bufio.NewScanner(stderr)
	for said.Scan() && !strings.Contains(said.Text(), "listening on") {
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	lines := make(chan string, 1<<20)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// sendMarker sends a packet such as must not be seen, to show that it would be.
func sendMarker(t *testing.T) {
	t.Helper()
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(farHost), markerPort))
	c, err := net.DialUDP("udp", nil, to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("marker")); err != nil {
		t.Fatal(err)
	}
}

// checkCapture reads the lines up to the marker: all are TCP with the proxy, but for what the kernels say to
// each other about the link itself.
func checkCapture(t *testing.T, lines <-chan string) {
	t.Helper()
	toProxy := fmt.Sprintf(" IP %s.", nearHost)
	proxied := 0
	for {
		line := receive(t, "the marker in the capture", lines)
		switch {
		case strings.Contains(line, fmt.Sprintf("> %s.%d: UDP", farHost, markerPort)):
			if proxied < 100 {
				t.Errorf("%d packets with the proxy: too few for the download", proxied)
			}
			return
		case strings.Contains(line, " ARP, "), strings.Contains(line, "ICMP6, "):
		case strings.Contains(line, toProxy) && strings.Contains(line, " > "+proxyHost+".1080: Flags"),
			strings.Contains(line, " IP "+proxyHost+".1080 > "+nearHost+".") && strings.Contains(line, ": Flags"):
			proxied++
		default:
			t.Errorf("it leaked: %s", line)
		}
	}
}

// checkAsked: the tracker, the web seed and who serves a .torrent do not learn which program this is, nor where.
func checkAsked(t *testing.T, lines <-chan string) {
	t.Helper()
	missing := []string{"/announce?", "info_hash=", "/pages/", "/x.torrent"}
	for len(missing) > 0 {
		line := receive(t, fmt.Sprintf("what was asked: %q", missing), lines)
		for _, said := range []string{"TX", "ttx", "anacrolix", nearHost} {
			if strings.Contains(line, said) {
				t.Errorf("they were told %q: %s", said, line)
			}
		}
		missing = slices.DeleteFunc(missing, func(what string) bool { return strings.Contains(line, what) })
	}
}

func TestTorRefusesToLeak(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	go func() {
		for {
			c, err := mute.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			c.Close()
		}
	}()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	startMicrosocks(t, "127.0.0.1", "19050")
	const good = "127.0.0.1:19050"
	for _, c := range []struct {
		cfg    Config
		option string
	}{
		{Config{Tor: good, Listen: "127.0.0.1:0"}, "Listen"},
		{Config{Tor: good, DHT: true}, "DHT"},
		{Config{Tor: good, LSD: true}, "LSD"},
		{Config{Tor: good, PortMapping: true}, "PortMapping"},
		{Config{Tor: good, Proxy: "socks5://127.0.0.1:1"}, "Proxy"},
		{Config{Tor: good, Bind: "lo"}, "Bind"},
		{Config{Tor: "localhost:9050"}, "Tor"},
		{Config{Tor: mute.Addr().String()}, "Tor"},
		{Config{Tor: gone.Addr().String()}, "Tor"},
	} {
		e, err := Open(c.cfg)
		var leak *LeakError
		if !errors.Is(err, ErrWouldLeak) || !errors.As(err, &leak) || leak.Option != c.option {
			t.Errorf("%+v: %v; want one about %s", c.cfg, err, c.option)
		}
		if err == nil {
			e.Close(testContext(t))
		}
	}
	e, err := Open(Config{Tor: good})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(testContext(t)); err != nil {
		t.Error(err)
	}
}
