package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/tx"
)

func networkFile(t *testing.T, coins int) ([]byte, *tx.Tx) {
	t.Helper()
	n := ledgertest.NewNetwork(coins, 0)
	b, err := (&tx.File{Genesis: n.Genesis, Tx: n.Genesis}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b, n.Genesis
}

func TestChoosePrefersFlagThenVariableThenUser(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	t.Setenv(dirVariable, "/variable")
	for _, c := range []struct {
		flag, variable string
		want           Folder
	}{{"/flag", "/variable", "/flag"}, {"", "/variable", "/variable"}, {"", "", "/data/ttx"}} {
		t.Setenv(dirVariable, c.variable)
		if got, err := Choose(c.flag); err != nil || got != c.want {
			t.Errorf("flag %q, variable %q: %q (%v), want %q", c.flag, c.variable, got, err, c.want)
		}
	}
}

func TestANewFolderIsOnTheDevnet(t *testing.T) {
	file, err := Folder(t.TempDir()).Network()
	if err != nil {
		t.Fatal(err)
	}
	devnet, err := network.Devnet()
	if err != nil || file.Genesis.ID() != devnet.ID() {
		t.Errorf("%v %v", file.Genesis.ID(), err)
	}
}

func TestJoinKeepsALedgerOfAnotherNetworkApart(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "new"))
	b, genesis := networkFile(t, 1)
	if _, err := f.Join(b); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Network(); err != nil || got.Genesis.ID() != genesis.ID() {
		t.Fatalf("%v %v", got, err)
	}
	other, _ := networkFile(t, 2)
	if err := os.Mkdir(f.Ledger(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Join(other); !errors.Is(err, ErrJoined) {
		t.Errorf("joined over another network's ledger: %v", err)
	}
	if _, err := f.Join(b); err != nil {
		t.Errorf("joining the same network again: %v", err)
	}
	if err := f.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Join(other); err != nil {
		t.Errorf("after a reset: %v", err)
	}
	if _, err := f.Join([]byte("d4:infod")); err == nil {
		t.Error("garbage was joined")
	}
}

func TestResetKeepsTheWallet(t *testing.T) {
	f := Folder(t.TempDir())
	for _, name := range []string{"wallet.age", "wallet.json", "peers.json", "proofs.json", "keeper.json"} {
		if err := os.WriteFile(f.path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(f.Ledger(), 0o700), f.Reset()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"wallet.age": true, "wallet.json": true, "peers.json": false, "ledger": false, "proofs.json": false, "keeper.json": false,
	} {
		if _, err := os.Stat(f.path(name)); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
}

func TestLockIsForOne(t *testing.T) {
	f := Folder(t.TempDir())
	lock, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := f.Lock()
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

// A status that reads the folder for a moment keeps no node from starting.
func TestANodeWaitsForACommand(t *testing.T) {
	f := Folder(t.TempDir())
	borrowed, err := f.Borrow()
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() {
		lock, err := f.Lock()
		waited <- err
		if err == nil {
			waited <- lock.Release()
		}
	}()
	select {
	case err := <-waited:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(3 * lockTry):
	}
	if err := borrowed.Release(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-waited, <-waited); err != nil {
		t.Fatal(err)
	}
	node, err := f.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Borrow(); !errors.Is(err, ErrLocked) {
		t.Errorf("a command beside a node: %v", err)
	}
	if err := node.Release(); err != nil {
		t.Error(err)
	}
}
