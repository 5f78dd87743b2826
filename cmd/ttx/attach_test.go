package main_test

import (
	"strings"
	"testing"
)

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
