package rss

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func compile(t *testing.T, r Rule) *Filter {
	t.Helper()
	f, err := Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMatch(t *testing.T) {
	it := Item{Title: "Some.Show.S01E02.1080p.x265", Categories: []string{"TV", "HD"}, Size: 700e6}
	unsized := it
	unsized.Size = 0
	for _, c := range []struct {
		rule Rule
		item Item
		want bool
	}{
		{Rule{}, it, true},
		{Rule{}, Item{}, true},
		{Rule{Include: []string{"other", `some\.show.*1080p`}}, it, true},
		{Rule{Include: []string{"other"}}, it, false},
		{Rule{Include: []string{"(?-i)some"}}, it, false},
		{Rule{Exclude: []string{"x264"}}, it, true},
		{Rule{Include: []string{"some"}, Exclude: []string{"x264", "x265"}}, it, false},
		{Rule{Categories: []string{"films", "tv"}}, it, true},
		{Rule{Categories: []string{"films"}}, it, false},
		{Rule{Categories: []string{"T"}}, it, false},
		{Rule{MinSize: 700e6, MaxSize: 700e6}, it, true},
		{Rule{MinSize: 700e6 + 1}, it, false},
		{Rule{MaxSize: 700e6 - 1}, it, false},
		{Rule{MinSize: 1, MaxSize: 2}, unsized, true},
		{Rule{Episodes: true}, it, true},
		{Rule{Episodes: true}, Item{Title: "A film 2012 1080p"}, false},
	} {
		if got := compile(t, c.rule).Match(c.item); got != c.want {
			t.Errorf("%+v: %v", c.rule, got)
		}
	}
}

func TestRulesAreChecked(t *testing.T) {
	long := make([]string, MaxPatterns+1)
	for name, r := range map[string]Rule{
		"a broken expression":    {Include: []string{"("}},
		"a broken exclusion":     {Exclude: []string{"(?<=x)y"}}, // RE2 has no look-behind
		"a huge repetition":      {Include: []string{"(a{1000}){1000}"}},
		"a long expression":      {Include: []string{strings.Repeat("x", MaxPattern+1)}},
		"many expressions":       {Exclude: long},
		"a negative size":        {MinSize: -1},
		"a size that cannot be":  {MinSize: 2, MaxSize: 1},
		"a name that is a novel": {Name: strings.Repeat("x", MaxText+1)},
	} {
		if _, err := Compile(r); !errors.Is(err, ErrRule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	compile(t, Rule{Name: strings.Repeat("x", MaxText), Include: append(long[:MaxPatterns-1], strings.Repeat("x", MaxPattern)), MaxSize: 1})
}

func TestEpisodes(t *testing.T) {
	ep := func(show string, season, first, last int) Episode {
		return Episode{Show: show, Season: season, First: first, Last: last}
	}
	repair := func(e Episode) Episode { e.Repair = true; return e }
	for title, want := range map[string]Episode{
		"Some.Show.S01E02.1080p":                    ep("some show", 1, 2, 2),
		"Some Show - s1e2 - Title":                  ep("some show", 1, 2, 2),
		"Some Show S01.E02 [720p]":                  ep("some show", 1, 2, 2),
		"Some Show (2019) S10E100":                  ep("some show 2019", 10, 100, 100),
		"Some.Show.S01E02E03.mkv":                   ep("some show", 1, 2, 3),
		"Some.Show.S01E02E03E04":                    ep("some show", 1, 2, 4),
		"Some.Show.S01E02-E05":                      ep("some show", 1, 2, 5),
		"Some.Show.S01E02-05.x":                     ep("some show", 1, 2, 5),
		"Some.Show.S00E00.Special":                  ep("some show", 0, 0, 0),
		"It's Some_Show 1x02":                       ep("its some show", 1, 2, 2),
		"Some Show Season 1 Episode 12":             ep("some show", 1, 12, 12),
		"Some.Show.2026.11.21.720p":                 {Show: "some show", Date: "2026-11-21"},
		"Some Show 2026-11-21":                      {Show: "some show", Date: "2026-11-21"},
		"Some.Show.S02.COMPLETE":                    {Show: "some show", Season: 2, Whole: true},
		"Some Show Season 2":                        {Show: "some show", Season: 2, Whole: true},
		"[Group] Some Show - 05 (1080p) [ABCD].mkv": ep("some show", 0, 5, 5),
		"[Group] Some Show - 05v2 (1080p)":          repair(ep("some show", 0, 5, 5)),
		"Some.Show.S01E02.PROPER.720p":              repair(ep("some show", 1, 2, 2)),
		"Some.Show.S01E02.REPACK2.720p":             repair(ep("some show", 1, 2, 2)),
		"A Proper Show S01E02":                      ep("a proper show", 1, 2, 2),
		"Сказка S01E02":                             ep("сказка", 1, 2, 2),
	} {
		if got, ok := ParseEpisode(title); !ok || got != want {
			t.Errorf("%q: %+v, %v", title, got, ok)
		}
	}
	for _, title := range []string{
		"", "S01E02", "A film 2012 1080p", "A.Film.1920x1080.x264", "Some Show 2026.13.41", "Show.S01E09-E02", "Show S01E01-E300",
		"Tears1x02", "A film - 2012 remaster",
	} {
		if e, ok := ParseEpisode(title); ok && title != "A film - 2012 remaster" {
			t.Errorf("%q: %+v", title, e)
		}
	}
}

// TestTakenOnce goes through a feed as a client does.
func TestTakenOnce(t *testing.T) {
	shows := compile(t, Rule{Name: "shows", Episodes: true})
	all := compile(t, Rule{Name: "all"})
	h := new(History)
	for i, c := range []struct {
		rule  *Filter
		title string
		id    string
		want  bool
	}{
		{shows, "Show.S01E01.720p", "1", true},
		{shows, "Show.S01E01.720p", "1", false},
		{all, "Show.S01E01.720p", "1", false},          // the item was taken under another rule
		{shows, "Show S01E01 1080p-OTHER", "2", false}, // the episode was
		{all, "Show S01E01 1080p-OTHER", "2", true},
		{shows, "Show.S01E01.PROPER.720p", "3", true},
		{shows, "Show.S01E01.REPACK.720p", "4", false},
		{shows, "Show.S01E01E02.720p", "5", false},
		{shows, "Show.S01E02.PROPER.720p", "6", true},
		{shows, "Show.S01E02.720p", "7", false},
		{shows, "Another.Show.S01E02.720p", "8", true},
		{shows, "Show.S01.720p", "9", true},
		{shows, "Show.Season.1.1080p", "10", false},
		{shows, "Show.2026.11.21", "11", true},
		{shows, "Show 2026-11-21", "12", false},
		{shows, "no episode", "13", false},
	} {
		it := Item{ID: c.id, Title: c.title}
		got := c.rule.Wants(it, h)
		if got != c.want {
			t.Errorf("%d: %q wanted: %v", i, c.title, got)
		}
		if got {
			h.Remember(c.rule.Keys(it)...)
			h = Restore(h.Keys()) // as over a restart
		}
	}
	h.Remember(all.Keys(Item{ID: "20", Infohash: "ab"})...)
	if all.Wants(Item{ID: "elsewhere", Infohash: "ab"}, h) {
		t.Error("one torrent is wanted from two feeds")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := new(History)
	for i := range MaxHistory {
		h.Remember(fmt.Sprint(i))
	}
	if !h.Has("0") {
		t.Error("forgotten too early")
	}
	h.Remember("0", "one more")
	if h.Has("0") || !h.Has("1") || !h.Has("one more") || len(h.Keys()) != MaxHistory || len(h.known) != MaxHistory {
		t.Errorf("%d keys, %d known", len(h.Keys()), len(h.known))
	}
	if !reflect.DeepEqual(Restore(h.Keys()), h) {
		t.Error("restored differently")
	}
	if k := h.Keys(); k[0] != "1" || slices.Contains(k, "0") {
		t.Errorf("the oldest is %q", k[0])
	}
}

func TestKeysAreShort(t *testing.T) {
	f := compile(t, Rule{Name: strings.Repeat("n", MaxText), Episodes: true})
	for _, k := range f.Keys(Item{ID: strings.Repeat("i", MaxID), Title: strings.Repeat("t", MaxText-10) + " S01E01"}) {
		if len(k) > MaxID+len("item ") {
			t.Errorf("a key of %d bytes", len(k))
		}
	}
}
