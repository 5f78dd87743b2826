package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// field is a key of a table.
type field struct {
	name  string
	doc   string
	value value
}

// tables is a list of tables in the file, and a list of their first fields as a flag or variable.
type tables[T any] struct {
	p      *[]T
	fields func(*T) []field // the first is required
	check  func(*T) error
	first  func(*T) string // what text shows
}

func (v tables[T]) parse(s string) error {
	var entries []string
	if err := (list{p: &entries}).parse(s); err != nil {
		return err
	}
	all := make([]T, len(entries))
	for i, e := range entries {
		if err := v.fields(&all[i])[0].value.parse(e); err != nil {
			return err
		}
	}
	return v.set(all)
}

func (v tables[T]) decode(x any) error {
	rows, ok := x.([]map[string]any)
	if !ok {
		return wrongType("a table under a heading in double brackets", x)
	}
	if len(rows) > maxList {
		return invalid("%d tables, of at most %d", len(rows), maxList)
	}
	all := make([]T, len(rows))
	for i, row := range rows {
		if err := decodeRow(row, v.fields(&all[i])); err != nil {
			return fmt.Errorf("table %d: %w", i+1, err)
		}
	}
	return v.set(all)
}

func decodeRow(row map[string]any, fields []field) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if _, ok := row[names[0]]; !ok {
		return invalid("no %s", names[0])
	}
	for name, x := range row {
		at := slices.Index(names, name)
		if at < 0 {
			return unknown(name, names)
		}
		if err := fields[at].value.decode(x); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (v tables[T]) set(all []T) error {
	for i := range all {
		if err := v.check(&all[i]); err != nil {
			return fmt.Errorf("table %d: %w", i+1, err)
		}
	}
	*v.p = all
	return nil
}

func (v tables[T]) text() string {
	shown := make([]string, len(*v.p))
	for i := range *v.p {
		shown[i] = v.first(&(*v.p)[i])
	}
	return strings.Join(shown, ",")
}

func (v tables[T]) toml() string { return "" }
func (v tables[T]) get() any     { return *v.p }
func (v tables[T]) put(x any)    { *v.p = x.([]T) }

func watches(p *[]Watch) value {
	return tables[Watch]{p: p, fields: watchFields, first: func(w *Watch) string { return w.Dir },
		check: func(w *Watch) error {
			if w.Dir == "" {
				return invalid("dir is empty")
			}
			return nil
		}}
}

func watchFields(w *Watch) []field {
	return []field{
		{"dir", "the folder", text(&w.Dir)},
		{"download_dir", "where the data goes; empty for download_dir", text(&w.DownloadDir)},
		{"labels", "labels of what is added", list{p: &w.Labels}},
		{"paused", "do not start it", boolean{&w.Paused}},
		{"delete", "remove the files that were added; else they are renamed to *.added", boolean{&w.Delete}},
	}
}

func feeds(p *[]Feed) value {
	return tables[Feed]{p: p, fields: feedFields, check: checkFeed, first: (*Feed).Address}
}

func feedFields(f *Feed) []field {
	return []field{
		{"url", "http or https address of the feed", text(&f.URL)},
		{"name", "what it is called in messages; empty for its address", text(&f.Name)},
		{"every", "how often it is asked, like \"30m\"", duration(&f.Interval)},
		{"include", "regular expressions: one must match the title, if there is any", list{&f.Include, checkPattern}},
		{"exclude", "regular expressions: none may match the title", list{&f.Exclude, checkPattern}},
		{"min_size", "least size, where the feed tells it", size(&f.MinSize)},
		{"max_size", "greatest size, where the feed tells it", size(&f.MaxSize)},
		{"categories", "categories of which one must be the entry's, if there is any", list{p: &f.Categories}},
		{"episodes", "take each episode of a series once, and its repair", boolean{&f.Episodes}},
		{"download_dir", "where the data goes; empty for download_dir", text(&f.DownloadDir)},
		{"labels", "labels of what is added", list{p: &f.Labels}},
		{"paused", "do not start it", boolean{&f.Paused}},
	}
}

func checkPattern(s string) error {
	if _, err := regexp.Compile(s); err != nil {
		return invalid("%.80q is no regular expression: %v", s, err)
	}
	return nil
}

func checkFeed(f *Feed) error {
	u, err := url.Parse(f.URL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return invalid("url is not an address that begins with http:// or https://")
	case f.MaxSize > 0 && f.MinSize > f.MaxSize:
		return invalid("min_size is more than max_size: nothing would ever fit")
	}
	return nil
}

// Address is the feed's URL without what may be a key in it.
func (f *Feed) Address() string { return withoutSecret(f.URL) }

// withoutSecret is an address without its query, password and user, which may be keys.
func withoutSecret(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	hidden := u.RawQuery != "" || u.User != nil
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	if hidden {
		return u.String() + "?…"
	}
	return u.String()
}
