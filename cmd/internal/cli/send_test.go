package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestSendBuildsSignsAndHandsIn(t *testing.T) {
	u := newUser(t)
	to := payeeKey(t)
	u.must("send", tx.EncodeAddress(to), "2.5", "--memo", "lunch", "--yes")
	paid := u.node.lastSubmitted(t)
	if paid.Memo != "lunch" || len(paid.In) != 1 || len(paid.Out) != 2 {
		t.Fatalf("%+v", paid)
	}
	if paid.Out[0].Amount != 250_000_000 || paid.Out[0].Lock.Key() != to {
		t.Errorf("pays %+v", paid.Out[0])
	}
	change := paid.Out[1]
	if change.Lock.Key() != u.watch.Issued()[0] || change.Amount != 10*tx.TTX-250_000_000-1000*uint64(len(paid.Raw())) {
		t.Errorf("change %+v of %d bytes", change, len(paid.Raw()))
	}
	checkSignature(t, paid, parseID(t, idB), tx.Output{Amount: 10 * tx.TTX, Lock: tx.KeyLock(u.watch.Issued()[0])})
}

// TestSendWithCoinsThatAreGone has somebody else pay from the wallet while its
// passphrase is asked for.
func TestSendWithCoinsThatAreGone(t *testing.T) {
	u := newUser(t)
	u.node.taken = true
	u.fails(exitRejected, "hint: run it again", "send", u.address(), "1", "--yes")
	if len(u.node.submitted) > 0 {
		t.Error("a double spend was handed in")
	}
}

func payeeKey(t *testing.T) tx.Key {
	t.Helper()
	key, err := tx.DecodeAddress(newUser(t).address())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSendShowsWhatItCosts(t *testing.T) {
	u := newUser(t)
	_, errs, code := u.run("send", u.address(), "2.5", "--dry-run")
	if code != exitOK {
		t.Fatal(errs)
	}
	for _, want := range []string{"pay     2.5 TTX to " + u.address(), "burn    0.00", "change  7.49", "nothing was paid"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
	if len(u.node.submitted) > 0 {
		t.Error("a dry run paid")
	}
}

func TestSendRefusals(t *testing.T) {
	u := newUser(t)
	to := u.address()
	u.fails(exitUsage, "--yes", "send", to, "1")
	u.fails(exitFunds, "are missing", "send", to, "10", "--yes")
	wrong := filepath.Join(u.dir, "wrong")
	if err := os.WriteFile(wrong, []byte("battery staple"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.fails(exitPassphrase, "wrong passphrase", "send", to, "1", "--yes", "--passphrase-file", wrong)
	u.node.coins[0].Spendable = false
	u.fails(exitFunds, "hint: see ttx wallet balance", "send", to, "1", "--yes")
	if len(u.node.submitted) > 0 {
		t.Error("something was paid")
	}
}

func TestSendToANodeWithAFullDisk(t *testing.T) {
	u := newUser(t)
	u.node.refusal = &api.Error{Message: "the disk of /d is full; the payment was not taken", Code: api.Disk, Hint: "free some room there"}
	u.fails(exitDisk, "the disk of /d is full", "send", u.address(), "1", "--yes")
	u.fails(exitDisk, "hint: free some room there", "send", u.address(), "1", "--yes")
}

func TestSendWithoutVotersCannotWaitForConfirmed(t *testing.T) {
	u := newUser(t)
	u.node.network.TotalStake = 0
	u.fails(exitNoVoters, "nothing was paid", "send", u.address(), "1", "--yes", "--wait", "confirmed")
	if len(u.node.submitted) > 0 {
		t.Error("it was paid all the same")
	}
}

func TestSendWaits(t *testing.T) {
	for status, code := range map[string]int{
		api.StatusConfirmed: exitOK, api.StatusRejected: exitRejected,
		api.StatusOrphaned: exitRejected, api.StatusDisputed: exitRejected,
	} {
		u := newUser(t)
		u.node.status = status
		out, errs, got := u.run("send", u.address(), "1", "--yes", "--wait", "confirmed", "--json")
		if got != code || out != `{"txid":"`+idC+`","status":"`+status+`"}`+"\n" {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", status, got, out, errs)
		}
	}
}

func TestSendTimesOut(t *testing.T) {
	u := newUser(t)
	out, errs, code := u.run("send", u.address(), "1", "--yes", "--wait", "confirmed", "--timeout", "1ns")
	if code != exitTimeout || !strings.Contains(out, idC) || !strings.Contains(errs, "handed in all the same") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestSendPendingInConflict(t *testing.T) {
	u := newUser(t)
	u.node.status = api.StatusConflicted
	u.fails(exitRejected, "conflicted", "send", u.address(), "1", "--yes", "--wait", "pending")
}
