package main_test

import (
	"bufio"
	"strings"
	"syscall"
	"testing"
)

// TestAClosedTerminalEndsTheClientCleanly closes it: a hang-up is an end like any other.
func TestAClosedTerminalEndsTheClientCleanly(t *testing.T) {
	u := newUser(t, build(t))
	_, stop := u.node()
	defer stop()
	attach := u.command("--attach", "--plain")
	in, err := attach.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := attach.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	attach.Stderr = &said
	if err := attach.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "looking for peers") {
	}
	if err := attach.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := attach.Wait(); err != nil || !strings.Contains(said.String(), "the node goes on") {
		t.Errorf("%v, and it said %q", err, said.String())
	}
}

// TestAttachLeavesTheNodeRunning shows a node of another process in lines, runs a
// command there, and leaves.
func TestAttachLeavesTheNodeRunning(t *testing.T) {
	u := newUser(t, build(t))
	if _, code := u.run("--attach", "--plain"); code != 11 {
		t.Errorf("attached to no node: exit code %d, want 11", code)
	}
	_, stop := u.node()
	defer stop()
	attach := u.command("--attach", "--plain")
	var said strings.Builder
	attach.Stderr = &said
	attach.Stdin = strings.NewReader("status\nwallet new\nquit\n")
	out, err := attach.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"devnet: looking for peers", "transactions", "run it in a shell"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it did not say %q:\n%s", want, out)
		}
	}
	if !strings.Contains(said.String(), "the node goes on") {
		t.Errorf("leaving, it said %q", said.String())
	}
	if got := u.ask("status", "--json"); got["online"] != true {
		t.Errorf("after it left: %v", got)
	}
}
