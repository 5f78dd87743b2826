package cli

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/wallet"
)

func TestVerbsAreThoseThatNeedNoTerminal(t *testing.T) {
	var paths []string
	for _, c := range (&verbs{}).Commands() {
		paths = append(paths, c.Path)
	}
	for _, want := range []string{"tx show", "torrent add", "status", "wallet balance", "settings reload"} {
		if !slices.Contains(paths, want) {
			t.Errorf("no %q among %v", want, paths)
		}
	}
	for _, not := range elsewhere() {
		if slices.Contains(paths, not) {
			t.Errorf("%q is offered", not)
		}
	}
}

func TestVerbsRun(t *testing.T) {
	v := &verbs{dir: t.TempDir()}
	if got, err := v.Run(t.Context(), []string{"version"}); err != nil || !strings.Contains(got, "ttx") {
		t.Errorf("version: %q, %v", got, err)
	}
	if got, err := v.Run(t.Context(), []string{"status"}); err != nil || !strings.Contains(got, "hint: start one") {
		t.Errorf("status without a node: %q, %v", got, err)
	}
	for _, words := range [][]string{{"wallet", "new"}, {"node"}, {"node", "--tor", "x"}, {"send", "a", "1"}} {
		if got, err := v.Run(t.Context(), words); err == nil {
			t.Errorf("%v ran: %q", words, got)
		}
	}
	if got := v.Complete(t.Context(), []string{"tx", "s"}); !slices.Contains(got, "show") {
		t.Errorf("tx s completes to %v", got)
	}
	if got := v.Complete(t.Context(), []string{"settings", "show", "limit_u"}); !slices.Contains(got, "limit_up") {
		t.Errorf("limit_u completes to %v", got)
	}
}

func TestFirstRunIsNeverTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	a := &app{IO: IO{Out: io.Discard, Err: io.Discard}, dir: dir}
	s, err := a.firstRun()
	if err != nil || s == nil {
		t.Fatalf("no first run in a new folder: %v, %v", s, err)
	}
	words, ask := s.Words()
	if len(words) != 24 || len(ask) != askedWords || s.CheckWords(strings.Join(words, " ")) != "" {
		t.Errorf("%d words, %v", len(words), ask)
	}
	if s.CheckWords("one two") == "" || s.CheckWords(strings.Repeat("zoo ", 24)) == "" {
		t.Error("words of no wallet pass")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("words alone made the folder")
	}
	if err := s.Done(); err != nil {
		t.Fatal(err)
	}
	if again, err := a.firstRun(); err != nil || again != nil {
		t.Errorf("a second first run: %v, %v", again, err)
	}
}

func TestFirstRunMakesTheWallet(t *testing.T) {
	a := &app{IO: IO{Out: io.Discard, Err: io.Discard}, dir: filepath.Join(t.TempDir(), "data")}
	s, err := a.firstRun()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), testWords, testPassphrase); err != nil {
		t.Fatal(err)
	}
	w, err := wallet.Open(a.dir)
	if err != nil || len(w.Issued()) == 0 {
		t.Fatalf("no wallet: %v", err)
	}
	if again, err := a.firstRun(); err != nil || again != nil {
		t.Errorf("welcomed with a wallet: %v, %v", again, err)
	}
	if _, err := s.Join(t.Context(), filepath.Join(a.dir, "missing.torrent")); err == nil {
		t.Error("joined by a file that is not there")
	}
}
