package tui

import (
	"fmt"
	"io"
	"slices"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme is the styles of everything that is drawn. No meaning hangs on colour
// alone: what is chosen has a mark, what is wrong a word.
type Theme struct {
	Name string
	// Text is ordinary; Muted less important, Off what does not work now, Title a heading.
	Text, Muted, Off, Title lipgloss.Style
	// Accent is what one looks at first; Good, Warn and Bad are verdicts.
	Accent, Good, Warn, Bad lipgloss.Style
	// Cursor is the row that is chosen, Marked one with a mark.
	Cursor, Marked lipgloss.Style
	// Bar and BarOff are the two parts of a progress bar.
	Bar, BarOff lipgloss.Style
	// Tab and TabOn name the views; Head is the line above them.
	Head, Tab, TabOn lipgloss.Style
	// Key is a key in the footer or the help.
	Key lipgloss.Style
	// Box is the frame of a dialog.
	Box lipgloss.Style
}

// The names of the themes. Auto is dark or light, as the terminal's background is.
const (
	ThemeAuto     = "auto"
	ThemeDark     = "dark"
	ThemeLight    = "light"
	ThemeContrast = "contrast"
)

// ThemeNames are all names that a theme can be asked for by.
func ThemeNames() []string { return []string{ThemeAuto, ThemeDark, ThemeLight, ThemeContrast} }

// palette is the colours of a theme; empty is the terminal's own.
type palette struct {
	muted, off, accent, good, warn, bad, head, headText, cursor, cursorText string
}

func palettes() map[string]palette {
	return map[string]palette{
		ThemeDark:  {"248", "243", "81", "114", "221", "210", "236", "252", "24", "255"},
		ThemeLight: {"240", "245", "25", "22", "94", "124", "254", "236", "153", "16"},
		// The terminal's own two colours: those that its owner reads best, on a bright
		// background as well as on a dark one. What stands out is bold or turned around.
		ThemeContrast: {},
	}
}

// NewTheme makes the theme of a name for what is written to out, with as many
// colours as that and the environment allow: none with NO_COLOR.
func NewTheme(name string, out io.Writer) (*Theme, error) {
	if !slices.Contains(ThemeNames(), name) {
		return nil, fmt.Errorf("no theme %q", name)
	}
	r := lipgloss.NewRenderer(out)
	if name == ThemeAuto {
		if name = ThemeLight; r.HasDarkBackground() {
			name = ThemeDark
		}
	}
	return makeTheme(name, r), nil
}

// PlainTheme has no colours: for NO_COLOR, and for tests of what is drawn.
func PlainTheme() *Theme {
	r := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.Ascii))
	return makeTheme(ThemeDark, r)
}

func makeTheme(name string, r *lipgloss.Renderer) *Theme {
	p := palettes()[name]
	style := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)) }
	t := &Theme{
		Name: name,
		Text: r.NewStyle(), Muted: style(p.muted), Off: style(p.off), Title: r.NewStyle().Bold(true),
		Accent: style(p.accent).Bold(true), Good: style(p.good), Warn: style(p.warn), Bad: style(p.bad).Bold(true),
		Cursor: style(p.cursorText).Background(lipgloss.Color(p.cursor)), Marked: style(p.accent),
		Bar: style(p.accent), BarOff: style(p.off),
		Head: style(p.headText).Background(lipgloss.Color(p.head)),
		Tab:  style(p.muted), TabOn: style(p.accent).Bold(true).Underline(true),
		Key: style(p.accent),
		Box: r.NewStyle().Border(lipgloss.RoundedBorder()).BorderForeground(lipgloss.Color(p.accent)).Padding(0, 1),
	}
	if name == ThemeContrast {
		t.Head, t.TabOn, t.Cursor = t.Head.Reverse(true), t.TabOn.Reverse(true), t.Cursor.Reverse(true).Bold(true)
		t.Warn, t.Marked, t.Key = t.Warn.Bold(true), t.Marked.Bold(true), t.Key.Bold(true)
	}
	return t
}
