package main_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestAPaymentTravelsByFile: alice pays on a node that has no peer at all, the
// receipt is carried to bob, whose node has none either, and it confirms once
// bob's node meets a voter. The three processes never share a connection but
// that last one.
func TestAPaymentTravelsByFile(t *testing.T) {
	bin := build(t)
	alice, bob, voter := newUser(t, bin), newUser(t, bin), newUser(t, bin)
	for _, u := range []*user{alice, bob, voter} {
		u.ask("wallet", "new")
	}
	file := newLab(t, alice, voter)
	receipt := filepath.Join(t.TempDir(), "receipt.torrent")

	_, stopAlice := alice.node()
	to := bob.ask("wallet", "address")["address"].(string)
	sent := alice.ask("send", to, "12.5", "--yes", "--wait", "pending")
	id := sent["txid"].(string)
	if made := alice.ask("proof", "export", id, "--chain", "full", "--out", receipt); made["txid"] != id || made["level"] != "valid" {
		t.Fatalf("exported %v", made)
	}
	stopAlice()

	if _, code := bob.run("network", "join", file); code != 0 {
		t.Fatal("bob does not join")
	}
	_, stopBob := bob.node()
	took := bob.ask("proof", "import", receipt)["proofs"].([]any)[0].(map[string]any)
	if took["txid"] != id || took["status"] != "pending" || took["new"] != float64(1) {
		t.Fatalf("imported %v", took)
	}
	if b := bob.ask("wallet", "balance"); b["pending"] != "12.5" || b["confirmed"] != "0" {
		t.Errorf("before the voter was met: %v", b)
	}
	if p := bob.ask("peers")["peers"].([]any); len(p) != 0 {
		t.Fatalf("bob has met somebody: %v", p)
	}
	stopBob()

	voterNode, _ := voter.node("--network", file, "--voter")
	bob.node("--peer", voterNode["listen"].(string))
	bob.awaitStatus(id, "confirmed")
	if b := bob.ask("wallet", "balance"); b["confirmed"] != "12.5" {
		t.Errorf("after the voter was met: %v", b)
	}
	voter.awaitStatus(id, "confirmed")
	list := bob.ask("proof", "list")["proofs"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["status"] != "confirmed" {
		t.Errorf("proofs %v", list)
	}
}

// TestAProofIsTheOnlyBootstrap: a fresh node that was given one file, and no
// address, finds the network at the peer that the file names, and catches up.
func TestAProofIsTheOnlyBootstrap(t *testing.T) {
	bin := build(t)
	for _, how := range []string{"import", "folder"} {
		t.Run(how, func(t *testing.T) {
			alice, fresh := newUser(t, bin), newUser(t, bin)
			alice.ask("wallet", "new")
			newLab(t, alice, alice)
			alice.node("--voter")
			to := alice.ask("wallet", "address")["address"].(string)
			id := alice.ask("send", to, "1", "--yes", "--wait", "confirmed")["txid"].(string)
			receipt := filepath.Join(t.TempDir(), "receipt.torrent")
			alice.ask("proof", "export", id, "--chain", "none", "--peers", "--private-peers", "--out", receipt)
			later := alice.ask("send", to, "2", "--yes", "--wait", "confirmed")["txid"].(string)

			if how == "import" {
				if _, code := fresh.run("proof", "import", receipt); code != 0 {
					t.Fatalf("import: exit code %d", code)
				}
			} else {
				carry(t, receipt, filepath.Join(fresh.dir, "proofs", "from a friend.torrent"))
			}
			if info, _ := fresh.node(); info["network"] != "lab" {
				t.Fatalf("the fresh node is on %v", info["network"])
			}
			fresh.awaitStatus(later, "confirmed")
			fresh.awaitStatus(id, "confirmed")
		})
	}
}

// TestARunningNodeTellsProofsApart: what is wrong with a file is in the exit code,
// and nothing wrong is kept.
func TestARunningNodeTellsProofsApart(t *testing.T) {
	bin := build(t)
	alice, mallory := newUser(t, bin), newUser(t, bin)
	for _, u := range []*user{alice, mallory} {
		u.ask("wallet", "new")
		newLab(t, u, u)
	}
	_, stopAlice := alice.node()
	_, stopMallory := mallory.node()
	pay := func(u *user, args ...string) (id, receipt string) {
		to := u.ask("wallet", "address")["address"].(string)
		id = u.ask("send", to, "1", "--yes", "--wait", "pending")["txid"].(string)
		receipt = filepath.Join(t.TempDir(), "receipt.torrent")
		u.ask(append([]string{"proof", "export", id, "--out", receipt}, args...)...)
		return id, receipt
	}
	_, foreign := pay(mallory)
	id, own := pay(alice, "--chain", "none", "--peers")
	if b, err := os.ReadFile(own); err != nil || bytes.Contains(b, []byte("127.0.0.1")) {
		t.Errorf("a private address is in the file, %v", err)
	}
	for file, want := range map[string]int{foreign: 32, alice.secret: 24, own: 0} {
		if _, code := alice.run("proof", "import", file); code != want {
			t.Errorf("%s: exit code %d, want %d", file, code, want)
		}
	}
	link := alice.ask("proof", "export", id, "--chain", "none")["magnet"].(string)
	if took := alice.ask("proof", "import", link)["proofs"].([]any)[0].(map[string]any); took["txid"] != id || took["level"] != "" {
		t.Errorf("imported %v", took)
	}
	if list := alice.ask("proof", "list")["proofs"].([]any); len(list) != 1 {
		t.Errorf("kept %v", list)
	}
	if _, code := alice.run("proof", "verify", own); code != 28 {
		t.Errorf("verify: exit code %d", code)
	}
	stopAlice()
	stopMallory()
}

// TestATrackerInAProof: the file names no peer; the node that made it announces
// the transaction's torrent where the file says, and the one that took it asks
// there.
func TestATrackerInAProof(t *testing.T) {
	bin := build(t)
	alice, fresh := newUser(t, bin), newUser(t, bin)
	alice.ask("wallet", "new")
	newLab(t, alice, alice)
	alice.node("--voter")
	to := alice.ask("wallet", "address")["address"].(string)
	id := alice.ask("send", to, "1", "--yes", "--wait", "confirmed")["txid"].(string)
	receipt := filepath.Join(t.TempDir(), "receipt.torrent")
	alice.ask("proof", "export", id, "--chain", "none", "--tracker", serveTracker(t), "--private-peers", "--out", receipt)
	later := alice.ask("send", to, "2", "--yes", "--wait", "confirmed")["txid"].(string)
	carry(t, receipt, filepath.Join(fresh.dir, "proofs", "receipt.torrent"))
	fresh.node()
	fresh.awaitStatus(later, "confirmed")
}

// serveTracker runs an HTTP tracker that remembers who announced what.
func serveTracker(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	peers := map[string]map[string]bool{}
	mux := http.NewServeMux() // no scrapes
	mux.HandleFunc("/announce", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		port, err := strconv.ParseUint(q.Get("port"), 10, 16)
		if err != nil {
			t.Errorf("announced port %q", q.Get("port"))
		}
		mu.Lock()
		defer mu.Unlock()
		swarm := peers[q.Get("info_hash")]
		if swarm == nil {
			swarm = map[string]bool{}
			peers[q.Get("info_hash")] = swarm
		}
		swarm[string(binary.BigEndian.AppendUint16([]byte{127, 0, 0, 1}, uint16(port)))] = true
		compact := ""
		for p := range swarm {
			compact += p
		}
		fmt.Fprintf(w, "d8:intervali60e5:peers%d:%se", len(compact), compact)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL + "/announce"
}

// newLab makes a network of which alice owns the coins and voter has all the
// stake; alice's folder joins it. It returns the network's file.
func newLab(t *testing.T, alice, voter *user) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lab.torrent")
	key := voter.ask("wallet", "voter-key")["voter_key"].(string)
	if _, code := alice.run("network", "new", "lab", "--supply", "1000", "--voter", key+"=1", "--out", file); code != 0 {
		t.Fatalf("network new: exit code %d", code)
	}
	return file
}

// carry puts a copy of a file where nobody has put anything yet.
func carry(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// awaitStatus polls for a transaction's status: the command line is what is
// under test.
func (u *user) awaitStatus(id, status string) {
	u.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		out, code := u.run("tx", "show", id, "--json")
		if code == 0 && statusIn(u.t, out) == status {
			return
		}
		if time.Now().After(deadline) {
			u.t.Fatalf("%s is not %s after %v: %s", id, status, patience, out)
		}
	}
}

func statusIn(t testing.TB, out string) string {
	t.Helper()
	var v struct{ Status string }
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	return v.Status
}
