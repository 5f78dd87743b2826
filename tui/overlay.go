package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"
)

// overlay stands over the view and has all keys until it closes.
type overlay interface {
	// update takes a message; done closes it.
	update(msg tea.Msg) (cmd tea.Cmd, done bool)
	render(t *Theme, w, h int) string
	keys() []Key
}

// The messages by which views reach the app. They are commands' results: return
// one from a tea.Cmd, or use the functions of the same name.
type (
	// NotifyMsg shows one line below the view for a while; a Bad one stays until a key.
	NotifyMsg struct {
		Text string
		Tone Tone
	}
	// ShowMsg opens a dialog: a Confirm, a *Form or a *Sheet.
	ShowMsg struct{ Dialog Dialog }
	// GotoMsg goes to a view and, with an argument, to one thing there.
	GotoMsg struct{ View, Arg string }
)

// Dialog is what ShowMsg opens.
type Dialog interface{ open(d Deps) overlay }

// Notify shows one line.
func Notify(tone Tone, text string) tea.Cmd {
	return func() tea.Msg { return NotifyMsg{text, tone} }
}

// Fail shows an error. None shows nothing.
func Fail(err error) tea.Cmd {
	if err == nil {
		return nil
	}
	return Notify(Bad, err.Error())
}

// Show opens a dialog.
func Show(d Dialog) tea.Cmd { return func() tea.Msg { return ShowMsg{d} } }

// Goto goes to a view.
func Goto(view, arg string) tea.Cmd { return func() tea.Msg { return GotoMsg{view, arg} } }

// Confirm asks before money moves or data goes. Enter alone is No.
type Confirm struct {
	// Title is the question, Body what happens then, a line each.
	Title string
	Body  []string
	// Yes is what the y key does, in a word or two: "remove".
	Yes string
	// Danger draws it as what cannot be taken back.
	Danger bool
	// Do is run after yes.
	Do tea.Cmd
}

func (c Confirm) open(Deps) overlay { return &confirm{c} }

type confirm struct{ Confirm }

func (c *confirm) keys() []Key {
	return []Key{{Keys: []string{"y"}, Help: c.Yes}, {Keys: []string{"n", "esc"}, Help: "no"}}
}

func (c *confirm) update(msg tea.Msg) (tea.Cmd, bool) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	switch key.String() {
	case "y", "Y":
		return c.Do, true
	case "n", "N", "esc", "q", "enter":
		return Notify(Quiet, "nothing was done"), true
	}
	return nil, false
}

func (c *confirm) render(t *Theme, w, _ int) string {
	title := t.Title
	if c.Danger {
		title = t.Bad
	}
	lines := []string{title.Render(strings.Join(Wrap(Clean(c.Title), w), "\n"))}
	for _, line := range c.Body {
		lines = append(lines, Wrap(Clean(line), w)...)
	}
	return strings.Join(append(lines, "", t.Key.Render("y")+" "+c.Yes+"   "+t.Key.Render("n")+" no"), "\n")
}

// Sheet is text to read in a window of its own, such as a help page or what a
// command printed.
type Sheet struct {
	Title string
	// Lines are cleaned when they are drawn, unless Styled says that they hold
	// styles of ours and nothing of strangers.
	Lines  []string
	Styled bool
	// Wide takes the whole window: for tables.
	Wide bool
}

// sideways is how many columns one step to the side is.
const sideways = 8

func (s *Sheet) open(Deps) overlay {
	lines := s.Lines
	if !s.Styled {
		lines = make([]string, len(s.Lines))
		for i, line := range s.Lines {
			lines[i] = Clean(line)
		}
	}
	open := &sheet{Sheet: *s, text: viewport.New(0, 0)}
	open.text.SetHorizontalStep(sideways)
	open.text.KeyMap.HalfPageDown.SetEnabled(false)
	open.text.KeyMap.HalfPageUp.SetEnabled(false)
	open.text.KeyMap.PageDown.SetKeys("pgdown", " ", "ctrl+f")
	open.text.KeyMap.PageUp.SetKeys("pgup", "ctrl+b")
	open.text.SetContent(strings.Join(lines, "\n"))
	return open
}

type sheet struct {
	Sheet
	text viewport.Model
}

func (s *sheet) keys() []Key {
	return []Key{
		{Keys: []string{"j", "k"}, Help: "scroll"}, {Keys: []string{"h", "l"}, Help: "sideways"},
		{Keys: []string{"esc"}, Help: "close"},
	}
}

func (s *sheet) update(msg tea.Msg) (tea.Cmd, bool) {
	if key, ok := msg.(tea.KeyMsg); ok {
		switch key.String() {
		case "g", "home":
			s.text.GotoTop()
			return nil, false
		case "G", "end":
			s.text.GotoBottom()
			return nil, false
		case "esc", "q", "enter", "?":
			return nil, true
		}
	}
	s.text, _ = s.text.Update(msg)
	return nil, false
}

func (s *sheet) render(t *Theme, w, h int) string {
	s.text.Width, s.text.Height = w, max(1, min(h-2, s.text.TotalLineCount()))
	s.text.SetYOffset(s.text.YOffset)
	more := ""
	if s.text.HorizontalScrollPercent() < 1 {
		more = "  l →"
	}
	if left := s.text.TotalLineCount() - s.text.YOffset - s.text.Height; left > 0 {
		more += "  j ↓ " + Count(left) + " more"
	}
	more = t.Muted.Render(more)
	return t.Title.Render(Cut(Clean(s.Title), w-Width(more))) + more + "\n\n" + s.text.View()
}
