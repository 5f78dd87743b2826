package api

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/journal"
)

// fakeLog is a node that notes what it is asked of its log.
type fakeLog struct {
	fake
	kept journal.Journal
}

func (f *fakeLog) Log(_ context.Context, q journal.Query) (journal.Page, error) {
	f.note(q)
	return f.kept.Page(q), f.err
}

func TestLogCrossesTheSocket(t *testing.T) {
	f := new(fakeLog)
	for _, text := range []string{"one", "two", "three"} {
		f.kept.Add(time.UnixMilli(1735689600000), slog.LevelWarn, text)
	}
	c, _ := serve(t, f, t.TempDir())
	q := journal.Query{Level: "warn", Text: "t & ?", After: 1, Before: 9, Skip: 2, Limit: 7}
	if _, err := c.Log(t.Context(), q); err != nil || !reflect.DeepEqual(f.noted(), []any{q}) {
		t.Errorf("the node was asked %+v, %v", f.noted(), err)
	}
	got, err := c.Log(t.Context(), journal.Query{Text: "T", Before: 3})
	want := journal.Page{Lines: []journal.Line{{Seq: 2, Time: 1735689600000, Level: "warn", Text: "two"}}, Total: 1, Newer: 1}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, q := range []journal.Query{{Level: "loud"}, {Text: string(make([]byte, maxLogText+1))}} {
		if _, err := c.Log(t.Context(), q); !errors.Is(err, BadRequest) {
			t.Errorf("%.20v: %v", q, err)
		}
	}
	if err := c.get(t.Context(), "/v1/log?before=-1", nil, &got); !errors.Is(err, BadRequest) {
		t.Errorf("before -1: %v", err)
	}
}

// TestLogOfAFullJournalIsAnswered: the longest lines there are, as many as a page has.
func TestLogOfAFullJournalIsAnswered(t *testing.T) {
	f := new(fakeLog)
	long := make([]byte, maxLogText)
	for i := range long {
		long[i] = 1 // six bytes in JSON
	}
	for range journal.MaxPage {
		f.kept.Add(time.UnixMilli(0), slog.LevelInfo, string(long))
	}
	c, _ := serve(t, f, t.TempDir())
	page, err := c.Log(t.Context(), journal.Query{Limit: MaxPage})
	if err != nil || len(page.Lines) != journal.MaxPage || page.Lines[0].Text != string(long) {
		t.Errorf("%d lines, %v", len(page.Lines), err)
	}
}
