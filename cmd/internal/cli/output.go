package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/torrenttx/ttx/cmd/internal/api"
)

// print writes v as one line of JSON with --json, else what text writes.
func (a *app) print(v any, text func(*table)) error {
	if a.json {
		return a.printJSON(v)
	}
	t := &table{w: tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)}
	text(t)
	return t.w.Flush()
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table aligns columns. Every cell is cleaned: memos and client names come
// from strangers, and a terminal obeys what it is sent.
type table struct{ w *tabwriter.Writer }

func (t *table) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = clean(fmt.Sprint(c))
	}
	fmt.Fprintln(t.w, strings.Join(texts, "\t"))
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
