package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Form is a dialog with inputs. Each is checked while it is typed, and Enter on
// the last one submits when all of them pass.
type Form struct {
	Title  string
	Intro  []string
	Fields []Field
	// Begin is the field that has the keys first.
	Begin int
	// Preview is run after a change that passes the checks, and its lines stand
	// below the inputs: what a payment burns, where a file goes. It may be nil.
	Preview func(values map[string]string) tea.Cmd
	// Yes is what submitting does, in a word or two: "send".
	Yes string
	// Submit does it, in the background. The form closes first.
	Submit func(values map[string]string) tea.Cmd
	// Leave is run by Esc; it may be nil.
	Leave tea.Cmd
}

// Field is one input of a form.
type Field struct {
	// Name is its key among the values, Label what stands before it, Hint behind it
	// while it is empty.
	Name, Label, Hint string
	Value             string
	// Secret shows dots, and is never shown, logged or kept by the form.
	Secret bool
	// Check says what is wrong with a value; "" for nothing. It does no I/O. It may be nil.
	Check func(value string) string
	// Choices are values that the arrows go through; with them nothing is typed.
	Choices []string
}

// PreviewMsg brings the lines of a form's Preview. Values are those it was made
// for; a form whose values changed meanwhile leaves it.
type PreviewMsg struct {
	Values map[string]string
	Lines  []string
	// Problem is why it cannot be submitted; empty when it can.
	Problem string
}

func (f *Form) open(Deps) overlay {
	open := &form{Form: *f, inputs: make([]input, len(f.Fields)), at: f.Begin}
	for i, field := range f.Fields {
		open.inputs[i] = newInput("")
		if field.Secret {
			open.inputs[i].hide()
		}
		open.inputs[i].set(field.Value)
	}
	return open
}

type form struct {
	Form
	inputs  []input
	at      int
	touched bool // Enter was pressed while something was wrong: say what
	preview PreviewMsg
	asked   bool
}

// keys says what Enter does where the cursor is: only in the last field it submits.
func (f *form) keys() []Key {
	enter, cancel := Key{Keys: []string{"enter"}, Help: f.Yes}, Key{Keys: []string{"esc"}, Help: "cancel"}
	if len(f.inputs) == 1 {
		return []Key{enter, cancel}
	}
	if f.at < len(f.inputs)-1 {
		enter.Help = "next field"
	}
	return []Key{enter, {Keys: []string{"tab"}, Help: "other field"}, cancel}
}

func (f *form) values() map[string]string {
	v := make(map[string]string, len(f.Fields))
	for i, field := range f.Fields {
		v[field.Name] = f.inputs[i].value()
	}
	return v
}

// problem is what is wrong with a field; untouched empty fields are not scolded.
func (f *form) problem(i int) string {
	if f.Fields[i].Check == nil {
		return ""
	}
	return f.Fields[i].Check(f.inputs[i].value())
}

func (f *form) firstProblem() int {
	for i := range f.Fields {
		if f.problem(i) != "" {
			return i
		}
	}
	return -1
}

func (f *form) update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return f.press(msg)
	case PreviewMsg:
		if same(msg.Values, f.values()) {
			f.preview = msg
		}
	case openedMsg:
		return f.changed(), false
	}
	return nil, false
}

// openedMsg is the first message that a dialog gets.
type openedMsg struct{}

func same(a, b map[string]string) bool {
	for k, v := range b {
		if a[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

func (f *form) press(msg tea.KeyMsg) (tea.Cmd, bool) {
	switch msg.String() {
	case "esc":
		return f.Leave, true
	case "tab", "down":
		f.at = (f.at + 1) % len(f.inputs)
		return nil, false
	case "shift+tab", "up":
		f.at = (f.at + len(f.inputs) - 1) % len(f.inputs)
		return nil, false
	case "enter":
		return f.enter()
	}
	before := f.inputs[f.at].value()
	if choices := f.Fields[f.at].Choices; choices != nil {
		f.choose(choices, msg.String())
	} else {
		f.inputs[f.at].press(msg)
	}
	if f.inputs[f.at].value() == before {
		return nil, false
	}
	return f.changed(), false
}

func (f *form) choose(choices []string, key string) {
	at := 0
	for i, c := range choices {
		if c == f.inputs[f.at].value() {
			at = i
		}
	}
	switch key {
	case "left", "h":
		at += len(choices) - 1
	case "right", "l", " ":
		at++
	}
	f.inputs[f.at].set(choices[at%len(choices)])
}

// changed asks for the preview of what stands there now.
func (f *form) changed() tea.Cmd {
	f.preview, f.asked = PreviewMsg{}, false
	if f.Preview == nil || f.firstProblem() >= 0 {
		return nil
	}
	f.asked = true
	return f.Preview(f.values())
}

// enter goes to the next field, or submits from the last one.
func (f *form) enter() (tea.Cmd, bool) {
	if f.at < len(f.inputs)-1 {
		f.at++
		return nil, false
	}
	f.touched = true
	if wrong := f.firstProblem(); wrong >= 0 {
		f.at = wrong
		return nil, false
	}
	if f.Preview != nil && (f.preview.Values == nil || f.preview.Problem != "") {
		return nil, false // not known yet, or known not to work
	}
	return f.Submit(f.values()), true
}

func (f *form) render(t *Theme, w, _ int) string {
	lines := []string{t.Title.Render(Cut(Clean(f.Title), w))}
	for _, line := range f.Intro {
		for _, part := range Wrap(Clean(line), w) {
			lines = append(lines, t.Muted.Render(part))
		}
	}
	for i := range f.Fields {
		lines = append(lines, f.field(t, i, w)...)
	}
	for _, line := range f.preview.Lines {
		lines = append(lines, Cut(Clean(line), w))
	}
	switch {
	case f.preview.Problem != "":
		lines = append(lines, t.Bad.Render(Cut(Clean(f.preview.Problem), w)))
	case f.asked && f.preview.Values == nil:
		lines = append(lines, t.Muted.Render("one moment"))
	}
	return strings.Join(lines, "\n")
}

// labelWidth is the columns of a label beside its input.
const labelWidth = 14

func (f *form) field(t *Theme, i, w int) []string {
	field, in := f.Fields[i], &f.inputs[i]
	mark := "> "
	if in.focus(); i != f.at {
		mark = "  "
		in.blur()
	}
	room := w - labelWidth - len(mark)
	text := in.render(t, room, field.Hint)
	if i != f.at && !field.Secret && Width(in.value()) >= room {
		text = CutMiddle(in.value(), room) // both ends tell an address from another
	}
	if field.Choices != nil {
		text = "‹ " + Cut(Clean(in.value()), room-4) + " ›"
	}
	lines := []string{mark + Pad(field.Label, labelWidth) + text}
	if wrong := f.problem(i); wrong != "" && (f.touched || in.value() != "") {
		lines = append(lines, strings.Repeat(" ", len(mark)+labelWidth)+t.Warn.Render(Cut(Clean(wrong), room)))
	}
	return lines
}
