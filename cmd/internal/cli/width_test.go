package cli

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/tui"
)

// TestWidths: what stands in a column is measured as a terminal does.
func TestWidths(t *testing.T) {
	for text, want := range map[string]int{"film": 4, "映画": 4, "e\u0301a": 2, "👩🏽": 2, "": 0, "한글": 4, "…": 1} {
		if got := tui.Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"映画の題", 8, "映画の題"}, {"映画の題", 7, "映画の…"}, {"映画の題", 6, "映画…"}, {"映画の題", 2, "…"}, {"映画の題", 1, "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"}, {"film.mkv", 0, "film.mkv"}, {"a b", 2, "a…"},
	} {
		if got := clip(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, width := clean(rapid.String().Draw(t, "text")), rapid.IntRange(1, 40).Draw(t, "width")
		if got := clip(text, width); tui.Width(got) > width {
			t.Errorf("%q is wider than %d", got, width)
		}
	})
}

// TestTableAligns: cells of rows that follow each other stand below each other, however wide their characters are.
func TestTableAligns(t *testing.T) {
	var tb table
	tb.row("映画", 1, "x")
	tb.row("e\u0301", 22, "\tx")
	tb.row("title")
	tb.row("a", "b")
	want := "映画  1   x\ne\u0301     22  \ufffdx\ntitle\na  b\n"
	if got := tb.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		var tb table
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			row := make([]any, rapid.IntRange(1, 4).Draw(t, "cells"))
			for i := range row {
				row[i] = rapid.StringN(0, 5, 20).Draw(t, "cell")
			}
			tb.row(row...)
		}
		if got := strings.Count(tb.String(), "\n"); got != len(tb.rows) {
			t.Errorf("%d lines of %d rows", got, len(tb.rows))
		}
	})
}
