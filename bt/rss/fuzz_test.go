package rss

import (
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzParse: whatever comes, what is read is within bounds, the same each time, and fit for a filter.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.xml"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\xff\xfe<\x00r\x00s\x00s\x00/\x00>\x00"))
	f.Add([]byte(`<?xml version="1.0" encoding="shift_jis"?><rss><item><title>x S01E02</title></item></rss>`))
	f.Add([]byte(`<!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>`))
	f.Add([]byte(`<rss><channel><item><link>a&b=c</link></item><rss></channel>`))
	rule, err := Compile(Rule{Name: "all", Episodes: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		feed, err := Parse(raw)
		if err != nil {
			return
		}
		again, err := Parse(raw)
		if err != nil || !reflect.DeepEqual(feed, again) {
			t.Fatalf("read differently: %v", err)
		}
		seen := make(map[string]bool)
		for _, it := range feed.Items {
			checkItem(t, it)
			if seen[it.ID] {
				t.Errorf("two items %q", it.ID)
			}
			seen[it.ID] = true
			h := new(History)
			if rule.Wants(it, h) {
				h.Remember(rule.Keys(it)...)
			}
		}
	})
}

func checkItem(t *testing.T, it Item) {
	t.Helper()
	if it.ID == "" || len(it.ID) > MaxID || len(it.Title) > MaxText || len(it.Categories) > MaxCategories || it.Size < 0 {
		t.Errorf("out of bounds: %+v", it)
	}
	if !utf8.ValidString(it.Title + it.ID) {
		t.Errorf("not UTF-8: %q, %q", it.Title, it.ID)
	}
	for _, address := range []string{it.Torrent, it.Page} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("an address of the web: %q, %v", address, err)
		}
	}
	if n := len(it.Infohash); n != 0 && n != 40 && n != 64 {
		t.Errorf("infohash %q", it.Infohash)
	}
}
