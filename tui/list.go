package tui

import (
	"maps"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// maxWindow is how many rows a list asks for at once: more than the lines of any
// terminal. It holds one window, so a list of a million rows is as large in
// memory as one of a thousand.
const maxWindow = 500

// leastWindow is how many it asks for on a small terminal: two pages up and two
// down, so that what is asked for each second is what may be looked at.
const leastWindow = 80

// Column is one column of a list.
type Column struct {
	Title string
	// Width is the least it takes. Of what remains, each column gets its part of
	// all Flex.
	Width, Flex int
	// Right aligns numbers.
	Right bool
	// From is the width class from which on it is shown.
	From Class
	// Sort is the key to order by; empty: cannot.
	Sort string
}

// Row is one row as it is drawn.
type Row struct {
	// Key names the row over all snapshots: an id.
	Key string
	// Cells are as many as there are columns. They are cleaned when they are drawn,
	// so they hold no styles.
	Cells []string
	// Tone colours the row.
	Tone Tone
}

// Tone is how a row or a line is coloured, in the words of its meaning.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Quiet
	Good
	Warn
	Bad
)

// Query asks for a window of rows.
type Query struct {
	Offset, Limit int
	// Filter is what was typed behind /, as it is.
	Filter string
	// Sort is a column's Sort, empty for the order that the source has.
	Sort string
	Desc bool
}

// Window is the answer: rows from Offset on, of Total that pass the filter.
type Window struct {
	Query Query
	Rows  []Row
	Total int
	// Busy says that there are more rows than Total and nobody counted them.
	More bool
}

// turned is the query to a source whose order is the other way round, and has total
// rows, that brings the window of q.
func (q Query) turned(total int) Query {
	q.Offset = max(0, total-q.Offset-q.Limit)
	return q
}

// turned is such a source's window in the order that was asked for.
func (w Window) turned() Window {
	slices.Reverse(w.Rows)
	w.Query.Offset = max(0, w.Total-w.Query.Offset-len(w.Rows))
	return w
}

// Page cuts the window of a query out of rows that are all there.
func Page(q Query, rows []Row) Window {
	from := min(q.Offset, len(rows))
	return Window{Query: q, Rows: rows[from:min(len(rows), from+q.Limit)], Total: len(rows)}
}

// Event is what an input did to a list.
type Event int

// The events of a list.
const (
	Ignored Event = iota // not for the list
	Used                 // taken; nothing to do but draw
	Opened               // Enter, or a click on the row under the cursor
)

// List shows a window of rows with a cursor, a filter and an order. It asks for
// another window when the cursor leaves the one it has.
type List struct {
	// Empty is what stands there without rows: a title and what to do.
	EmptyTitle, EmptyNext string

	theme   *Theme
	columns []Column
	fetch   func(Query) tea.Cmd

	window   Window
	loaded   bool
	cursor   int
	key      string // of the row under the cursor
	top      int    // first row that is drawn
	height   int    // lines of rows that were drawn last
	width    int
	marks    map[string]bool
	filter   input
	want     Query // asked for and not answered
	wanting  bool
	stale    bool // asked again while one was on its way
	sort     int  // column, -1 for none
	desc     bool
	moved    bool // the person put the cursor where it is
	x0, y0   int  // where the list was drawn
	markable bool
}

// NewList makes an empty list. fetch gets a window in the background and brings it
// to the view, which hands it to Set.
func NewList(d Deps, columns []Column, fetch func(Query) tea.Cmd) *List {
	return &List{
		theme: d.Theme, columns: columns, fetch: fetch, sort: -1, marks: map[string]bool{},
		filter: newInput("/"), EmptyTitle: "Nothing here", height: 20,
	}
}

// Markable lets Space mark rows.
func (l *List) Markable() *List { l.markable = true; return l }

// SortBy orders by a column's Sort before anybody chose.
func (l *List) SortBy(key string, desc bool) *List {
	for i, c := range l.columns {
		if c.Sort == key {
			l.sort, l.desc = i, desc
		}
	}
	return l
}

// Reload asks for the rows again, unless an answer is on its way already: then it
// asks when that has come.
func (l *List) Reload() tea.Cmd {
	if l.wanting {
		l.stale = true
		return nil
	}
	l.wanting, l.want = true, l.query()
	return l.fetch(l.want)
}

// query is the window around the cursor.
func (l *List) query() Query {
	q := Query{Filter: l.filter.value(), Desc: l.desc, Limit: min(maxWindow, max(leastWindow, 4*l.height))}
	if l.sort >= 0 {
		q.Sort = l.columns[l.sort].Sort
	}
	q.Offset = l.cursor - q.Limit/2
	if l.loaded && l.window.Total > l.cursor { // at the end there is nothing to ask for below
		q.Offset = min(q.Offset, l.window.Total-q.Limit)
	}
	q.Offset = max(0, q.Offset)
	return q
}

// Set takes a window. The cursor stays on its row, if that is in it. The command
// asks for what changed meanwhile; it may be nil.
func (l *List) Set(w Window) tea.Cmd {
	l.wanting, l.loaded = false, true
	l.window = w
	if l.cursor >= w.Total {
		l.cursor = max(0, w.Total-1)
	}
	for i, row := range w.Rows {
		if l.cursor == 0 && l.top == 0 && !l.moved {
			break // nobody chose the first row: what is new there is under the cursor
		}
		if row.Key == l.key && l.key != "" {
			moved := w.Query.Offset + i - l.cursor
			l.cursor, l.top = l.cursor+moved, max(0, l.top+moved)
			break
		}
	}
	l.note()
	if l.stale || !l.covers(l.cursor) && w.Total > 0 {
		l.stale = false
		return l.Reload()
	}
	return nil
}

// followTop keeps a cursor that is at the top there when Set brings new rows: one
// follows what comes. Further down it stays on its row.
func (l *List) followTop() {
	if l.cursor == 0 {
		l.key = ""
	}
}

// Fail ends a request that brought no window; the rows stay as they were.
func (l *List) Fail() { l.wanting, l.stale = false, false }

func (l *List) covers(i int) bool {
	return i >= l.window.Query.Offset && i < l.window.Query.Offset+len(l.window.Rows)
}

func (l *List) row(i int) (Row, bool) {
	if !l.covers(i) {
		return Row{}, false
	}
	return l.window.Rows[i-l.window.Query.Offset], true
}

// note remembers the row under the cursor by its name.
func (l *List) note() {
	if r, ok := l.row(l.cursor); ok {
		l.key = r.Key
	}
}

// Selected is the row under the cursor.
func (l *List) Selected() (Row, bool) { return l.row(l.cursor) }

// Select puts the cursor on a row, when it is in the window.
func (l *List) Select(key string) bool {
	for i, r := range l.window.Rows {
		if r.Key == key {
			l.cursor, l.key, l.moved = l.window.Query.Offset+i, key, true
			return true
		}
	}
	return false
}

// Chosen are the keys of the marked rows, also of those outside the window, else
// of the one under the cursor.
func (l *List) Chosen() []string {
	if len(l.marks) > 0 {
		return slices.Sorted(maps.Keys(l.marks))
	}
	if r, ok := l.Selected(); ok {
		return []string{r.Key}
	}
	return nil
}

// Unmark takes all marks away.
func (l *List) Unmark() { clear(l.marks) }

// Total is how many rows pass the filter; Cursor where it stands among them.
func (l *List) Total() int { return l.window.Total }

// Cursor is the index of the row under it.
func (l *List) Cursor() int { return l.cursor }

// Filtering says that the filter is being typed; the keys are text then.
func (l *List) Filtering() bool { return l.filter.on() }

// Filter is what is filtered by; empty for nothing.
func (l *List) Filter() string { return l.filter.value() }

// SetFilter filters by a text as if it had been typed.
func (l *List) SetFilter(text string) tea.Cmd {
	l.filter.set(text)
	l.cursor, l.top = 0, 0
	return l.Reload()
}

// Back takes the filter or the marks away; false when there was neither.
func (l *List) Back() (tea.Cmd, bool) {
	switch {
	case l.filter.value() != "":
		return l.SetFilter(""), true
	case len(l.marks) > 0:
		l.Unmark()
		return nil, true
	}
	return nil, false
}

// move puts the cursor on row i and asks for the window around it.
func (l *List) move(i int) tea.Cmd {
	l.cursor = max(0, min(i, l.window.Total-1))
	l.moved = l.cursor > 0
	l.note()
	if l.window.Total > 0 && !l.coversScreen() {
		return l.Reload()
	}
	return nil
}

// coversScreen says whether every row that would be drawn is there.
func (l *List) coversScreen() bool {
	l.scroll()
	return l.covers(l.cursor) && l.covers(l.top) && l.covers(min(l.top+l.height, l.window.Total)-1)
}

// sorted asks for the rows in the order of a column.
func (l *List) sorted(column int, desc bool) tea.Cmd {
	l.sort, l.desc, l.cursor, l.top, l.key, l.moved = column, desc, 0, 0, "", false
	return l.Reload()
}

// nextSort goes to the next column that can be ordered by.
func (l *List) nextSort() tea.Cmd {
	for i := 1; i <= len(l.columns); i++ {
		next := (l.sort + i) % len(l.columns)
		if l.columns[next].Sort != "" {
			if next == l.sort { // there is no other one
				return l.sorted(next, !l.desc)
			}
			return l.sorted(next, l.columns[next].Right) // of numbers the large ones first
		}
	}
	return nil
}

// At tells the list where its first line is drawn within its view, for the mouse.
func (l *List) At(x, y int) { l.x0, l.y0 = x, y }

// heading shows the columns' titles with the order.
func (l *List) heading(widths []int) string {
	var cells []string
	for i, c := range l.columns {
		if widths[i] == 0 {
			continue
		}
		title := c.Title
		if i == l.sort {
			title += map[bool]string{false: "↑", true: "↓"}[l.desc]
		}
		cells = append(cells, align(title, widths[i], c.Right))
	}
	return strings.Join(cells, " ")
}
