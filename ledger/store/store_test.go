package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/store/storetest"
	"go.uber.org/goleak"
)

// TestMain is also the entry of the children that tests start: the test binary
// again, with the directory of a store in its environment.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(appendForever(dir))
	}
	goleak.VerifyTestMain(m)
}

func openDisk(t testing.TB, dir string) *store.Disk {
	t.Helper()
	s, err := store.OpenDisk(dir, nil)
	if err != nil {
		t.Fatalf("OpenDisk: %v", err)
	}
	return s
}

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) (store.Store, func(*testing.T) store.Store) {
		return store.NewMemory(), nil
	})
}

func TestDisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func(*testing.T) store.Store) {
		dir := filepath.Join(t.TempDir(), "made", "on", "demand")
		open := func(t *testing.T) store.Store { return openDisk(t, dir) }
		return open(t), open
	})
}

func TestLockedInProcess(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir)
	other, err := store.OpenDisk(dir, nil)
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("second open: %v, %v", other, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openDisk(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRelativeNameIsTheSameStore(t *testing.T) {
	t.Chdir(t.TempDir())
	s := openDisk(t, "s")
	defer s.Close()
	abs, err := filepath.Abs("s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenDisk(abs, nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("open by the absolute name: %v", err)
	}
}

func TestOpenUnderAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenDisk(filepath.Join(file, "s"), nil); err == nil || errors.Is(err, store.ErrLocked) {
		t.Errorf("open under a file: %v", err)
	}
}
