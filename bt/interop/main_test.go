//go:build linux

// Package interop holds the tests in which the engine and clients of other people exchange torrents, in both directions.
// They run in a network namespace of their own, since transmission refuses peers on 127.0.0.1. A program
// that is not installed fails its test: not to have tried is not to work.
package interop

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torrenttx/ttx/bt"
)

const (
	host = "10.99.0.1"
	// namespaceEnv marks a process that is in its namespace.
	namespaceEnv = "BT_INTEROP_NAMESPACE"
	// patience ends a test that hangs; no test waits for it to pass.
	patience = 120 * time.Second
)

// enterNamespace runs the test again in a new network namespace, and is true where that was done.
func enterNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceEnv) != "" {
		run(t, "iproute2", "ip", "link", "set", "lo", "up")
		run(t, "iproute2", "ip", "address", "add", host+"/32", "dev", "lo")
		return false
	}
	pattern := "^" + t.Name() + "$"
	if _, part, ok := strings.Cut(flag.Lookup("test.run").Value.String(), "/"); ok {
		pattern += "/" + part
	}
	args := []string{"-test.run=" + pattern, "-test.v", "-test.parallel=6"}
	if deadline, ok := t.Deadline(); ok {
		args = append(args, fmt.Sprintf("-test.timeout=%v", time.Until(deadline)))
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), namespaceEnv+"=1")
	// With process numbers of its own, so that what it starts ends with it, whatever happens.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL,
	}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 { // root in a namespace of users of its own
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: gid, Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a network namespace (root may make one, others where the kernel lets them): %v\n%s", err, out)
	}
	t.Logf("%s", out)
	return true
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// openEngine opens an engine that is closed when the test ends.
func openEngine(t *testing.T, cfg bt.Config) *bt.Engine {
	t.Helper()
	e, err := bt.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(testContext(t)); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// until waits for a condition that has no event to wait for, by looking again and again.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeFile writes a file of the test's own.
func writeFile(t *testing.T, name string, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	write(t, path, data)
	return path
}
