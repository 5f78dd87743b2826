//go:build linux

package portmap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Two network namespaces joined by a link: a home and its router, which is the default route and is found by that, or by
// multicast.

const (
	routerEnv  = "PORTMAP_PLACE" // home, or what the router speaks
	homeHost   = "10.97.0.2"
	routerHost = "10.97.0.1"
)

func TestRouter(t *testing.T) {
	switch place := os.Getenv(routerEnv); place {
	case "":
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRouter$", "-test.v")
		cmd.Env = append(os.Environ(), routerEnv+"=home")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("in a namespace (needs root): %v\n%s", err, out)
		}
	case "home":
		t.Run("NAT-PMP", func(t *testing.T) {
			testRouter(t, "NAT-PMP", "203.0.113.7:8000", []string{"op 2 port 7000 wish 7000 lease 7200", "op 2 port 7000 wish 0 lease 0"})
		})
		t.Run("UPnP", func(t *testing.T) {
			testRouter(t, "UPnP", "203.0.113.9:7000", []string{"AddPortMapping TCP 7000 " + homeHost + " 7200", "DeletePortMapping TCP 7000"})
		})
	default:
		serveRouter(t, place)
	}
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s (iproute2): %v\n%s", args, err, out)
	}
}

// testRouter maps a port of a router that nobody named, and takes it back.
func testRouter(t *testing.T, speaks, external string, calls []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // it outlives the test's own context by the clean-up
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRouter$")
	cmd.Env = append(os.Environ(), routerEnv+"="+speaks)
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
			t.Errorf("the router: %v\n%s", err, rest)
		}
		cancel()
		_ = exec.Command("ip", "link", "delete", "lan").Run() // unless it went with the namespace
	})
	for _, args := range []string{
		"link set lo up", fmt.Sprintf("link add lan type veth peer name home netns %d", cmd.Process.Pid),
		"address add " + homeHost + "/24 dev lan", "link set lan up", "route add default via " + routerHost,
	} {
		ip(t, args)
	}
	if _, err := io.WriteString(stdin, "the link is there\n"); err != nil {
		t.Fatal(err)
	}
	says(t, lines, "ready")
	m := Open(Config{Port: 7000})
	if a, via := await(t, m); a.String() != external || via != speaks {
		t.Errorf("mapped to %v by %s", a, via)
	}
	m.Close()
	for _, want := range calls {
		says(t, lines, want)
	}
}

// says skips lines until the router says something.
func says(t *testing.T, lines *bufio.Reader, what string) {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the router ended before it said %q: %v", what, err)
		}
		if strings.TrimSpace(line) == what {
			return
		}
	}
}

// serveRouter is the router. It ends with its input.
func serveRouter(t *testing.T, speaks string) {
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"link set lo up", "address add " + routerHost + "/24 dev home", "link set home up"} {
		ip(t, args)
	}
	var asked <-chan string
	if speaks == "NAT-PMP" {
		_, asked = fakePMPAt(t, fmt.Sprintf("%s:%d", routerHost, pmpPort), 0)
	} else {
		link, err := net.InterfaceByName("home")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.ListenMulticastUDP("udp4", link, &net.UDPAddr{IP: net.ParseIP("239.255.255.250"), Port: 1900})
		if err != nil {
			t.Fatal(err)
		}
		asked = fakeIGDAt(t, conn, routerHost+":0",
			func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, description) },
			func(url string) string { return url + "/desc.xml" })
	}
	fmt.Println("ready")
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = io.Copy(io.Discard, in)
	}()
	for {
		select {
		case a := <-asked:
			fmt.Println(strings.Join(strings.Fields(a), " "))
		case <-over:
			return
		}
	}
}
