package tui

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

const (
	// maxText bounds what is drawn of one text of a stranger, in characters. Memos
	// have at most a few hundred, paths 4096; no screen shows more in one place.
	maxText = 4096
	// maxMarks bounds the accents on one character: no script needs more, and a
	// stack of them paints over the lines above.
	maxMarks = 4
)

// replacement stands for what must not reach a terminal.
const replacement = '\ufffd'

// Clean makes a text of strangers harmless: control characters, escape sequences,
// writing direction and whatever else is not visible become a mark, line breaks
// and tabs a space, and it has an end.
func Clean(s string) string { return cleanTo(s, maxText) }

// cleanTo is Clean with another end.
func cleanTo(s string, limit int) string {
	var b strings.Builder
	n, marks := 0, 0
	for _, r := range s {
		if n++; n > limit {
			b.WriteRune('…')
			break
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(visible(r))
	}
	return b.String()
}

func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return ' '
	case unicode.IsPrint(r):
		return r
	}
	return replacement
}

// Width is how many columns a text takes; styles take none.
func Width(s string) int { return ansi.StringWidth(s) }

// Cut shortens a text to w columns, with a mark where it was cut. Styles stay whole.
func Cut(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case Width(s) <= w:
		return s
	}
	return ansi.Truncate(s, w, "…")
}

// CutMiddle shortens a text to w columns in its middle, for ids and paths.
func CutMiddle(s string, w int) string {
	if n := Width(s); n > w && w >= 5 {
		front := (w - 1) / 2
		return ansi.Truncate(s, front, "") + "…" + ansi.TruncateLeft(s, n-(w-1-front), "")
	}
	return Cut(s, w)
}

// Pad makes a text w columns wide, cutting or filling at the right.
func Pad(s string, w int) string {
	s = Cut(s, w)
	return s + strings.Repeat(" ", max(0, w-Width(s)))
}

// PadLeft makes a text w columns wide, cutting at the right or filling at the left.
func PadLeft(s string, w int) string {
	s = Cut(s, w)
	return strings.Repeat(" ", max(0, w-Width(s))) + s
}

// Wrap breaks a text into lines of at most w columns, at spaces where it can.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(s, w, ""), "\n")
}

// Fit cuts a drawing to w columns and exactly h lines.
func Fit(s string, w, h int) string {
	lines := strings.Split(s, "\n")
	lines = lines[:min(len(lines), max(0, h))]
	for i, line := range lines {
		lines[i] = Cut(line, w)
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}

// Class is a width class: what is laid out changes with it and not with each column.
type Class int

// The width classes.
const (
	Narrow Class = iota // below 60 columns
	Medium              // below 100
	Wide
)

// ClassOf is the class of a width.
func ClassOf(w int) Class {
	switch {
	case w < 60:
		return Narrow
	case w < 100:
		return Medium
	}
	return Wide
}

// The least size that is drawn in.
const (
	MinWidth  = 30
	MinHeight = 12
)
