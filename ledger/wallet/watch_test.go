package wallet

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

// quick keeps scrypt from taking a second a test.
var quick = Options{WorkFactor: 2}

const passphrase = "open sesame"

func createArt(t *testing.T, dir string) *Watch {
	t.Helper()
	words, err := ParseMnemonic(artWords)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, words, passphrase, quick)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return w
}

func reopen(t *testing.T, dir string) *Watch {
	t.Helper()
	w, err := Open(dir)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return w
}

func TestCreateAndOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	created := createArt(t, dir)
	keys := artKeys(t, 1+PoolSize)
	for _, w := range []*Watch{created, reopen(t, dir)} {
		if got := w.Issued(); len(got) != 1 || got[0] != keys.addresses()[0] {
			t.Errorf("Issued: %v", got)
		}
		if !slices.Equal(w.Keys(), keys.addresses()) {
			t.Errorf("%d keys are not the first %d of the words", len(w.Keys()), 1+PoolSize)
		}
		if w.VoterKey() != keys.VoterKey() {
			t.Errorf("VoterKey: %s", w.VoterKey())
		}
	}
}

// TestFilesOnDisk checks modes, that nothing else is left, and that what lies
// there in clear gives nothing away.
func TestFilesOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	createArt(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("files: %v, %v", entries, err)
	}
	wantMode(t, dir, 0o700)
	for _, name := range []string{seedFile, publicFile} {
		wantMode(t, filepath.Join(dir, name), 0o600)
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("abandon")) || bytes.Contains(content, []byte(passphrase)) {
			t.Errorf("%s has a secret in clear", name)
		}
	}
	sealed, err := os.ReadFile(filepath.Join(dir, seedFile))
	if err != nil || !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n-> scrypt ")) {
		t.Errorf("the seed file is no age file: %.40q, %v", sealed, err)
	}
}

func wantMode(t *testing.T, name string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v; expected %v", name, info.Mode(), err, want)
	}
}

func TestCreateRefusesToOverwrite(t *testing.T) {
	for _, leave := range []string{seedFile, publicFile} {
		dir := t.TempDir()
		createArt(t, dir)
		for _, name := range []string{seedFile, publicFile} {
			if name != leave {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		before, err := os.ReadFile(filepath.Join(dir, leave))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Create(dir, NewMnemonic(), "other", quick); !errors.Is(err, ErrExists) {
			t.Errorf("Create over %s: %v", leave, err)
		}
		after, err := os.ReadFile(filepath.Join(dir, leave))
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s has changed: %v", leave, err)
		}
	}
}

// TestCreateAtOnce lets creators race: one wins, and its words are those that
// the addresses belong to.
func TestCreateAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		all.Go(func() {
			_, err := Create(dir, NewMnemonic(), passphrase, quick)
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	won := 0
	for err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, ErrExists) {
			t.Errorf("Create: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d wallets were made", won)
	}
	if _, err := reopen(t, dir).Unlock(passphrase); err != nil {
		t.Errorf("Unlock: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	words := NewMnemonic()
	for name, tt := range map[string]struct {
		words      Mnemonic
		passphrase string
		opts       Options
		want       error
	}{
		"no words":      {Mnemonic{}, passphrase, quick, ErrMnemonic},
		"no passphrase": {words, "", quick, ErrPassphrase},
		"too much work": {words, passphrase, Options{WorkFactor: maxWorkFactor + 1}, nil},
		"too little":    {words, passphrase, Options{WorkFactor: -1}, nil},
	} {
		dir := filepath.Join(t.TempDir(), "w")
		if _, err := Create(dir, tt.words, tt.passphrase, tt.opts); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something is left: %v", name, err)
		}
	}
}

func TestUnlock(t *testing.T) {
	dir := t.TempDir()
	w := createArt(t, dir)
	keys, err := w.Unlock(passphrase)
	if err != nil {
		t.Fatalf("Unlock: %v", err)
	}
	for _, key := range w.Keys() {
		if private, ok := keys.PrivateFor(key); !ok || tx.PublicKey(private) != key {
			t.Errorf("no private key for %s", key)
		}
	}
	words, err := w.Reveal(passphrase)
	if err != nil || words.Reveal() != artWords {
		t.Errorf("Reveal: %v", err)
	}
	for _, wrong := range []string{"", "open sesame ", "Open sesame"} {
		keys, err := w.Unlock(wrong)
		if !errors.Is(err, ErrPassphrase) || keys != nil {
			t.Errorf("Unlock(%q): %v", wrong, err)
		}
	}
}

func TestOpenNothing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "absent")} {
		if _, err := Open(dir); !errors.Is(err, ErrNoWallet) {
			t.Errorf("Open: %v", err)
		}
	}
}

// TestPoolRunsDry gives out every address of a locked wallet, each once, until
// it has to be unlocked.
func TestPoolRunsDry(t *testing.T) {
	dir := t.TempDir()
	w := createArt(t, dir)
	seen := map[tx.Key]bool{w.Issued()[0]: true}
	for range PoolSize {
		key, err := reopen(t, dir).NewAddress()
		if err != nil || seen[key] {
			t.Fatalf("NewAddress: %s, %v", key, err)
		}
		seen[key] = true
	}
	if key, err := w.NewAddress(); !errors.Is(err, ErrPoolEmpty) {
		t.Errorf("NewAddress: %s, %v", key, err)
	}
	if _, err := w.Unlock(passphrase); err != nil {
		t.Fatalf("Unlock: %v", err)
	}
	if key, err := w.NewAddress(); err != nil || seen[key] {
		t.Errorf("NewAddress after Unlock: %s, %v", key, err)
	}
	if got := len(w.Issued()); got != PoolSize+2 {
		t.Errorf("%d addresses are given out", got)
	}
}

func TestNewAddressAtOnce(t *testing.T) {
	w := createArt(t, t.TempDir())
	var all sync.WaitGroup
	out := make(chan tx.Key, 20)
	for range cap(out) {
		all.Go(func() {
			key, err := w.NewAddress()
			if err != nil {
				t.Errorf("NewAddress: %v", err)
			}
			out <- key
		})
	}
	all.Wait()
	close(out)
	seen := make(map[tx.Key]bool)
	for key := range out {
		if seen[key] {
			t.Errorf("%s was given out twice", key)
		}
		seen[key] = true
	}
}

func TestMarkUsed(t *testing.T) {
	dir := t.TempDir()
	w := createArt(t, dir)
	keys := w.Keys()
	for _, step := range []struct {
		key  tx.Key
		want int
	}{{keys[0], 1}, {keys[7], 8}, {keys[3], 8}, {tx.Key{1}, 8}, {keys[PoolSize], PoolSize + 1}} {
		if err := w.MarkUsed(step.key); err != nil {
			t.Fatalf("MarkUsed: %v", err)
		}
		if got := len(reopen(t, dir).Issued()); got != step.want {
			t.Errorf("%d addresses are given out, expected %d", got, step.want)
		}
	}
}

// TestPublicFileLost opens a wallet of which the words alone are left.
func TestPublicFileLost(t *testing.T) {
	dir := t.TempDir()
	before := createArt(t, dir)
	if err := os.Remove(filepath.Join(dir, publicFile)); err != nil {
		t.Fatal(err)
	}
	w := reopen(t, dir)
	if _, err := w.NewAddress(); !errors.Is(err, ErrPoolEmpty) {
		t.Errorf("NewAddress: %v", err)
	}
	if _, err := w.Unlock(passphrase); err != nil {
		t.Fatalf("Unlock: %v", err)
	}
	if !slices.Equal(w.Keys(), before.Keys()) || !slices.Equal(reopen(t, dir).Keys(), before.Keys()) {
		t.Error("the addresses are not the ones from before")
	}
}

// TestSeedFileLost: watching goes on, and the loss is told when it matters.
func TestSeedFileLost(t *testing.T) {
	dir := t.TempDir()
	createArt(t, dir)
	if err := os.Remove(filepath.Join(dir, seedFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, dir).Unlock(passphrase); !errors.Is(err, ErrNoWallet) {
		t.Errorf("Unlock: %v", err)
	}
}
