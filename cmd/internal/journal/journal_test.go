package journal

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func texts(p Page) string {
	var all []string
	for _, l := range p.Lines {
		all = append(all, l.Text)
	}
	return strings.Join(all, ",")
}

func TestNewestAreKeptInOrder(t *testing.T) {
	j := new(Journal)
	j.Add(time.Unix(1, 0), slog.LevelError, "the disk is full")
	for i := range maxLines + 10 {
		j.Add(time.Unix(int64(i), 0), slog.LevelDebug, fmt.Sprint("line ", i))
	}
	p := j.Page(Query{Limit: 2})
	if want := fmt.Sprintf("line %d,line %d", maxLines+8, maxLines+9); p.Total != maxLines+1 || texts(p) != want {
		t.Errorf("%d: %s", p.Total, texts(p))
	}
	last := j.Page(Query{Skip: maxLines - 1, Limit: 5})
	if texts(last) != "the disk is full,line 10" {
		t.Errorf("the oldest are %q", texts(last))
	}
	if n := len(j.Page(Query{Limit: 1 << 30}).Lines); n != MaxPage {
		t.Errorf("a page of %d lines", n)
	}
}

func TestPagesBySequence(t *testing.T) {
	j := new(Journal)
	for i := range 10 {
		j.Add(time.Unix(0, 0), []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}[i%4], fmt.Sprint("m", i+1))
	}
	for _, c := range []struct {
		q            Query
		want         string
		total, newer int
	}{
		{Query{}, "m1,m2,m3,m4,m5,m6,m7,m8,m9,m10", 10, 0},
		{Query{Before: 4}, "m1,m2,m3", 3, 7},
		{Query{Before: 4, Limit: 2}, "m2,m3", 3, 7},
		{Query{Before: 4, Limit: 2, Skip: 2}, "m1", 3, 7},
		{Query{After: 8}, "m9,m10", 2, 0},
		{Query{After: 10}, "", 0, 0},
		{Query{After: 2, Before: 5, Level: "warn"}, "m3,m4", 2, 2},
		{Query{Level: "error"}, "m4,m8", 2, 0},
		{Query{Text: "M1"}, "m1,m10", 2, 0},
	} {
		if p := j.Page(c.q); texts(p) != c.want || p.Total != c.total || p.Newer != c.newer {
			t.Errorf("%+v: %s, total %d, newer %d", c.q, texts(p), p.Total, p.Newer)
		}
	}
}

func TestHandler(t *testing.T) {
	j := new(Journal)
	log := slog.New(j.Handler(slog.LevelInfo)).With("node", 1).WithGroup("g")
	log.Debug("unheard")
	log.Warn("said", "k", "v", slog.Group("in", "x", 2))
	log.Error(strings.Repeat("é", maxText))
	p := j.Page(Query{Level: "warn"})
	if p.Total != 2 || p.Lines[0].Text != "said  g.k=v  g.in.x=2  node=1" || p.Lines[0].Level != "warn" {
		t.Errorf("%+v", p)
	}
	if n := len(p.Lines[1].Text); n > maxText+len("…") {
		t.Errorf("a line of %d bytes", n)
	}
	fmt.Fprint(j, "from a library\n\nand more\n")
	if p := j.Page(Query{Text: "LIBRARY"}); p.Total != 1 || p.Lines[0].Level != "warn" {
		t.Errorf("%+v", p)
	}
}

// TestBothTakeTheirLevels is a node that says warnings on stderr and keeps what
// leads to them.
func TestBothTakeTheirLevels(t *testing.T) {
	loud, all := new(Journal), new(Journal)
	log := slog.New(Both(loud.Handler(slog.LevelWarn), all.Handler(slog.LevelInfo))).WithGroup("g").With("k", 1)
	log.Debug("d")
	log.Info("i")
	log.Warn("w")
	if got := texts(loud.Page(Query{})); got != "w  g.k=1" {
		t.Errorf("loud has %q", got)
	}
	if got := texts(all.Page(Query{})); got != "i  g.k=1,w  g.k=1" {
		t.Errorf("all have %q", got)
	}
}

func TestRank(t *testing.T) {
	for word, want := range map[string]int{"": 0, "debug": 0, "info": 1, "warn": 2, "error": 3} {
		if got, ok := Rank(word); got != want || !ok {
			t.Errorf("%q: %d, %v", word, got, ok)
		}
	}
	if _, ok := Rank("loud"); ok {
		t.Error("loud is a level")
	}
}
