package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestChooseMakesPathsAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, err := Choose("here"); err != nil || !filepath.IsAbs(string(got)) {
		t.Errorf("%s %v", got, err)
	}
}

func TestTheFolderIsForItsOwnerAlone(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "new"))
	if err := f.Make(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(string(f)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestARefusedFileLeavesNoFolder(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "new"))
	if _, err := f.Join([]byte("garbage")); err == nil {
		t.Fatal("garbage was joined")
	}
	if _, err := os.Stat(string(f)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestJoinLeavesOneFile(t *testing.T) {
	f := Folder(t.TempDir())
	b, _ := networkFile(t, 1)
	if _, err := f.Join(b); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(string(f))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v %v", entries, err)
	}
}

// TestADamagedNetworkFileIsNotTheDevnet: a folder must not change networks
// because a disk failed.
func TestADamagedNetworkFileIsNotTheDevnet(t *testing.T) {
	f := Folder(t.TempDir())
	if err := os.WriteFile(f.NetworkFile(), []byte("d4:info"), 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err := f.Network(); err == nil {
		t.Errorf("read as %+v", file)
	}
}
