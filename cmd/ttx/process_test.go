package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait on a process; it is never what a test measures.
const patience = 90 * time.Second

// build compiles the program once for the tests of this package.
func build(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ttx")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// user is a person with a data folder and a passphrase file.
type user struct {
	t        testing.TB
	bin, dir string
	secret   string
}

func newUser(t testing.TB, bin string) *user {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(secret, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &user{t: t, bin: bin, dir: filepath.Join(dir, "data"), secret: secret}
}

func (u *user) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // t.Context ends before the cleanups
	u.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, u.bin, append([]string{"--dir", u.dir}, args...)...)
	cmd.Env = append(os.Environ(), "TTX_PASSPHRASE_FILE="+u.secret)
	return cmd
}

// run types a command and returns what it printed and its exit code.
func (u *user) run(args ...string) (stdout string, code int) {
	u.t.Helper()
	var out, errs bytes.Buffer
	cmd := u.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		u.t.Fatalf("ttx %v: %v", args, err)
	}
	if strings.Contains(out.String(), "correct horse") {
		u.t.Fatalf("ttx %v printed the passphrase", args)
	}
	u.t.Logf("ttx %s -> %d %s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), errs.String())
	return out.String(), cmd.ProcessState.ExitCode()
}

// ask runs a command with --json and returns its object.
func (u *user) ask(args ...string) map[string]any {
	u.t.Helper()
	out, code := u.run(append(args, "--json")...)
	if code != 0 {
		u.t.Fatalf("ttx %v: exit code %d", args, code)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		u.t.Fatalf("ttx %v printed %q: %v", args, out, err)
	}
	return v
}

// background starts a command that goes on, and returns the first lines of JSON
// that it prints. stop sends SIGTERM, once, and expects a clean end.
func (u *user) background(lines int, args ...string) (said []map[string]any, stop func()) {
	u.t.Helper()
	_, said, stop = u.launch(lines, args...)
	return said, stop
}

// launch is background with the process.
func (u *user) launch(lines int, args ...string) (cmd *exec.Cmd, said []map[string]any, stop func()) {
	u.t.Helper()
	cmd = u.command(append(args, "--json")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for range lines {
		var one map[string]any
		line, err := r.ReadBytes('\n')
		if err != nil || json.Unmarshal(line, &one) != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			u.t.Fatalf("ttx %v: %q, %v\n%s", args, line, err, errs.String())
		}
		said = append(said, one)
	}
	stopped := false
	stop = func() {
		if stopped || cmd.ProcessState != nil { // killed by the test
			return
		}
		stopped = true
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			u.t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			u.t.Errorf("ttx %v did not stop cleanly: %v\n%s", args, err, errs.String())
		}
	}
	u.t.Cleanup(stop)
	return cmd, said, stop
}

// node starts `ttx node` and waits until it says that it is ready.
func (u *user) node(args ...string) (info map[string]any, stop func()) {
	u.t.Helper()
	_, info, stop = u.process(args...)
	return info, stop
}

// process is node with the process.
func (u *user) process(args ...string) (cmd *exec.Cmd, info map[string]any, stop func()) {
	u.t.Helper()
	alone := []string{"node", "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--no-port-mapping"}
	cmd, said, stop := u.launch(1, append(alone, args...)...)
	if said[0]["ready"] != true {
		u.t.Fatalf("the first line is %v", said[0])
	}
	return cmd, said[0], stop
}

// awaitState polls status until the user's node is in the given state: the
// command line is what is under test here, and it has no way to wait for one.
func (u *user) awaitState(state string) {
	u.t.Helper()
	deadline := time.Now().Add(patience)
	for u.ask("status")["state"] != state {
		if time.Now().After(deadline) {
			u.t.Fatalf("not in state %s after %v", state, patience)
		}
	}
}

// TestTwoProcessesPayAndAThirdJoins: two `ttx node` processes with a wallet
// each; a payment is sent, confirmed and seen by the other; a third joins from
// the .torrent file.
func TestTwoProcessesPayAndAThirdJoins(t *testing.T) {
	bin := build(t)
	alice, bob, carol := newUser(t, bin), newUser(t, bin), newUser(t, bin)
	alice.ask("wallet", "new")
	bob.ask("wallet", "new")
	file := filepath.Join(t.TempDir(), "lab.torrent")
	voter := alice.ask("wallet", "voter-key")["voter_key"].(string)
	if _, code := alice.run("network", "new", "lab", "--supply", "1000", "--voter", voter+"=1", "--out", file); code != 0 {
		t.Fatalf("network new: exit code %d", code)
	}
	aliceNode, stopAlice := alice.node("--voter")
	if mode := socketMode(t, aliceNode["api"].(string)); mode != 0o600 {
		t.Errorf("the socket has mode %o", mode)
	}
	bob.node("--network", file, "--peer", aliceNode["listen"].(string))

	to := bob.ask("wallet", "address")["address"].(string)
	sent := alice.ask("send", to, "12.5", "--memo", "for the coffee", "--yes", "--wait", "confirmed")
	if sent["status"] != "confirmed" {
		t.Fatalf("sent: %v", sent)
	}
	state := alice.ask("status")["state"].(string)
	bob.awaitState(state)
	if b := bob.ask("wallet", "balance"); b["confirmed"] != "12.5" || b["pending"] != "0" || b["conflicted"] != "0" {
		t.Errorf("balance %v", b)
	}
	if x := bob.ask("tx", "show", sent["txid"].(string)); x["status"] != "confirmed" || x["memo"] != "for the coffee" {
		t.Errorf("transaction %v", x)
	}

	if _, code := carol.run("network", "join", file); code != 0 {
		t.Fatalf("network join: exit code %d", code)
	}
	carol.node("--peer", aliceNode["listen"].(string))
	carol.awaitState(state)

	if _, code := alice.run("node", "--listen", "127.0.0.1:0"); code == 0 {
		t.Error("a second node ran on one folder")
	}
	stopAlice()
	if b := alice.ask("status"); b["state"] != state {
		t.Errorf("the folder without a node says %v", b)
	}
}

func socketMode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestNothingIsConfirmedWithoutVoters: on the built-in devnet the faucet gives,
// payments stay pending, and --wait confirmed fails at once.
func TestNothingIsConfirmedWithoutVoters(t *testing.T) {
	u := newUser(t, build(t))
	u.ask("wallet", "new")
	if name := u.ask("network", "show")["name"]; name != "devnet" {
		t.Fatalf("a new folder is on %v", name)
	}
	u.node()
	if got := u.ask("wallet", "faucet"); got["status"] != "pending" {
		t.Fatalf("faucet: %v", got)
	}
	if b := u.ask("wallet", "balance"); b["confirmed"] != "0" || b["pending"] == "0" {
		t.Errorf("balance %v", b)
	}
	to := u.ask("wallet", "address", "--new")["address"].(string)
	if _, code := u.run("send", to, "1", "--yes", "--wait", "confirmed"); code == 0 {
		t.Error("--wait confirmed did not fail without voters")
	}
	if sent := u.ask("send", to, "1", "--yes", "--wait", "pending"); sent["status"] != "pending" {
		t.Errorf("sent: %v", sent)
	}
}
