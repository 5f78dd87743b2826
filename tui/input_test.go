package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// typed is an input that got these keys.
func typed(in input, keys ...string) *input {
	for _, k := range keys {
		in.press(keyMsg(k))
	}
	return &in
}

func pasted(text string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
}

func TestInputEdits(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"a", "b", "left", "c"}, "acb"},
		{[]string{"a", " ", "b", "ctrl+w"}, "a "},
		{[]string{"a", "b", "ctrl+a", "delete"}, "b"},
		{[]string{"a", "b", "left", "ctrl+u"}, "b"},
		{[]string{"a", "b", "home", "ctrl+k"}, ""},
		{[]string{"日", "本", "backspace"}, "日"},
	} {
		if got := typed(newInput(""), c.keys...).value(); got != c.want {
			t.Errorf("%v: %q, want %q", c.keys, got, c.want)
		}
	}
}

// A hostile paste leaves nothing that a terminal obeys, and one that is too long
// leaves nothing at all.
func TestInputPaste(t *testing.T) {
	in := newInput("")
	in.press(pasted("a\x1b[2Jb\u202ec\td\r\n"))
	if got := in.value(); got != "a[2Jbc d" {
		t.Errorf("hostile paste: %q", got)
	}
	in = newInput("")
	in.press(pasted(strings.Repeat("x", maxInput)))
	if got := len(in.value()); got != maxInput {
		t.Errorf("the longest line has %d characters, want %d", got, maxInput)
	}
	in.press(keyMsg("left"))
	in.press(pasted("y"))
	if strings.Contains(in.value(), "y") {
		t.Error("more than the bound was taken")
	}
	in.set("short")
	in.press(pasted(strings.Repeat("x", maxInput)))
	if got := in.value(); got != "short" {
		t.Errorf("half of a paste was taken: %d bytes", len(got))
	}
}

func TestInputDraws(t *testing.T) {
	theme := PlainTheme()
	in := newInput(":")
	in.focus()
	in.set("0123456789")
	if got := in.render(theme, 8, ""); got != ":56789▏" {
		t.Errorf("at the end of a long text: %q", got)
	}
	in.press(keyMsg("home"))
	if got := in.render(theme, 8, ""); !strings.HasPrefix(got, ":▏0123") || Width(got) > 8 {
		t.Errorf("at its begin: %q", got)
	}
	if got := in.render(theme, 40, ""); got != ":▏0123456789" {
		t.Errorf("in a wider window: %q", got)
	}
	in.set("")
	if got := in.render(theme, 20, "a hint"); got != ":▏a hint" {
		t.Errorf("empty: %q", got)
	}
	in.hide()
	in.set("pass")
	if got := in.render(theme, 20, ""); got != ":••••▏" || strings.Contains(got, "pass") {
		t.Errorf("secret: %q", got)
	}
}

// An input never asks the machine's clipboard and never wakes the program to blink.
func TestInputAsksNothing(t *testing.T) {
	in := newInput("")
	if cmd := in.line.Focus(); cmd != nil {
		t.Error("the cursor blinks")
	}
	if _, cmd := in.line.Update(keyMsg("ctrl+v")); cmd != nil {
		t.Errorf("ctrl+v runs %T", cmd())
	}
	if _, cmd := in.line.Update(keyMsg("x")); cmd != nil {
		t.Error("a key press starts something")
	}
}
