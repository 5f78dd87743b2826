package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Key is one row of a key table.
type Key struct {
	// Keys are names as tea.KeyMsg.String gives them: "j", "enter", "ctrl+r". The
	// first is the one that the footer shows.
	Keys []string
	// Help says what it does, in one or two words.
	Help string
	// Verb is the same thing in the palette, in the words of the command line:
	// "torrent pause". Empty: the palette does not have it.
	Verb string
	// Off is why it does not work now, a short sentence without a full stop; empty
	// when it works. A key that is off is greyed, and pressing it shows the reason:
	// the view never gets it.
	Off string
	// Quiet leaves it out of the footer: everybody knows it. The help has it.
	Quiet bool
}

// Is reports whether a key press is this row's.
func (k Key) Is(msg tea.KeyMsg) bool { return slices.Contains(k.Keys, msg.String()) }

// Label is the keys as people read them.
func (k Key) Label() string {
	shown := make([]string, len(k.Keys))
	for i, name := range k.Keys {
		shown[i] = keyName(name)
	}
	return strings.Join(shown, "/")
}

// keyName is how one key is written.
func keyName(name string) string {
	switch name {
	case "enter":
		return "Enter"
	case "esc":
		return "Esc"
	case "tab":
		return "Tab"
	case "shift+tab":
		return "Shift-Tab"
	case " ":
		return "Space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	case "home":
		return "Home"
	case "end":
		return "End"
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return "^" + strings.ToUpper(rest)
	}
	return name
}

// keyMsg makes the press of a key from its name.
func keyMsg(name string) tea.KeyMsg {
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(name)}
	}
	for t := range tea.KeyType(256) {
		if m := (tea.KeyMsg{Type: t - 128}); m.String() == name && m.Type != tea.KeyRunes {
			return m
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// appKeys work in every view.
func appKeys() []Key {
	return []Key{
		{Keys: []string{":"}, Help: "command"},
		{Keys: []string{"?"}, Help: "help", Verb: "help"},
		{Keys: []string{"tab"}, Help: "next view", Quiet: true},
		{Keys: []string{"shift+tab"}, Help: "view before", Quiet: true},
		{Keys: []string{"1…9"}, Help: "go to a view", Quiet: true},
		{Keys: []string{"esc"}, Help: "back", Quiet: true},
		{Keys: []string{"ctrl+l"}, Help: "draw anew", Quiet: true},
		{Keys: []string{"q", "ctrl+c"}, Help: "quit", Verb: "quit"},
	}
}
