package tui

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// maxInput bounds what is typed or pasted into one line, in characters: a magnet
// link has at most 64 KB.
const maxInput = 64 << 10

// input is one line of text that is being typed. It does not blink: nothing is
// drawn while nobody types.
type input struct{ line textinput.Model }

func newInput(prompt string) input {
	line := textinput.New()
	line.Prompt, line.CharLimit, line.EchoCharacter = prompt, maxInput, '•'
	line.Cursor.SetMode(cursor.CursorStatic)
	// Its own way to paste runs a program that asks this machine's clipboard, which
	// over ssh is the wrong one. The terminal's paste arrives as keys.
	line.KeyMap.Paste = key.NewBinding()
	return input{line}
}

// hide shows dots in place of what is typed.
func (i *input) hide() { i.line.EchoMode = textinput.EchoPassword }

// on says that the keys are for it.
func (i *input) on() bool { return i.line.Focused() }

// focus gives it the keys, blur takes them. The command that the cursor would
// blink with is none.
func (i *input) focus() { i.line.Focus() }
func (i *input) blur()  { i.line.Blur() }

func (i *input) value() string { return i.line.Value() }

// set puts a text there, with the cursor behind it.
func (i *input) set(s string) {
	i.line.SetValue(singleLine(s))
	i.line.CursorEnd()
}

// singleLine makes the same of a text that Clean does, but for its length: that of
// a line is bounded where it is taken, as a whole. The library takes out the marks
// of what was not visible.
func singleLine(s string) string {
	return cleanTo(strings.TrimRight(s, "\r\n"), math.MaxInt)
}

// What a key press did to an input.
type inputEvent int

const (
	inputUsed inputEvent = iota
	inputDone            // Enter
	inputGone            // Esc
)

// press takes a key. Enter and Esc end the input.
func (i *input) press(msg tea.KeyMsg) inputEvent {
	i.focus()
	switch msg.String() {
	case "enter":
		i.blur()
		return inputDone
	case "esc":
		i.blur()
		return inputGone
	}
	if i.takes(&msg) {
		i.line, _ = i.line.Update(msg)
	}
	return inputUsed
}

// takes cleans what is typed. A paste that does not fit is left out as a whole: half
// a link is another one. Alt with a letter that means nothing is no letter.
func (i *input) takes(msg *tea.KeyMsg) bool {
	if msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace {
		return true
	}
	if keys := i.line.KeyMap; msg.Alt {
		return key.Matches(*msg, keys.WordForward, keys.WordBackward, keys.DeleteWordForward)
	}
	text := singleLine(string(msg.Runes))
	msg.Runes = []rune(text)
	return utf8.RuneCountInString(i.value())+len(msg.Runes) <= maxInput
}

// render shows prompt, text and cursor in one line of w columns, scrolled to the
// cursor. hint stands there while nothing does.
func (i *input) render(t *Theme, w int, hint string) string {
	l := &i.line
	l.PromptStyle, l.TextStyle, l.PlaceholderStyle = t.Key, t.Text, t.Muted
	l.Cursor.Style, l.Cursor.TextStyle, l.Placeholder = t.caret(), t.Text, hint
	// A column for the cursor behind the text, one for the bar that it may be.
	if room := max(1, w-Width(l.Prompt)-2); room != l.Width {
		at := l.Position()
		l.Width = room
		l.CursorEnd() // scrolls by the new width, which the cursor alone does not
		l.SetCursor(at)
	}
	return Cut(strings.TrimRight(l.View(), " "), w)
}

// caret draws the character under the cursor. Without colours a bar stands before it.
func (t *Theme) caret() lipgloss.Style {
	if t.Text.Reverse(true).Render("x") != "x" {
		return t.Text
	}
	return t.Text.Transform(func(c string) string { return "▏" + strings.TrimRight(c, " ") })
}
