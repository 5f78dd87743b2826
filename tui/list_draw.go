package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// gutter is the columns before a row: the cursor's mark and the row's.
const gutter = 2

// Render draws the heading, the rows around the cursor, and the filter.
func (l *List) Render(w, h int) string {
	l.width, l.height = w, max(1, h-1)
	foot := l.foot(w)
	if foot != "" {
		l.height = max(1, l.height-1)
	}
	body := l.body(w)
	if foot == "" {
		return body
	}
	return Fit(body, w, h-1) + "\n" + foot
}

func (l *List) body(w int) string {
	if !l.loaded {
		return Empty(l.theme, w, l.height, "One moment", "")
	}
	if l.window.Total == 0 {
		if text := l.filter.value(); text != "" {
			return Empty(l.theme, w, l.height, "Nothing fits "+Clean(text), "Esc shows everything again")
		}
		return Empty(l.theme, w, l.height, l.EmptyTitle, l.EmptyNext)
	}
	l.scroll()
	widths := l.widths(w)
	var b strings.Builder
	b.WriteString(l.theme.Muted.Render(Cut(strings.Repeat(" ", gutter)+l.heading(widths), w)))
	for i := l.top; i < min(l.top+l.height, l.window.Total); i++ {
		b.WriteString("\n" + l.line(i, widths, w))
	}
	return b.String()
}

// scroll keeps the cursor among the rows that are drawn.
func (l *List) scroll() {
	l.top = min(l.top, l.cursor)
	l.top = max(l.top, l.cursor-l.height+1)
	l.top = max(0, min(l.top, l.window.Total-l.height))
}

func (l *List) line(i int, widths []int, w int) string {
	r, ok := l.row(i)
	if !ok {
		return l.theme.Muted.Render("  …")
	}
	mark := [gutter]byte{' ', ' '}
	if l.marks[r.Key] {
		mark[1] = '*'
	}
	var cells []string
	for j, c := range l.columns {
		if widths[j] > 0 && j < len(r.Cells) {
			cells = append(cells, align(Clean(r.Cells[j]), widths[j], c.Right))
		}
	}
	text := strings.Join(cells, " ")
	if i == l.cursor {
		mark[0] = '>'
		return l.theme.Cursor.Render(Pad(string(mark[:])+text, w))
	}
	return l.style(r).Render(Cut(string(mark[:])+text, w))
}

func (l *List) style(r Row) lipgloss.Style {
	if l.marks[r.Key] {
		return l.theme.Marked
	}
	return l.theme.Tone(r.Tone)
}

// Tone is the style of a tone.
func (t *Theme) Tone(tone Tone) lipgloss.Style {
	switch tone {
	case Quiet:
		return t.Muted
	case Good:
		return t.Good
	case Warn:
		return t.Warn
	case Bad:
		return t.Bad
	default:
		return t.Text
	}
}

func align(s string, w int, right bool) string {
	if right {
		return PadLeft(s, w)
	}
	return Pad(s, w)
}

// widths lays the columns out; 0 leaves one out. Where even the least widths have
// no room, the last ones go.
func (l *List) widths(w int) []int {
	all := make([]int, len(l.columns))
	left, flex := w-gutter, 0
	for i, c := range l.columns {
		if c.From > ClassOf(w) || left < c.Width {
			continue
		}
		all[i] = c.Width
		left -= c.Width + 1
		flex += c.Flex
	}
	left++ // no space behind the last one
	if flex == 0 {
		return all
	}
	for i, c := range l.columns {
		if all[i] > 0 {
			all[i] += max(0, left) * c.Flex / flex
		}
	}
	return all
}

// foot is the line below the rows: the filter and where the cursor is; empty when
// there is nothing to say.
func (l *List) foot(w int) string {
	if l.filter.on() {
		return l.filter.render(l.theme, w, "")
	}
	var parts []string
	if text := l.filter.value(); text != "" {
		parts = append(parts, "/"+Clean(text))
	}
	if n := len(l.marks); n > 0 {
		parts = append(parts, Plural(n, "mark"))
	}
	if l.window.Total > l.height || len(parts) > 0 {
		more := map[bool]string{true: "+", false: ""}[l.window.More]
		parts = append(parts, fmt.Sprintf("%s of %s%s", Count(min(l.cursor+1, l.window.Total)), Count(l.window.Total), more))
	}
	if len(parts) == 0 {
		return ""
	}
	return l.theme.Muted.Render(Cut(strings.Repeat(" ", gutter)+strings.Join(parts, "  "), w))
}
