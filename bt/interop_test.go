//go:build linux

package bt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/anacrolix/torrent/bencode"

	"github.com/torrenttx/ttx/bt/bttest"
)

// The clients of other people fetch from a node that has no live torrent, and the node fetches from them.
// They run in a network namespace of the test's own, since transmission refuses peers on 127.0.0.1. That takes
// root. A client that is not installed fails the test: not to have tried is not to work.

const (
	interopEnv  = "BT_INTEROP_NAMESPACE"
	interopHost = "10.99.0.1"
)

// TestInterop runs itself again in a new network namespace.
func TestInterop(t *testing.T) {
	if os.Getenv(interopEnv) == "" {
		runInNamespace(t)
		return
	}
	run(t, "iproute2", "ip", "link", "set", "lo", "up")
	run(t, "iproute2", "ip", "address", "add", interopHost+"/32", "dev", "lo")
	t.Run("libtorrent", testLibtorrentGets)
	t.Run("libtorrent seeds", testLibtorrentSeeds)
	t.Run("encryption", testEncryption)
	t.Run("aria2 wants encryption", testAria2Encrypted)
	t.Run("libtorrent seeds over uTP", testSeededOverUTP)
	t.Run("versions", testVersions)
	t.Run("second name", testSecondName)
	t.Run("proofs of layers", testProofsOfLayers)
	t.Run("aria2", testAria2Gets)
	t.Run("transmission", testTransmissionGets)
}

func runInNamespace(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestInterop$", "-test.v")
	cmd.Env = append(os.Environ(), interopEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a network namespace (needs root): %v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// client is the command of a program from a Debian package, with a home of its own.
func client(ctx context.Context, t *testing.T, pkg, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed; on Debian: apt-get install %s", name, pkg)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	return cmd
}

// run runs a client to its end.
func run(t *testing.T, pkg, name string, args ...string) {
	t.Helper()
	if out, err := client(testContext(t), t, pkg, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// libtorrent is the command of the driver.
func libtorrent(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	const python = "/usr/bin/python3" // the one that has Debian's modules
	if err := exec.Command(python, "-c", "import libtorrent").Run(); err != nil {
		t.Fatalf("libtorrent's Python binding is not installed; on Debian: apt-get install python3-libtorrent")
	}
	return client(ctx, t, "python3", python, append([]string{"testdata/peer.py"}, args...)...)
}

// onDemandNode is a node with one torrent that is not live, and its .torrent naming the tracker.
func onDemandNode(t *testing.T, cfg Config) (e *Engine, x tiny, file, tracker string) {
	t.Helper()
	x = newTiny("transaction", bytes.Repeat([]byte("a transaction's bytes "), 40))
	cfg.Listen, cfg.OnDemand = interopHost+":0", newShelf(x)
	e = openEngine(t, cfg)
	if n := e.Loaded(); n != 0 {
		t.Fatalf("%d torrents are live", n)
	}
	tracker = bttest.ServeTracker(t, interopHost, e.Addr())
	return e, x, torrentFileOf(t, x, tracker), tracker
}

func torrentFileOf(t *testing.T, x tiny, tracker string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.torrent")
	raw := bencode.MustMarshal(map[string]any{"announce": tracker, "info": bencode.Bytes(x.info)})
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func magnetOf(x tiny, tracker string) string {
	return fmt.Sprintf("magnet:?xt=urn:btih:%x&tr=%s", x.infohash, tracker)
}

func compareTiny(t *testing.T, dir string, x tiny) {
	t.Helper()
	compare(t, dir, map[string][]byte{"transaction": x.data})
}

func testLibtorrentGets(t *testing.T) {
	for _, mode := range []string{"plain", "encrypted", "utp", "magnet"} {
		t.Run(mode, func(t *testing.T) {
			e, x, source, _ := onDemandNode(t, Config{})
			transport := mode
			switch mode {
			case "magnet":
				source, transport = magnetOf(x, ""), "plain"
			case "encrypted":
				e.Heat(x.infohash) // who insists on encryption comes only for what is hot
			}
			dir := t.TempDir()
			cmd := libtorrent(testContext(t), t, "get", source, dir, e.Addr().String(), transport)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			compareTiny(t, dir, x)
		})
	}
}

func testLibtorrentSeeds(t *testing.T) {
	e := openEngine(t, Config{Listen: interopHost + ":0"})
	x, dir := newTiny("transaction", bytes.Repeat([]byte("seeded elsewhere "), 50)), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "transaction"), x.data, 0o644); err != nil {
		t.Fatal(err)
	}
	peer := libtorrentSeeds(t, torrentFileOf(t, x, ""), dir)
	info, data, err := e.FetchSmall(testContext(t), x.infohash, []netip.AddrPort{peer}, maxTiny)
	if err != nil || !bytes.Equal(info, x.info) || !bytes.Equal(data, x.data) {
		t.Errorf("fetched %d + %d bytes, %v", len(info), len(data), err)
	}
}

// seederStarts is how often a seeder is started that is killed by a signal of its own making before it
// serves: one start of libtorrent 2.0.8 under Python ended with a segmentation fault here, for a reason
// that was not found. Any other end fails the test at once.
const seederStarts = 3

// libtorrentSeeds starts a seeder that ends with the test and returns where it listens.
func libtorrentSeeds(t *testing.T, file, dir string, mode ...string) netip.AddrPort {
	t.Helper()
	var err error
	for range seederStarts {
		var port string
		if port, err = startSeeder(t, file, dir, mode...); err == nil {
			return netip.MustParseAddrPort(interopHost + ":" + port)
		}
		if !crashed(err) {
			break
		}
		t.Logf("the seeder crashed before it served: %v", err)
	}
	t.Fatalf("no seeder: %v", err)
	return netip.AddrPort{}
}

// crashed reports whether a process was ended by a signal.
func crashed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

// startSeeder returns the port of a seeder, or how it ended.
func startSeeder(t *testing.T, file, dir string, mode ...string) (port string, err error) {
	t.Helper()
	cmd := libtorrent(testContext(t), t, append([]string{"seed", file, dir, interopHost}, mode...)...)
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		stdin.Close()
		return "", errors.Join(err, cmd.Wait())
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the seeder ended with %v", err)
		}
	})
	return strings.TrimSpace(line), nil
}

// libtorrentMakes returns the path of a .torrent of the kind, of files written to dir/album.
func libtorrentMakes(t *testing.T, dir, kind string, files map[string][]byte) string {
	t.Helper()
	share(t, dir, "album", files)
	out := filepath.Join(t.TempDir(), "x.torrent")
	if raw, err := libtorrent(testContext(t), t, "make", dir, "album", kind, out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return out
}

func testAria2Gets(t *testing.T) {
	for _, magnet := range []bool{false, true} {
		t.Run(fmt.Sprintf("magnet %v", magnet), func(t *testing.T) {
			_, x, source, tracker := onDemandNode(t, Config{})
			if magnet {
				source = magnetOf(x, tracker)
			}
			dir := t.TempDir()
			run(t, "aria2", "aria2c", "--no-conf", "--dir="+dir, "--seed-time=0", "--enable-dht=false",
				"--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--disable-ipv6", source)
			compareTiny(t, dir, x)
		})
	}
}

func testTransmissionGets(t *testing.T) {
	e, x, file, _ := onDemandNode(t, Config{})
	e.Heat(x.infohash) // its encryption is on by default, and its way back to plain is broken
	dir := t.TempDir()
	// It seeds until it is told to end; the end of the download runs a command.
	done := filepath.Join(t.TempDir(), "done")
	if err := syscall.Mkfifo(done, 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "finish")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho done >"+done+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := client(testContext(t), t, "transmission-cli", "transmission-cli",
		"--config-dir", t.TempDir(), "--download-dir", dir, "--no-portmap", "--finish", script, file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	finished := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(done)
		finished <- err
	}()
	if err := receive(t, "transmission's download", finished); err != nil {
		t.Error(err)
	}
	cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	compareTiny(t, dir, x)
}
