package tui

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// LogSource is what the node said lately.
type LogSource interface {
	// Log returns the lines of at least a level, at most limit of them, the newest
	// last, and how many there are.
	Log(ctx context.Context, q LogQuery) (LogPage, error)
}

// LogQuery narrows a log.
type LogQuery struct {
	Level  LogLevel
	Filter string
	// Before is a line's number: only earlier ones count. 0 is the end.
	Before uint64
	// Skip leaves out the newest of those; Limit bounds what is returned.
	Skip, Limit int
}

// LogPage is a window of a log, the newest last.
type LogPage struct {
	Lines []LogLine
	Total int
	// Newer counts those that Before leaves out.
	Newer int
}

// LogLine is one message.
type LogLine struct {
	// Seq numbers the lines.
	Seq   uint64
	At    time.Time
	Level LogLevel
	Text  string
}

// LogLevel orders messages by how much they matter.
type LogLevel int

// The levels.
const (
	Debug LogLevel = iota
	Info
	Warning
	Error
)

func (l LogLevel) String() string { return [...]string{"debug", "info", "warn", "error"}[l] }

func (l LogLevel) tone() Tone { return [...]Tone{Quiet, Plain, Warn, Bad}[l] }

// logView follows the log while the cursor is on the newest line. Elsewhere it
// stands still, since what somebody reads must not move away.
type logView struct {
	d      Deps
	list   *List
	level  LogLevel
	before uint64 // where it stands still; 0 follows
	newest uint64
	newer  int // lines that came since it stands still
	lines  map[string]LogLine
}

type logMsg struct {
	query Query
	page  LogPage
	err   error
}

func newLog(d Deps) View {
	if d.Backend.Log == nil {
		return newAbsent(d, "log", "Log", "this program keeps no log")
	}
	v := &logView{d: d, level: Info}
	v.list = NewList(d, []Column{
		{Title: "Time", Width: 8, Sort: "time"},
		{Title: "Level", Width: 5, From: Medium},
		{Title: "Message", Width: 10, Flex: 1},
	}, v.fetch).SortBy("time", true)
	v.name()
	return v
}

// name says what stands there when nothing is as important as is asked for.
func (v *logView) name() {
	v.list.EmptyTitle, v.list.EmptyNext = "No message of level "+v.level.String()+" or above", "l goes through the levels; debug shows everything"
	if v.level == Debug {
		v.list.EmptyTitle, v.list.EmptyNext = "Nothing was logged yet", ""
	}
}

func (v *logView) ID() string      { return "log" }
func (v *logView) Title() string   { return "Log" }
func (v *logView) Init() tea.Cmd   { return nil }
func (v *logView) Capturing() bool { return v.list.Filtering() }

func (v *logView) Keys() []Key {
	return append([]Key{
		{Keys: []string{"enter"}, Help: "whole message"},
		{Keys: []string{"l"}, Help: "level: " + v.level.String(), Verb: "log level"},
	}, ListKeys()...)
}

// atNewest says that the cursor is on the newest line, and follows.
func (v *logView) atNewest() bool {
	if v.list.desc {
		return v.list.Cursor() == 0
	}
	return v.list.Cursor() >= v.list.Total()-1
}

// fetch asks for a window; the source has the newest first.
func (v *logView) fetch(q Query) tea.Cmd {
	switch {
	case v.atNewest():
		v.before = 0
	case v.before == 0:
		v.before = v.newest + 1
	}
	if !q.Desc {
		q = q.turned(v.list.Total())
	}
	ask := LogQuery{Level: v.level, Filter: q.Filter, Before: v.before, Skip: q.Offset, Limit: q.Limit}
	return v.d.Do(func(ctx context.Context) tea.Msg {
		page, err := v.d.Backend.Log.Log(ctx, ask)
		return logMsg{q, page, err}
	})
}

func (v *logView) Update(msg tea.Msg) (View, tea.Cmd) {
	switch msg := msg.(type) {
	case ShownMsg:
		if msg.ID == v.ID() {
			return v, v.list.Reload()
		}
	case RefreshMsg:
		return v, v.list.Reload()
	case logMsg:
		return v, v.take(msg)
	case tea.KeyMsg, tea.MouseMsg:
		return v, v.input(msg)
	}
	return v, nil
}

func (v *logView) take(msg logMsg) tea.Cmd {
	if msg.err != nil {
		v.list.Fail()
		return Fail(msg.err)
	}
	v.newer, v.lines = msg.page.Newer, make(map[string]LogLine, len(msg.page.Lines))
	rows := make([]Row, 0, len(msg.page.Lines))
	for i := len(msg.page.Lines) - 1; i >= 0; i-- {
		line := msg.page.Lines[i]
		row := Row{
			Key: Count(line.Seq), Tone: line.Level.tone(),
			Cells: []string{line.At.Format(time.TimeOnly), line.Level.String(), line.Text},
		}
		v.lines[row.Key], v.newest = line, max(v.newest, line.Seq)
		rows = append(rows, row)
	}
	w := Window{Query: msg.query, Rows: rows, Total: msg.page.Total}
	if w.Query.Desc {
		return v.list.Set(w)
	}
	last := v.atNewest() && v.list.Total() > 0
	cmd := v.list.Set(w.turned())
	if last {
		cmd = tea.Batch(cmd, v.list.move(v.list.Total()-1))
	}
	return cmd
}

func (v *logView) input(msg tea.Msg) tea.Cmd {
	event, cmd := v.list.Update(msg)
	if event == Opened {
		return v.open()
	}
	if key, ok := msg.(tea.KeyMsg); ok && event == Ignored && key.String() == "l" {
		v.level = (v.level + 1) % (Error + 1)
		v.name()
		return v.list.Reload()
	}
	if v.before != 0 && v.atNewest() {
		return v.list.Reload() // back at the newest: follow
	}
	return cmd
}

// open shows a message in full.
func (v *logView) open() tea.Cmd {
	row, ok := v.list.Selected()
	if !ok {
		return nil
	}
	line := v.lines[row.Key]
	text := append([]string{line.At.Format(time.DateTime) + "  " + line.Level.String(), ""}, Wrap(Clean(line.Text), 72)...)
	return Show(&Sheet{Title: "Message", Lines: text})
}

func (v *logView) Back() (tea.Cmd, bool) { return v.list.Back() }

func (v *logView) Render(w, h int) string {
	if v.newer == 0 || h < 8 {
		return v.list.Render(w, h)
	}
	key := map[bool]string{false: "G", true: "g"}[v.list.desc]
	newer := fmt.Sprintf("  %s since; %s follows what comes", Plural(v.newer, "newer line"), key)
	return Fit(v.list.Render(w, h-1), w, h-1) + "\n" + v.d.Theme.Warn.Render(Cut(newer, w))
}
