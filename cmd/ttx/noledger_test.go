package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNoLedger: a node without a ledger keeps nothing of one in its folder, says so, and stops cleanly. What
// peers see of it is bt's TestNoExtension.
func TestNoLedger(t *testing.T) {
	u := newUser(t, build(t))
	info, stop := u.node("--no-ledger")
	if info["ledger"] != false || info["network"] != "" {
		t.Errorf("the node says %v", info)
	}
	if s := u.ask("status"); s["ledger"] != false || s["torrents"] != 0.0 || s["online"] != true {
		t.Errorf("status: %v", s)
	}
	for _, args := range [][]string{{"peers"}, {"tx", "list"}} {
		if _, code := u.run(args...); code != 27 {
			t.Errorf("%v: exit code %d; want 27", args, code)
		}
	}
	stop()
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"node.lock", "torrents"}, e.Name()) {
			t.Errorf("the folder holds %s", e.Name())
		}
	}
	for _, flag := range []string{"--voter", "--peer=127.0.0.1:1", "--network=x"} {
		if _, code := u.run("node", "--no-ledger", flag); code != 2 {
			t.Errorf("%s: exit code %d; want 2", flag, code)
		}
	}
}

// TestReload: a changed file is taken by the command and by SIGHUP; a wrong one changes nothing.
func TestReload(t *testing.T) {
	u := newUser(t, build(t))
	file := filepath.Join(t.TempDir(), "mine.toml")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ledger = false\nlimit_up = \"1 MiB/s\"\n")
	cmd, _, stop := u.process("--config", file, "--limit-down", "3 MiB/s")
	get := func(key string) string {
		s := u.ask("settings", "show", "--running", key)["settings"].([]any)[0].(map[string]any)
		return s["value"].(string) + " " + s["from"].(string)
	}
	if got := get("limit_up"); got != "1 MiB/s file" {
		t.Fatal(got)
	}
	write("ledger = false\nlimit_up = \"2 MiB/s\"\nlimit_down = \"1 B/s\"\nutp = false\n")
	r := u.ask("settings", "reload")
	if !slices.Equal(r["applied"].([]any), []any{"limit_up"}) || !slices.Equal(r["restart"].([]any), []any{"utp"}) {
		t.Errorf("reloaded %v", r)
	}
	if up, down := get("limit_up"), get("limit_down"); up != "2 MiB/s file" || down != "3 MiB/s flag" {
		t.Errorf("%s, %s", up, down)
	}
	write("ledger = false\nlimit_up = \"4 MiB/s\"\nlimit_dwn = 3\n")
	if _, code := u.run("settings", "reload"); code != 2 {
		t.Errorf("a wrong file: exit code %d", code)
	}
	if got := get("limit_up"); got != "2 MiB/s file" {
		t.Errorf("a wrong file changed limit_up to %s", got)
	}
	write("ledger = false\nlimit_up = \"5 MiB/s\"\n")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !strings.HasPrefix(get("limit_up"), "5 MiB/s"); {
		if time.Now().After(deadline) {
			t.Fatal("SIGHUP changed nothing")
		}
	}
	stop()
}
