package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/tui"
)

// print writes v as one line of JSON with --json, else what text writes.
func (a *app) print(v any, text func(*table)) error {
	if a.json {
		return a.printJSON(v)
	}
	var t table
	text(&t)
	_, err := io.WriteString(a.Out, t.String())
	return err
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table aligns columns. Every cell is cleaned: memos and client names come
// from strangers, and a terminal obeys what it is sent.
type table struct{ rows [][]string }

// tableGap is the columns between two cells.
const tableGap = 2

func (t *table) row(cells ...any) {
	texts := make([]string, max(1, len(cells))) // of no cells an empty line
	for i, c := range cells {
		texts[i] = clean(fmt.Sprint(c))
	}
	t.rows = append(t.rows, texts)
}

// String lays the rows out. Below each other stand the cells of rows that follow each other; the last of a row has the
// width that it has.
func (t *table) String() string {
	var b strings.Builder
	above := []int(nil)
	for i, row := range t.rows {
		if i == 0 || len(row) != len(t.rows[i-1]) {
			above = t.widths(i, above)
		}
		for j, cell := range row[:len(row)-1] {
			b.WriteString(cell + strings.Repeat(" ", above[j]-tui.Width(cell)+tableGap))
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	return b.String()
}

// widths are those of the columns of row i, given those of the row above it: a column that goes on has its width.
func (t *table) widths(i int, above []int) []int {
	all := make([]int, len(t.rows[i])-1)
	for j := range all {
		if j < len(above) {
			all[j] = above[j]
			continue
		}
		for k := i; k < len(t.rows) && len(t.rows[k]) > j+1; k++ {
			all[j] = max(all[j], tui.Width(t.rows[k][j]))
		}
	}
	return all
}

// clean replaces what is not a visible character, so that no text can move the
// cursor, change colours or turn the writing direction.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}

// ttx shows an amount with its unit.
func ttx(a api.Amount) string { return a.String() + " TTX" }

// timeText shows milliseconds since 1970 in UTC.
func timeText(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05")
}
