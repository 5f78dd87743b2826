package tui

import tea "github.com/charmbracelet/bubbletea"

// ListKeys are the keys that every list has, for a view's Keys.
func ListKeys() []Key {
	return []Key{
		{Keys: []string{"/"}, Help: "filter"},
		{Keys: []string{"s"}, Help: "order"},
		{Keys: []string{"S"}, Help: "turn the order around", Quiet: true},
		{Keys: []string{"j", "down"}, Help: "down", Quiet: true},
		{Keys: []string{"k", "up"}, Help: "up", Quiet: true},
		{Keys: []string{"g", "home"}, Help: "first", Quiet: true},
		{Keys: []string{"G", "end"}, Help: "last", Quiet: true},
		{Keys: []string{"pgdown", "ctrl+f"}, Help: "a page down", Quiet: true},
		{Keys: []string{"pgup", "ctrl+b"}, Help: "a page up", Quiet: true},
	}
}

// MarkKey is the one more that a list with marks has.
func MarkKey() Key { return Key{Keys: []string{" "}, Help: "mark", Quiet: true} }

// Update takes input. What the list has no use for is Ignored.
func (l *List) Update(msg tea.Msg) (Event, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if l.filter.on() {
			return Used, l.typed(msg)
		}
		return l.press(msg.String())
	case tea.MouseMsg:
		return l.mouse(tea.MouseEvent(msg))
	}
	return Ignored, nil
}

// typed changes the filter.
func (l *List) typed(msg tea.KeyMsg) tea.Cmd {
	before := l.filter.value()
	switch l.filter.press(msg) {
	case inputDone:
		return nil
	case inputGone:
		return l.SetFilter("")
	}
	if l.filter.value() == before {
		return nil
	}
	l.cursor, l.top, l.key = 0, 0, ""
	return l.Reload()
}

func (l *List) press(key string) (Event, tea.Cmd) {
	page := max(1, l.height-1)
	switch key {
	case "j", "down":
		return Used, l.move(l.cursor + 1)
	case "k", "up":
		return Used, l.move(l.cursor - 1)
	case "g", "home":
		return Used, l.move(0)
	case "G", "end":
		return Used, l.move(l.window.Total - 1)
	case "pgdown", "ctrl+f":
		return Used, l.move(l.cursor + page)
	case "pgup", "ctrl+b":
		return Used, l.move(l.cursor - page)
	case "/":
		l.filter.focus()
		return Used, nil
	case "s":
		return Used, l.nextSort()
	case "S":
		return Used, l.sorted(l.sort, !l.desc)
	case "enter":
		if _, ok := l.Selected(); ok {
			return Opened, nil
		}
	case " ":
		return l.mark()
	}
	return Ignored, nil
}

// mark marks the row under the cursor, or not any more, and goes to the next.
func (l *List) mark() (Event, tea.Cmd) {
	r, ok := l.Selected()
	if !ok || !l.markable {
		return Ignored, nil
	}
	if l.marks[r.Key] {
		delete(l.marks, r.Key)
	} else {
		l.marks[r.Key] = true
	}
	return Used, l.move(l.cursor + 1)
}

// wheel is how many rows one click of the wheel goes.
const wheel = 3

func (l *List) mouse(e tea.MouseEvent) (Event, tea.Cmd) {
	switch {
	case e.Button == tea.MouseButtonWheelDown:
		return Used, l.move(l.cursor + wheel)
	case e.Button == tea.MouseButtonWheelUp:
		return Used, l.move(l.cursor - wheel)
	case e.Action != tea.MouseActionPress || e.Button != tea.MouseButtonLeft:
		return Ignored, nil
	}
	x, y := e.X-l.x0, e.Y-l.y0
	if y == 0 {
		return Used, l.clickHeading(x)
	}
	i := l.top + y - 1
	if y < 0 || y > l.height || i >= l.window.Total {
		return Ignored, nil
	}
	if i == l.cursor {
		return Opened, nil
	}
	return Used, l.move(i)
}

// clickHeading orders by the column at x, and the other way at the second click.
func (l *List) clickHeading(x int) tea.Cmd {
	at := gutter
	for i, w := range l.widths(l.width) {
		if w == 0 {
			continue
		}
		if x >= at && x < at+w && l.columns[i].Sort != "" {
			return l.sorted(i, l.columns[i].Right != (l.sort == i && l.desc == l.columns[i].Right))
		}
		at += w + 1
	}
	return nil
}
