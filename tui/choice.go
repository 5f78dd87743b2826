package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Choice is a dialog that asks for one of a few things.
type Choice struct {
	Title string
	// Body stands above the options; it is wrapped, and left out of a window that is
	// too low. Words stand below it, numbered, in as many columns as have room.
	Body    []string
	Words   []string
	Options []Option
	// Leave is run by Esc; nil keeps the dialog open.
	Leave tea.Cmd
}

// Option is one of them.
type Option struct {
	// Key takes it, and is neither j nor k; Label says what it is, More what that means.
	Key, Label, More string
	Do               tea.Cmd
}

func (c *Choice) open(Deps) overlay { return &choice{Choice: *c} }

type choice struct {
	Choice
	at int
}

func (c *choice) keys() []Key {
	keys := []Key{{Keys: []string{"enter"}, Help: "take"}, {Keys: []string{"j", "k"}, Help: "move"}}
	if c.Leave != nil {
		keys = append(keys, Key{Keys: []string{"esc"}, Help: "back"})
	}
	return keys
}

func (c *choice) update(msg tea.Msg) (tea.Cmd, bool) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	switch name := key.String(); name {
	case "j", "down", "tab":
		c.at = (c.at + 1) % len(c.Options)
	case "k", "up", "shift+tab":
		c.at = (c.at + len(c.Options) - 1) % len(c.Options)
	case "enter":
		return c.Options[c.at].Do, true
	case "esc":
		return c.Leave, c.Leave != nil
	default:
		for _, o := range c.Options {
			if o.Key == name {
				return o.Do, true
			}
		}
	}
	return nil, false
}

func (c *choice) render(t *Theme, w, h int) string {
	title := t.Title.Render(Cut(Clean(c.Title), w))
	var body []string
	for _, text := range c.Body {
		body = append(body, Wrap(text, w)...)
	}
	words, options := grid(c.Words, w), c.options(t, w, true)
	all := sections([]string{title}, append(body, words...), options)
	if len(all) > h {
		all = append(append([]string{title}, words...), c.options(t, w, false)...)
	}
	return strings.Join(all, "\n")
}

// sections puts an empty line between blocks of lines.
func sections(blocks ...[]string) []string {
	var all []string
	for _, b := range blocks {
		if len(b) > 0 && len(all) > 0 {
			all = append(all, "")
		}
		all = append(all, b...)
	}
	return all
}

func (c *choice) options(t *Theme, w int, more bool) []string {
	var lines []string
	for i, o := range c.Options {
		mark, label := "  ", o.Label
		if i == c.at {
			mark, label = "> ", t.Accent.Render(o.Label)
		}
		lines = append(lines, mark+t.Key.Render(o.Key)+" "+label)
		if o.More == "" || !more {
			continue
		}
		for _, part := range Wrap(o.More, w-4) {
			lines = append(lines, "    "+t.Muted.Render(part))
		}
	}
	return lines
}

// wordWidth is a number, a word of at most eight letters, and the space behind it.
const wordWidth = 13

// grid numbers words and lays them out in columns.
func grid(words []string, w int) []string {
	if len(words) == 0 {
		return nil
	}
	columns := max(1, min(4, (w+1)/wordWidth))
	lines := make([]string, (len(words)+columns-1)/columns)
	for i, word := range words {
		lines[i%len(lines)] += Pad(fmt.Sprintf("%2d %s", i+1, word), wordWidth)
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}
