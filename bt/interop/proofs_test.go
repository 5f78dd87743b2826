//go:build linux

package interop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/bt/bttest"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// ttxEnv names the program, which is built outside of the namespace.
const ttxEnv = "BT_INTEROP_TTX"

// TestProofs: a proof is a torrent as any other for clients of other people. They open it, fetch the transaction from a
// node, and when that is gone they alone bring it to a node that never met the first. What they make themselves is no
// proof.
func TestProofs(t *testing.T) {
	if os.Getenv(ttxEnv) == "" {
		t.Setenv(ttxEnv, buildTTX(t))
	}
	if enterNamespace(t) {
		return
	}
	network, receipt, stop := pay(t)
	raw, err := os.ReadFile(receipt)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := proofs.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	id := proof.Genesis.ID()
	if v, err := proof.Verify(proofs.Options{Network: &id}); err != nil || v.Level != proofs.Confirmed {
		t.Fatalf("the receipt says %+v, %v", v, err)
	}
	holds := holding(proof.Subject)
	clients := []program{libtorrent{}, aria2{}, transmission{}, rtorrent{}}
	jobs := make([]job, len(clients))
	for i := range clients {
		jobs[i] = job{source: receipt, torrent: receipt, dir: t.TempDir(), mode: "plain", whole: holds}
	}
	each := func(what string, do func(t *testing.T, p program, j job)) {
		t.Run(what, func(t *testing.T) {
			for i, p := range clients {
				t.Run(p.name(), func(t *testing.T) {
					t.Parallel()
					do(t, p, jobs[i])
				})
			}
		})
	}
	each("fetched by", func(t *testing.T, p program, j job) {
		p.get(t, j)
		if err := holds(j.dir); err != nil {
			t.Error(err)
		}
	})
	stop()
	each("seeded by", func(t *testing.T, p program, j job) { arrives(t, network, proof, p.seed(t, j)) })
	t.Run("not proofs", func(t *testing.T) { refuseOthers(t, proof.Subject) })
}

func buildTTX(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ttx")
	cmd := exec.Command("go", "build", "-o", bin, "../../cmd/ttx")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// pay makes a network, and a payment in it on a node that nobody else has met. The payment is made before anybody
// votes, so that it stands on the genesis alone: no client has more than the payment. Then it is confirmed, so that the
// receipt carries all that one can. The receipt names a tracker, which names the node.
func pay(t *testing.T) (network, receipt string, stop func()) {
	t.Helper()
	alice := newFolder(t)
	alice.ask(t, "wallet", "new")
	network, receipt = filepath.Join(t.TempDir(), "lab.torrent"), filepath.Join(t.TempDir(), "receipt.torrent")
	voter := alice.ask(t, "wallet", "voter-key")["voter_key"].(string)
	alice.ask(t, "network", "new", "lab", "--supply", "1000", "--voter", voter+"=1", "--out", network)
	_, stop = alice.node(t)
	to := alice.ask(t, "wallet", "address", "--new")["address"].(string)
	id := alice.ask(t, "send", to, "12.5", "--yes", "--wait", "pending")["txid"].(string)
	stop()
	info, stop := alice.node(t, "--voter")
	tracker := bttest.ServeTracker(t, host, netip.MustParseAddrPort(info["listen"].(string)))
	until(t, "the payment is confirmed", func() bool { return alice.ask(t, "tx", "show", id)["status"] == "confirmed" })
	alice.ask(t, "proof", "export", id, "--chain", "full", "--tracker", tracker, "--private-peers", "--out", receipt)
	return network, receipt, stop
}

// holding says whether the file of a transaction's torrent is in a folder.
func holding(x *tx.Tx) func(dir string) error {
	name := fmt.Sprintf("%x.ttx", sha256.Sum256(x.Raw()))
	return func(dir string) error {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil && !bytes.Equal(got, x.Raw()) {
			err = errors.New("it is not the transaction")
		}
		return err
	}
}

// arrives has a fresh node, which knows the network and nobody of it, fetch the transaction from one client.
func arrives(t *testing.T, network string, p *proofs.Proof, from netip.AddrPort) {
	fresh := newFolder(t)
	fresh.ask(t, "network", "join", network)
	_, stop := fresh.node(t)
	defer stop()
	id := p.Subject.ID().String()
	if _, code := fresh.run(t, "tx", "show", id); code == 0 {
		t.Fatal("the fresh node has it already")
	}
	link, err := tx.ParseMagnet(p.Magnet())
	if err != nil {
		t.Fatal(err)
	}
	link.Peers = []string{from.String()}
	fresh.ask(t, "proof", "import", link.String())
	until(t, "the transaction is there", func() bool {
		_, code := fresh.run(t, "tx", "show", id)
		return code == 0
	})
	if got := fresh.ask(t, "tx", "show", id); got["status"] != "pending" {
		t.Errorf("the transaction is %v", got)
	}
}

// refuseOthers gives ttx torrents that programs made of the transaction itself: all are good torrents, and say nothing of a
// network.
func refuseOthers(t *testing.T, x *tx.Tx) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "payment"), x.Raw())
	u := newFolder(t)
	for name, make := range map[string]func(out string){
		"libtorrent": func(out string) {
			if said, err := (libtorrent{}).command(t, "make", dir, "payment", "v1", out).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
		},
		"libtorrent hybrid": func(out string) {
			if said, err := (libtorrent{}).command(t, "make", dir, "payment", "hybrid", out).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
		},
		"transmission": func(out string) {
			run(t, "transmission-cli", "transmission-create", "-o", out, filepath.Join(dir, "payment"))
		},
		"ttx create": func(out string) { u.ask(t, "create", "--out", out, filepath.Join(dir, "payment")) },
	} {
		out := filepath.Join(t.TempDir(), "made.torrent")
		make(out)
		for _, args := range [][]string{{"proof", "verify", out}, {"proof", "show", out}, {"proof", "import", out}} {
			said, code := u.run(t, args...)
			if code != 24 || !strings.Contains(said, "not a proof") {
				t.Errorf("%s made it: %v: exit code %d, %s", name, args, code, said)
			}
		}
	}
	if name := u.ask(t, "network", "show")["name"]; name != "devnet" {
		t.Errorf("a refused file joined the network %v", name)
	}
}

// folder is a data folder of ttx.
type folder struct{ dir, secret string }

func newFolder(t *testing.T) folder {
	t.Helper()
	return folder{filepath.Join(t.TempDir(), "data"), writeFile(t, "passphrase", []byte("correct horse\n"))}
}

func (f folder) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Getenv(ttxEnv), append([]string{"--dir", f.dir}, args...)...)
	cmd.Env = append(os.Environ(), "TTX_PASSPHRASE_FILE="+f.secret)
	return cmd
}

// run returns everything that a command said, and its exit code.
func (f folder) run(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	cmd := f.command(t, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("ttx %v: %v", args, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// ask returns the object that a command prints.
func (f folder) ask(t *testing.T, args ...string) (v map[string]any) {
	t.Helper()
	cmd := f.command(t, append(args, "--json")...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ttx %v: %v\n%s%s", args, err, out, errs.String())
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("ttx %v printed %q: %v", args, out, err)
	}
	return v
}

// node runs a node until stop, which expects a clean end.
func (f folder) node(t *testing.T, more ...string) (info map[string]any, stop func()) {
	t.Helper()
	args := []string{"node", "--listen", host + ":0", "--no-dht", "--no-lsd", "--no-port-mapping", "--json"}
	cmd := f.command(t, append(args, more...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		err = json.NewDecoder(out).Decode(&info)
	}
	if err != nil {
		t.Fatalf("ttx node: %v\n%s", err, errs.String())
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("ttx node did not stop cleanly: %v\n%s", err, errs.String())
		}
	}
	t.Cleanup(stop)
	return info, stop
}
