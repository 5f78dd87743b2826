package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// SettingsSource is the settings of a node.
type SettingsSource interface {
	// Settings are those in force, without what is secret in them.
	Settings(ctx context.Context) (Settings, error)
	// Set writes one into the settings file and has the node read it. It returns
	// what became of it, a sentence.
	Set(ctx context.Context, key, value string) (string, error)
	// Reload has the node read the file again.
	Reload(ctx context.Context) (string, error)
}

// Settings are all of them, and the file that they are written in.
type Settings struct {
	Path string
	List []Setting
}

// Setting is one of them.
type Setting struct {
	Key, Value, From, Default, Help string
	// Live says that a running node takes a new value.
	Live bool
	// Fixed is why it cannot be changed here; empty when it can.
	Fixed string
}

type settingsView struct {
	d     Deps
	list  *List
	known Settings
}

type (
	settingsMsg struct {
		query    Query
		settings Settings
		err      error
	}
	settingSetMsg struct {
		said string
		err  error
	}
)

func newSettings(d Deps) View {
	if d.Backend.Settings == nil {
		return newAbsent(d, "settings", "Settings", "the settings of this node are not known")
	}
	v := &settingsView{d: d}
	v.list = NewList(d, []Column{
		{Title: "Setting", Width: 18, Flex: 1, Sort: "key"},
		{Title: "Value", Width: 12, Flex: 2, Sort: "value"},
		{Title: "From", Width: 11, From: Medium, Sort: "from"},
		{Title: "Default", Width: 10, Flex: 1, From: Wide},
		{Title: "Takes effect", Width: 12, From: Wide},
	}, v.fetch)
	return v
}

func (v *settingsView) ID() string      { return "settings" }
func (v *settingsView) Title() string   { return "Settings" }
func (v *settingsView) Init() tea.Cmd   { return nil }
func (v *settingsView) Capturing() bool { return v.list.Filtering() }

func (v *settingsView) Keys() []Key {
	off := "there is no setting here"
	if s, ok := v.selected(); ok {
		off = Clean(s.Fixed)
	}
	return append([]Key{
		{Keys: []string{"enter", "e"}, Help: "change", Off: off},
		{Keys: []string{"r"}, Help: "read the file again", Verb: "settings reload"},
		{Keys: []string{"t"}, Help: "theme", Verb: "theme"},
	}, ListKeys()...)
}

func (v *settingsView) selected() (Setting, bool) {
	row, ok := v.list.Selected()
	if !ok {
		return Setting{}, false
	}
	for _, s := range v.known.List {
		if s.Key == row.Key {
			return s, true
		}
	}
	return Setting{}, false
}

func (v *settingsView) fetch(q Query) tea.Cmd {
	return v.d.Do(func(ctx context.Context) tea.Msg {
		s, err := v.d.Backend.Settings.Settings(ctx)
		return settingsMsg{q, s, err}
	})
}

func (v *settingsView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.list.Reload()
		}
	case settingsMsg:
		if msg.err != nil {
			v.list.Fail()
			return v, Fail(msg.err)
		}
		v.known = msg.settings
		return v, v.list.Set(Page(msg.query, settingRows(msg.settings.List, msg.query)))
	case settingSetMsg:
		if msg.err != nil {
			return v, Fail(msg.err)
		}
		return v, tea.Batch(Notify(Good, msg.said), v.list.Reload())
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, nil
}

func settingRows(list []Setting, q Query) []Row {
	var rows []Row
	for _, s := range list {
		if !strings.Contains(strings.ToLower(s.Key+" "+s.Value+" "+s.From), strings.ToLower(q.Filter)) {
			continue
		}
		when := "on restart"
		if s.Live {
			when = "at once"
		}
		tone := Plain
		if s.From == "default" {
			tone = Quiet
		}
		rows = append(rows, Row{Key: s.Key, Cells: []string{s.Key, s.Value, s.From, s.Default, when}, Tone: tone})
	}
	column := map[string]int{"key": 0, "value": 1, "from": 2}
	if i, ok := column[q.Sort]; ok {
		slices.SortStableFunc(rows, func(a, b Row) int { return strings.Compare(a.Cells[i], b.Cells[i]) })
		if q.Desc {
			slices.Reverse(rows)
		}
	}
	return rows
}

func (v *settingsView) input(msg tea.Msg) tea.Cmd {
	event, cmd := v.list.Update(msg)
	if event == Opened {
		return v.edit()
	}
	if key, ok := msg.(tea.KeyMsg); ok && event == Ignored {
		switch key.String() {
		case "e":
			return v.edit()
		case "t":
			return func() tea.Msg { return themeMsg{} }
		case "r":
			return v.d.Order(func(ctx context.Context) tea.Msg {
				said, err := v.d.Backend.Settings.Reload(ctx)
				return settingSetMsg{said, err}
			})
		}
	}
	return cmd
}

// edit opens a form for the setting under the cursor.
func (v *settingsView) edit() tea.Cmd {
	s, ok := v.selected()
	switch {
	case !ok:
		return nil
	case s.Fixed != "":
		return Notify(Warn, s.Fixed)
	}
	form := &Form{
		Title:  s.Key,
		Intro:  []string{s.Help, "Default: " + s.Default + ". It is written to " + v.known.Path},
		Fields: []Field{{Name: "value", Label: "Value", Value: s.Value}},
		Yes:    "set",
	}
	if s.Value == "true" || s.Value == "false" {
		form.Fields[0].Choices = []string{"true", "false"}
	}
	form.Submit = func(values map[string]string) tea.Cmd {
		return v.d.Order(func(ctx context.Context) tea.Msg {
			said, err := v.d.Backend.Settings.Set(ctx, s.Key, values["value"])
			return settingSetMsg{said, err}
		})
	}
	return Show(form)
}

func (v *settingsView) Back() (tea.Cmd, bool) { return v.list.Back() }

func (v *settingsView) Render(w, h int) string { return v.list.Render(w, h) }
