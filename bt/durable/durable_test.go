package durable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	// The longest name that leaves room for the addition to that of the file beside it.
	name := filepath.Join(dir, strings.Repeat("n", 200))
	for _, content := range []string{"first", "", strings.Repeat("longer", 1000), "shorter"} {
		if err := Replace(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != content {
			t.Fatalf("%q, %v; want %q", got, err, content)
		}
	}
	onlyOne(t, dir)
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// TestReplaceFails: a name that cannot be taken keeps what it stands for, and nothing lies about afterwards.
func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(name, "by a folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(name, []byte("content")); err == nil {
		t.Error("a folder that is not empty was replaced")
	}
	onlyOne(t, dir)
	if err := Replace(filepath.Join(dir, "nowhere", "file"), nil); err == nil {
		t.Error("a file in no folder was written")
	}
}

func onlyOne(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v; want one entry", entries, err)
	}
}
