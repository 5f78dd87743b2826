package tui

import (
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func rowsFrom(first, n int) []Row {
	var rows []Row
	for i := range n {
		key := fmt.Sprint("row", first-i)
		rows = append(rows, Row{Key: key, Cells: []string{key}})
	}
	return rows
}

// TestListKeepsTheCursorOnItsRow: newest first, three new ones come.
func TestListKeepsTheCursorOnItsRow(t *testing.T) {
	var q Query
	l := NewList(Deps{Theme: PlainTheme()}, []Column{{Title: "Name", Flex: 1}}, func(asked Query) tea.Cmd { q = asked; return nil })
	l.Reload()
	l.Set(Page(q, rowsFrom(100, 50)))
	l.Reload()
	l.Set(Page(q, rowsFrom(103, 53)))
	if r, _ := l.Selected(); r.Key != "row103" {
		t.Errorf("nobody moved the cursor, and it is on %s", r.Key)
	}
	l.Update(keyMsg("j"))
	l.Reload()
	l.Set(Page(q, rowsFrom(110, 60)))
	if r, _ := l.Selected(); r.Key != "row102" {
		t.Errorf("the cursor went from row102 to %s", r.Key)
	}
}

// TestListHoldsOneWindow of a million rows.
func TestListHoldsOneWindow(t *testing.T) {
	const million = 1_000_000
	var asked []Query
	l := NewList(Deps{Theme: PlainTheme()}, []Column{{Title: "Name", Flex: 1}}, func(q Query) tea.Cmd { asked = append(asked, q); return nil })
	answer := func() {
		q := asked[len(asked)-1]
		if q.Limit > maxWindow {
			t.Fatalf("asked for %d rows", q.Limit)
		}
		l.Set(Window{Query: q, Rows: rowsFrom(million-q.Offset, min(q.Limit, million-q.Offset)), Total: million})
	}
	l.Reload()
	answer()
	l.Update(keyMsg("G"))
	answer()
	if r, ok := l.Selected(); !ok || r.Key != "row1" || l.Cursor() != million-1 {
		t.Errorf("the last row is %q at %d", r.Key, l.Cursor())
	}
	l.Update(keyMsg("g"))
	answer()
	if r, _ := l.Selected(); r.Key != "row1000000" {
		t.Errorf("the first row is %q", r.Key)
	}
	if len(asked) != 3 {
		t.Errorf("asked %d times", len(asked))
	}
}
