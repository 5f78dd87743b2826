package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/teatest"
)

// fakeSetup remembers what the first run did.
type fakeSetup struct {
	words             []string
	made, pass, joins string
	done              chan struct{}
}

func newSetup() *fakeSetup {
	s := &fakeSetup{done: make(chan struct{})}
	for i := range 24 {
		s.words = append(s.words, fmt.Sprintf("word%c", 'a'+i))
	}
	return s
}

func (s *fakeSetup) Words() ([]string, []int) { return s.words, []int{1, 23} }

func (s *fakeSetup) CheckWords(text string) string {
	if len(strings.Fields(text)) != 24 {
		return "24 words are needed"
	}
	return ""
}

func (s *fakeSetup) Create(_ context.Context, words, passphrase string) error {
	s.made, s.pass = words, passphrase
	return nil
}

func (s *fakeSetup) Join(_ context.Context, what string) (string, error) {
	if what == "missing.torrent" {
		return "", errors.New("read the torrent file: no such file")
	}
	s.joins = what
	return "lab", nil
}

func (s *fakeSetup) Done() error { close(s.done); return nil }

func startFresh(t *testing.T, s *fakeSetup) *teatest.TestModel {
	t.Helper()
	o := options(lab().backend())
	o.Setup = s
	return teatest.NewTestModel(t, newApp(t.Context(), o), teatest.WithInitialTermSize(100, 30))
}

// write types a text key by key.
func write(m *teatest.TestModel, text string) {
	for _, r := range text {
		press(m, string(r))
	}
}

func TestFirstRunMakesAWalletOnceItsWordsAreOnPaper(t *testing.T) {
	s := newSetup()
	m := startFresh(t, s)
	see(t, m, "Welcome to ttx")
	press(m, "n")
	see(t, m, "Write these words down", "24 wordx")
	press(m, "w")
	see(t, m, "Which words", "Word 2", "Word 24")
	write(m, "wordz")
	press(m, "enter")
	write(m, "wordx")
	press(m, "enter")
	see(t, m, "Word 2 is another one")
	if s.made != "" {
		t.Error("a wallet was made of words that were not confirmed")
	}
	write(m, "wordb")
	press(m, "enter")
	write(m, "wordx")
	press(m, "enter")
	see(t, m, "A passphrase for the wallet")
	write(m, "secret")
	press(m, "enter")
	write(m, "secre")
	press(m, "enter")
	see(t, m, "the two differ")
	write(m, "t")
	press(m, "enter")
	see(t, m, "Which network?")
	press(m, "d")
	see(t, m, "in step with 5 of 5 peers")
	<-s.done
	if s.made != strings.Join(s.words, " ") || s.pass != "secret" {
		t.Errorf("made a wallet of %q with %q", s.made, s.pass)
	}
	quit(t, m)
}

func TestFirstRunEscapeLeavesTheWords(t *testing.T) {
	m := startFresh(t, newSetup())
	see(t, m, "Welcome to ttx")
	press(m, "n")
	see(t, m, "Write these words down", "worda")
	press(m, "esc")
	see(t, m, "Make a new wallet")
	press(m, "ctrl+c")
	quit(t, m)
}

func TestFirstRunCanBeSkipped(t *testing.T) {
	s := newSetup()
	m := startFresh(t, s)
	see(t, m, "Welcome to ttx")
	press(m, "s")
	see(t, m, "Which network?")
	press(m, "d")
	see(t, m, "in step with 5 of 5 peers")
	<-s.done
	if s.made != "" || s.joins != "" {
		t.Errorf("made %q, joined %q", s.made, s.joins)
	}
	quit(t, m)
}

func TestFirstRunRestoresAndJoins(t *testing.T) {
	s := newSetup()
	m := startFresh(t, s)
	see(t, m, "Welcome to ttx")
	press(m, "r")
	see(t, m, "Restore a wallet")
	write(m, "one two")
	press(m, "enter")
	see(t, m, "24 words are needed")
	press(m, "ctrl+u")
	write(m, strings.Join(s.words, " "))
	press(m, "enter")
	see(t, m, "A passphrase")
	write(m, "p")
	press(m, "enter")
	write(m, "p")
	press(m, "enter")
	see(t, m, "Which network?")
	press(m, "a")
	see(t, m, "Join a network")
	write(m, "missing.torrent")
	press(m, "enter")
	see(t, m, "no such file")
	write(m, "lab.torrent")
	press(m, "enter")
	see(t, m, "in step")
	<-s.done
	if s.joins != "lab.torrent" {
		t.Errorf("joined %q", s.joins)
	}
	quit(t, m)
}
