package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// key gives a key press to whom it belongs: the palette, a dialog, the view while
// it types, the app, the view.
func (a *app) key(msg tea.KeyMsg) tea.Cmd {
	if a.notice.Tone == Bad {
		a.notice = NotifyMsg{}
	}
	if msg.String() == "ctrl+c" {
		return tea.Quit
	}
	if msg.Type == tea.KeyRunes && !msg.Paste && len(msg.Runes) > 1 {
		return a.keys(msg.Runes)
	}
	switch {
	case !a.ready && len(a.over) == 0:
		return a.keyBefore(msg)
	case a.palette != nil:
		return a.palettePress(msg)
	case len(a.over) > 0:
		return a.toOverlay(msg)
	case a.current().Capturing():
		return a.send(a.at, msg)
	case msg.Paste:
		return a.paste(string(msg.Runes))
	}
	if cmd, ours := a.ownKey(msg); ours {
		return cmd
	}
	if off := a.off(msg); off != "" {
		return Notify(Warn, off)
	}
	return a.send(a.at, msg)
}

// keys takes what came in one piece and is several keys: who types fast over a slow
// line, and terminals that do not say that something was pasted. A link or a path
// is never a row of keys.
func (a *app) keys(runes []rune) tea.Cmd {
	text := string(runes)
	for _, prefix := range []string{"magnet:", "http://", "https://", "file://"} {
		if strings.HasPrefix(text, prefix) {
			return a.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: runes, Paste: true})
		}
	}
	cmds := make([]tea.Cmd, len(runes))
	for i, r := range runes {
		cmds[i] = a.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	return tea.Sequence(cmds...)
}

// keyBefore is for a program that has no node yet.
func (a *app) keyBefore(msg tea.KeyMsg) tea.Cmd {
	if msg.String() == "q" || msg.String() == "esc" {
		return tea.Quit
	}
	return nil
}

// off is why a key does not work now.
func (a *app) off(msg tea.KeyMsg) string {
	for _, k := range a.current().Keys() {
		if k.Is(msg) {
			return k.Off
		}
	}
	return ""
}

func (a *app) ownKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	n := len(a.views)
	switch key := msg.String(); key {
	case "q":
		return a.leave(), true
	case ":":
		a.palette = newPalette(a)
		return nil, true
	case "?":
		return a.show(a.help()), true
	case "tab":
		return a.goTo((a.at + 1) % n), true
	case "shift+tab":
		return a.goTo((a.at + n - 1) % n), true
	case "ctrl+l":
		return tea.ClearScreen, true
	case "esc":
		if c, ok := a.current().(Closer); ok {
			if cmd, left := c.Back(); left {
				return cmd, true
			}
		}
		a.notice = NotifyMsg{}
		return a.send(a.at, msg), true
	default:
		if len(key) == 1 && key[0] >= '1' && key[0] <= '9' && int(key[0]-'1') < n {
			return a.goTo(int(key[0] - '1')), true
		}
	}
	return nil, false
}

// paste takes a magnet link or a path that was pasted or dropped onto the window.
func (a *app) paste(text string) tea.Cmd {
	text = strings.TrimSpace(text)
	i := a.index("torrents")
	if text == "" || i < 0 {
		return nil
	}
	return tea.Sequence(a.goTo(i), a.send(i, PasteMsg{text}))
}

func (a *app) mouse(msg tea.MouseMsg) tea.Cmd {
	if !a.ready || a.palette != nil {
		return nil
	}
	if len(a.over) > 0 {
		return a.toOverlay(msg)
	}
	e := tea.MouseEvent(msg)
	pressed := e.Action == tea.MouseActionPress && e.Button == tea.MouseButtonLeft
	if e.Y < a.headerHeight() {
		if pressed {
			return a.clickHeader(e.X, e.Y)
		}
		return nil
	}
	e.Y -= a.headerHeight()
	if e.Y >= a.bodyHeight() {
		return nil
	}
	return a.send(a.at, tea.MouseMsg(e))
}

// press runs a key of a view as if it had been pressed there.
func (a *app) press(id string, k Key) tea.Cmd {
	i := a.index(id)
	if k.Off != "" {
		return tea.Batch(a.goTo(i), Notify(Warn, k.Off))
	}
	return tea.Sequence(a.goTo(i), a.send(i, keyMsg(k.Keys[0])))
}

// ownKeys are those of what has the keys now.
func (a *app) ownKeys() []Key {
	switch {
	case len(a.over) > 0:
		return a.over[len(a.over)-1].keys()
	case !a.ready:
		return []Key{{Keys: []string{"q"}, Help: "quit"}}
	case a.current().Capturing():
		return []Key{{Keys: []string{"enter"}, Help: "done"}, {Keys: []string{"esc"}, Help: "cancel"}}
	}
	return a.current().Keys()
}

// lastKeys are those of the app that the footer ends with. A narrow window has but
// the way to all others.
func (a *app) lastKeys() []Key {
	if len(a.over) > 0 || !a.ready || a.current().Capturing() {
		return nil
	}
	keys := loud(appKeys())
	if ClassOf(a.w) == Narrow {
		return slices.DeleteFunc(keys, func(k Key) bool { return k.Keys[0] != "?" })
	}
	return keys
}
