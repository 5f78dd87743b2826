package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
)

// maxInput bounds what is typed or pasted into one line, in bytes: a magnet link
// has at most 64 KB.
const maxInput = 64 << 10

// input is one line of text that is being typed. It does not blink: nothing is
// drawn while nobody types.
type input struct {
	prompt string
	on     bool
	secret bool
	text   []string // grapheme clusters
	at     int      // the cursor, before text[at]
}

func newInput(prompt string) input { return input{prompt: prompt} }

func (i *input) value() string { return strings.Join(i.text, "") }

func (i *input) set(s string) {
	i.text, i.at = nil, 0
	i.insert(s)
}

func (i *input) insert(s string) {
	if len(i.value())+len(s) > maxInput {
		return
	}
	var add []string
	for rest, state := singleLine(s), -1; rest != ""; {
		var c string
		c, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		add = append(add, c)
	}
	text := append([]string{}, i.text[:i.at]...)
	i.text = append(append(text, add...), i.text[i.at:]...)
	i.at += len(add)
}

// singleLine is a pasted text without what is no text.
func singleLine(s string) string {
	return strings.Map(func(r rune) rune {
		if visible(r) == replacement {
			return -1
		}
		return visible(r)
	}, strings.TrimRight(s, "\r\n"))
}

// What a key press did to an input.
type inputEvent int

const (
	inputUsed inputEvent = iota
	inputDone            // Enter
	inputGone            // Esc
	inputNot             // not for it
)

// press takes a key. Enter and Esc end the input.
func (i *input) press(msg tea.KeyMsg) inputEvent {
	switch msg.String() {
	case "enter":
		i.on = false
		return inputDone
	case "esc":
		i.on = false
		return inputGone
	case "backspace", "ctrl+h":
		i.cut(i.at-1, i.at)
	case "delete":
		i.cut(i.at, i.at+1)
	case "ctrl+u":
		i.cut(0, i.at)
	case "ctrl+k":
		i.cut(i.at, len(i.text))
	case "ctrl+w":
		i.cut(i.word(), i.at)
	case "left", "ctrl+b":
		i.at = max(0, i.at-1)
	case "right", "ctrl+f":
		i.at = min(len(i.text), i.at+1)
	case "home", "ctrl+a":
		i.at = 0
	case "end", "ctrl+e":
		i.at = len(i.text)
	default:
		if (msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace) || msg.Alt {
			return inputNot
		}
		i.insert(string(msg.Runes))
	}
	return inputUsed
}

// word is where the word before the cursor begins.
func (i *input) word() int {
	at := i.at
	for at > 0 && i.text[at-1] == " " {
		at--
	}
	for at > 0 && i.text[at-1] != " " {
		at--
	}
	return at
}

func (i *input) cut(from, to int) {
	if from < 0 || to > len(i.text) {
		return
	}
	i.text = append(append([]string{}, i.text[:from]...), i.text[to:]...)
	i.at = from
}

// render shows prompt, text and cursor in one line of w columns, scrolled to the cursor.
func (i *input) render(t *Theme, w int) string {
	before, at, after := strings.Join(i.text[:i.at], ""), " ", ""
	if i.at < len(i.text) {
		at, after = i.text[i.at], strings.Join(i.text[i.at+1:], "")
	}
	if i.secret {
		before, after = strings.Repeat("•", i.at), strings.Repeat("•", max(0, len(i.text)-i.at-1))
		if i.at < len(i.text) {
			at = "•"
		}
	}
	room := max(1, w-Width(i.prompt)-2)
	if over := Width(before) - room; over > 0 {
		before = "…" + ansi.TruncateLeft(before, over+1, "")
	}
	return Cut(t.Key.Render(i.prompt)+before+t.caret(at, i.on)+after, w)
}

// caret draws the character under the cursor. Without colours a bar stands before it.
func (t *Theme) caret(c string, on bool) string {
	if !on {
		return c
	}
	if drawn := t.Text.Reverse(true).Render(c); drawn != c {
		return drawn
	}
	return "▏" + strings.TrimRight(c, " ")
}
