package proofdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger/tx"
)

func folder(t *testing.T) *Folder {
	t.Helper()
	dir := t.TempDir()
	return Open(filepath.Join(dir, "proofs"), filepath.Join(dir, "proofs.json"))
}

func write(t *testing.T, f *Folder, name, content string) {
	t.Helper()
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fresh(t *testing.T, f *Folder) []string {
	t.Helper()
	files, err := f.Fresh()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, file := range files {
		names = append(names, file.Name)
	}
	return names
}

func remember(t *testing.T, f *Folder, r Record) {
	t.Helper()
	files, err := f.Fresh()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f.Record(file, r)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasSeenIsNotSeenAgain(t *testing.T) {
	f := folder(t)
	if got := fresh(t, f); len(got) != 0 {
		t.Fatalf("a folder that is not there holds %q", got)
	}
	odd := "\x1b[2J\xff\n.TORRENT"
	write(t, f, "a.torrent", "one")
	write(t, f, odd, "two")
	write(t, f, "notes.txt", "no torrent")
	if got := fresh(t, f); !slices.Equal(got, []string{odd, "a.torrent"}) {
		t.Fatalf("found %q", got)
	}
	remember(t, f, Record{TxID: "aa", Level: "valid"})
	again := Open(f.dir, f.memory)
	if got := fresh(t, again); len(got) != 0 {
		t.Errorf("seen again: %q", got)
	}
	if got := again.Records(); len(got) != 2 || string(got[0].Name) != odd || got[1].Level != "valid" {
		t.Errorf("records %+v", got)
	}
	write(t, f, "a.torrent", "another")
	if got := fresh(t, again); !slices.Equal(got, []string{"a.torrent"}) {
		t.Errorf("changed: %q", got)
	}
	if err := os.Remove(filepath.Join(f.dir, odd)); err != nil {
		t.Fatal(err)
	}
	fresh(t, again)
	if got := again.Records(); len(got) != 1 {
		t.Errorf("records %+v", got)
	}
}

// TestOnlyRegularFilesAreRead: what else may stand in a folder under a fitting
// name is neither listed nor opened.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	f := folder(t)
	write(t, f, "a.torrent", "one")
	secret := filepath.Join(filepath.Dir(f.dir), "secret.torrent")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.Symlink(secret, filepath.Join(f.dir, "link.torrent")),
		os.Mkdir(filepath.Join(f.dir, "dir.torrent"), 0o700),
		syscall.Mkfifo(filepath.Join(f.dir, "pipe.torrent"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	if got := fresh(t, f); !slices.Equal(got, []string{"a.torrent"}) {
		t.Errorf("found %q", got)
	}
	for _, name := range []string{"link.torrent", "dir.torrent", "pipe.torrent", "../secret.torrent", secret} {
		if b, err := f.Read(name); err == nil {
			t.Errorf("read %s: %q", name, b)
		}
	}
}

func TestPutReplacesNothing(t *testing.T) {
	f, id := folder(t), tx.ID{1}
	first, err := f.Put(id, []byte("one"))
	if err != nil || first != id.String()+".torrent" {
		t.Fatalf("%q %v", first, err)
	}
	if same, err := f.Put(id, []byte("one")); err != nil || same != first {
		t.Errorf("the same again: %q %v", same, err)
	}
	second, err := f.Put(id, []byte("two"))
	if err != nil || second == first {
		t.Errorf("another: %q %v", second, err)
	}
	for name, want := range map[string]string{first: "one", second: "two"} {
		if b, err := f.Read(name); err != nil || string(b) != want {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	if got := fresh(t, f); len(got) != 2 {
		t.Errorf("the folder holds %q", got)
	}
}

func TestBounds(t *testing.T) {
	f := folder(t)
	for i := range MaxFiles + 1 {
		write(t, f, fmt.Sprintf("%05d.torrent", i), "")
	}
	if got := fresh(t, f); len(got) != MaxFiles || !f.More() {
		t.Fatalf("%d files, more %v", len(got), f.More())
	}
	remember(t, f, Record{Error: "no proof", Code: "malformed"})
	if got := fresh(t, f); len(got) != 0 {
		t.Errorf("%d files seen again", len(got))
	}
	if _, err := f.Put(tx.ID{1}, []byte("x")); !errors.Is(err, ErrFull) {
		t.Errorf("a full folder takes more: %v", err)
	}
	if got := Open(f.dir, f.memory).Records(); len(got) != MaxFiles {
		t.Errorf("%d records", len(got))
	}
	large := folder(t)
	write(t, large, "large.torrent", string(make([]byte, MaxFile+1)))
	write(t, large, "just.torrent", string(make([]byte, MaxFile)))
	if _, err := large.Read("large.torrent"); !errors.Is(err, tx.ErrFile) {
		t.Errorf("a file of %d bytes: %v", MaxFile+1, err)
	}
	if b, err := large.Read("just.torrent"); err != nil || len(b) != MaxFile {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// TestBrokenMemory: records are only a matter of time.
func TestBrokenMemory(t *testing.T) {
	f := folder(t)
	write(t, f, "a.torrent", "one")
	if err := os.WriteFile(f.memory, []byte(`[{"name":`), 0o600); err != nil {
		t.Fatal(err)
	}
	again := Open(f.dir, f.memory)
	if got := fresh(t, again); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	remember(t, again, Record{At: time.Unix(5, 0)})
	if got := Open(f.dir, f.memory).Records(); len(got) != 1 || !got[0].At.Equal(time.Unix(5, 0)) {
		t.Errorf("records %+v", got)
	}
}

// TestTouched: who lists the folder takes no news from who watches it.
func TestTouched(t *testing.T) {
	f := folder(t)
	if f.Touched() {
		t.Error("a folder that is not there was touched")
	}
	write(t, f, "a.torrent", "one")
	fresh(t, f)
	if !f.Touched() {
		t.Error("a new file was not seen")
	}
	if f.Touched() {
		t.Error("a new file was seen twice")
	}
	later := time.Now().Add(time.Hour) // clocks of file systems are coarse
	if err := os.Chtimes(f.dir, later, later); err != nil {
		t.Fatal(err)
	}
	if !f.Touched() {
		t.Error("a change was not seen")
	}
}

func TestSpenders(t *testing.T) {
	f := folder(t)
	write(t, f, "a.torrent", "one")
	write(t, f, "b.torrent", "two")
	record := func(name string, r Record) {
		t.Helper()
		file, err := f.Look(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Record(file, r)
	}
	spends := func(want ...string) {
		t.Helper()
		got := f.Spenders("coin")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("spenders %v, want %v", got, want)
		}
	}
	record("a.torrent", Record{TxID: "aa", Spends: []string{"coin", "other"}})
	record("b.torrent", Record{TxID: "bb", Spends: []string{"coin"}})
	spends("aa", "bb")
	record("a.torrent", Record{TxID: "aa"})
	spends("bb")
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	f = Open(f.dir, f.memory)
	spends("bb")
	if err := os.Remove(filepath.Join(f.dir, "b.torrent")); err != nil {
		t.Fatal(err)
	}
	fresh(t, f)
	spends()
	if f.Len() != 1 {
		t.Errorf("%d records", f.Len())
	}
}
