package node

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/settings"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

const (
	nearIP = "10.98.0.1"
	dnsIP  = "10.98.0.53"
)

// TestTorSendsNothingWhereAProofPoints is TestTorGoesNowhereThatAProofNames by packets. The only link of a network
// namespace leads nowhere and is captured; the proxy is on the loopback interface, so that what it is asked to reach is
// on the link too. A node in Tor mode takes in proofs and a link that name peers and trackers, by address and by name.
// Then a node without Tor takes in the same about other addresses: when all of that was seen, nothing else was.
func TestTorSendsNothingWhereAProofPoints(t *testing.T) {
	if os.Getenv(deadEndEnv) == "" {
		cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), deadEndEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("in namespaces (needs root): %v\n%s", err, out)
		}
		return
	}
	makeLink(t)
	proxy := startProxy(t)
	seen := captureLink(t)

	net := ledgertest.NewNetwork(2, 0)
	hidden := startWith(t, net, map[string]string{"tor": proxy}, pointing(t, net, "203.0.113", "hidden.example"))
	await(t, hidden, "the proof is taken in", func() bool { return hidden.proofs.Len() == 1 })
	importAll(t, hidden, net, "203.0.113", "hidden.example")

	open := map[string]string{
		"listen": nearIP + ":0", "dht": "false", "lsd": "false", "port_mapping": "false", "utp": "false",
	}
	control := startWith(t, net, open, pointing(t, net, "198.51.100", "control.example"))
	importAll(t, control, net, "198.51.100", "control.example")
	missing := map[string]string{
		"the peer": "> 198.51.100.1.6881: ", "the tracker over HTTP": "> 198.51.100.2.8080: ", "the tracker over UDP": "> 198.51.100.3.6969: UDP",
		"the tracker's name": "? control.example.", "the link's peer": "> 198.51.100.4.6881: ",
	}
	for len(missing) > 0 {
		line := next(t, missing, seen)
		if strings.Contains(line, "ICMP6") || strings.Contains(line, "ARP") { // about the link itself
			continue
		}
		if !strings.Contains(line, "> 198.51.100.") && !strings.Contains(line, "? control.example.") {
			t.Errorf("it leaked: %s", line)
		}
		for what, sign := range missing {
			if strings.Contains(line, sign) {
				delete(missing, what)
			}
		}
	}
}

// pointing is a proof of a payment that names a peer and trackers in a network, and one by name.
func pointing(t *testing.T, net *ledgertest.Network, prefix, name string) []byte {
	t.Helper()
	return encode(t, &proofs.Proof{
		Subject: net.Spend("", []tx.Outpoint{net.GenesisCoin(0)}), Genesis: net.Genesis,
		Peers:    []string{prefix + ".1:6881"},
		Trackers: []string{"http://" + prefix + ".2:8080/announce", "udp://" + prefix + ".3:6969", "http://" + name + "/announce"},
	})
}

// importAll imports that proof once more, and a link to another transaction, which is sought.
func importAll(t *testing.T, n *Node, net *ledgertest.Network, prefix, name string) {
	t.Helper()
	link := net.Spend("", []tx.Outpoint{net.GenesisCoin(1)}).Magnet(prefix + ".4:6881").String()
	for _, content := range [][]byte{pointing(t, net, prefix, name), []byte(link)} {
		if _, err := n.Backend().ImportProof(testContext(t), content); err != nil {
			t.Fatal(err)
		}
	}
}

// startWith starts a node with settings, in whose folder of proofs one lies.
func startWith(t *testing.T, net *ledgertest.Network, flags map[string]string, proof []byte) *Node {
	t.Helper()
	l, err := settings.Load(settings.Source{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	dir := config.Folder(t.TempDir())
	if err := os.MkdirAll(dir.Proofs(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir.Proofs(), "x.torrent"), proof, 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := Start(Options{Dir: dir, Genesis: net.Genesis, Settings: l, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, n) })
	return n
}

// makeLink makes the link of the namespace, over which everything is reached, and the name server.
func makeLink(t *testing.T) {
	t.Helper()
	resolv := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(resolv, []byte("nameserver "+dnsIP+"\n"), 0o644); err != nil { //nolint:gosec // it is read by all
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"mount", "--make-rprivate", "/"},
		{"mount", "--bind", resolv, "/etc/resolv.conf"},
		{"ip", "link", "add", "near", "type", "veth", "peer", "name", "far"},
		{"ip", "link", "set", "near", "arp", "off"}, // or nothing is sent, since nobody is there
		{"ip", "address", "add", nearIP + "/24", "dev", "near"},
		{"ip", "link", "set", "lo", "up"},
		{"ip", "link", "set", "far", "up"},
		{"ip", "link", "set", "near", "up"},
		{"ip", "route", "add", "default", "dev", "near"},
	} {
		if out, err := exec.CommandContext(testContext(t), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v %s", args, err, out)
		}
	}
}

// startProxy starts a SOCKS5 proxy that ends with the test.
func startProxy(t *testing.T) string {
	t.Helper()
	const host, port = "127.0.0.1", "9050"
	cmd := exec.CommandContext(testContext(t), "microsocks", "-i", host, "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatalf("microsocks (on Debian: apt-get install microsocks): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	address := net.JoinHostPort(host, port)
	if !waitFor(func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}) {
		t.Fatal("waited in vain until the proxy listens")
	}
	return address
}

// captureLink starts tcpdump on the link and returns its lines.
func captureLink(t *testing.T) <-chan string {
	t.Helper()
	// -Z: or it gives up its rights, and may not write where it is.
	cmd := exec.CommandContext(testContext(t), "tcpdump", "-n", "-l", "-i", "near", "-Z", "root", "--immediate-mode")
	stdout, err1 := cmd.StdoutPipe()
	stderr, err2 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatalf("tcpdump (on Debian: apt-get install tcpdump): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	said := bufio.NewScanner(stderr)
	for said.Scan() && !strings.Contains(said.Text(), "listening on") {
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	lines := make(chan string, 1<<16)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// next is the next line of the capture.
func next(t *testing.T, missing map[string]string, lines <-chan string) string {
	t.Helper()
	select {
	case line, ok := <-lines:
		if !ok {
			t.Fatal("tcpdump ended")
		}
		return line
	case <-testContext(t).Done():
		t.Fatalf("not seen: %v", missing)
		return ""
	}
}
