package rss

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func at(s string) time.Time {
	u, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestFeedsAsSitesMakeThem(t *testing.T) {
	h := func(first byte) (s string) {
		for i := range byte(20) {
			s += fmt.Sprintf("%02x", first+i)
		}
		return s
	}
	unsaid := Item{Seeders: -1, Leechers: -1}
	for _, c := range []struct {
		file string
		want Feed
	}{
		{"tracker.xml", Feed{RSS2, "Open Films — all", 30 * time.Minute, []Item{{
			ID: "https://films.example/t/17", Title: "Tears.of.Steel.2012.1080p", Categories: []string{"Films", "HD"},
			Published: at("2026-11-20T07:09:10Z"), Page: "https://films.example/t/17?a=1&b=2",
			Torrent: "https://films.example/get/17.torrent", Magnet: "magnet:?xt=urn:btih:" + h(1) + "&dn=Tears",
			Infohash: h(1), Size: 584000123, Seeders: 12, Leechers: 3,
		}}}},
		{"indexer.xml", Feed{RSS2, "Indexer", 0, []Item{{
			ID:    "http://192.168.1.5:9117/dl/one/?jackett_apikey=k&path=Q2Y&file=Some+Show",
			Title: "Some Show S01E02 720p", Categories: []string{"5000"}, Published: at("2026-11-21T10:00:00Z"),
			Torrent: "http://192.168.1.5:9117/dl/one/?jackett_apikey=k&path=Q2Y&file=Some+Show",
			Magnet:  "magnet:?xt=urn:btih:" + h(0x11), Infohash: h(0x11), Size: 1503238553, Seeders: 40, Leechers: 44,
		}}}},
		{"anime.xml", Feed{RSS2, "Anime - Home", 0, []Item{{
			ID: "https://anime.example/view/1", Title: "[Group] Some Animation - 05v2 (1080p) [ABCD1234].mkv",
			Published: at("2026-11-21T09:00:00Z"), Torrent: "https://anime.example/download/1.torrent",
			Infohash: h(0x21), Size: 1503238554, Seeders: 7, Leechers: 1,
		}}}},
		{"bep36.xml", Feed{RSS2, "As BEP 36 has it", 0, []Item{
			{
				ID: "only-1", Title: "Only the names", Torrent: "http://files.example/only.torrent", Infohash: h(0x31),
				Size: 12216320, Seeders: -1, Leechers: -1,
			},
			{
				ID: "http://files.example/download.php?id=2", Title: "A page, and no more",
				Torrent: "http://files.example/download.php?id=2", Seeders: -1, Leechers: -1,
			},
			{
				ID:    "magnet:?xt=urn:btih:3132333435363738393031323334353637383930",
				Title: "A talk", Page: "http://files.example/talk", Seeders: -1, Leechers: -1, Size: 77,
				Magnet:   "magnet:?xt=urn:btih:3132333435363738393031323334353637383930",
				Infohash: "3132333435363738393031323334353637383930",
			},
			func() Item {
				it := unsaid
				it.ID, it.Title = digest("Nothing\n0\n-62135596800"), "Nothing"
				return it
			}(),
		}}},
		{"atom.xml", Feed{Atom, "Distribution images", 0, []Item{{
			ID: "tag:images.example,2026:13", Title: "Installer &lt;amd64>", Categories: []string{"AMD 64", "iso"},
			Published: at("2026-11-19T10:00:00Z"), Page: "/images/13", Torrent: "/images/13.iso.torrent",
			Seeders: -1, Leechers: -1,
		}}}},
		{"rdf.xml", Feed{RSS1, "Old", 0, []Item{{
			ID: "http://old.example/song.TORRENT", Title: "An old song", Published: at("2003-04-05T00:00:00Z"),
			Torrent: "http://old.example/song.TORRENT", Seeders: -1, Leechers: -1,
		}}}},
	} {
		t.Run(c.file, func(t *testing.T) {
			got, err := Parse(read(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("read\n%+v, not\n%+v", *got, c.want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	f, err := Parse(read(t, "atom.xml"))
	if err != nil {
		t.Fatal(err)
	}
	f.Items = append(f.Items, Item{Page: "ftp://x/", Torrent: "http://other.example/x"})
	if err := f.Resolve("https://images.example/feeds/atom"); err != nil {
		t.Fatal(err)
	}
	if it := f.Items[0]; it.Torrent != "https://images.example/images/13.iso.torrent" || it.Page != "https://images.example/images/13" {
		t.Errorf("%+v", it)
	}
	if it := f.Items[1]; it.Torrent != "http://other.example/x" || it.Page != "" {
		t.Errorf("%+v", it)
	}
	if err := f.Resolve("http://%zz"); !errors.Is(err, ErrMalformed) {
		t.Errorf("%v", err)
	}
}

func item(inside string) []byte {
	return []byte(`<rss><channel><item>` + inside + `</item></channel></rss>`)
}

func TestCharsets(t *testing.T) {
	const title = "Сказка о рыбаке"
	doc := `<?xml version="1.0" encoding="%s"?><rss><channel><title>` + title + `</title></channel></rss>`
	encoded := map[string][]byte{"utf-8": []byte(fmt.Sprintf(doc, "utf-8")), "unsaid": []byte(strings.TrimPrefix(fmt.Sprintf(doc, ""), `<?xml version="1.0" encoding=""?>`))}
	for _, name := range []string{"windows-1251", "KOI8-R", "gb18030"} {
		enc, err := htmlindex.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := enc.NewEncoder().String(fmt.Sprintf(doc, name))
		if err != nil {
			t.Fatal(err)
		}
		encoded[name] = []byte(raw)
	}
	for _, order := range []unicode.Endianness{unicode.BigEndian, unicode.LittleEndian} {
		raw, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(fmt.Sprintf(doc, "utf-16"))
		if err != nil {
			t.Fatal(err)
		}
		encoded[fmt.Sprint("utf-16 ", order)] = []byte(raw)
	}
	for name, raw := range encoded {
		if f, err := Parse(raw); err != nil || f.Title != title {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if _, err := Parse([]byte(`<?xml version="1.0" encoding="klingon"?><rss/>`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an unknown charset: %v", err)
	}
}

func TestPutsUpWith(t *testing.T) {
	for name, raw := range map[string][]byte{
		"bare ampersands":       item(`<title>x</title><link>http://x/?a=1&b=2&nosuch;</link>`),
		"HTML's entities":       item(`<title>&nbsp;x&nbsp;</title>`),
		"control characters":    item("<title>\x01x\x00</title>"),
		"invalid UTF-8":         item("<title>x</title><link>http://x/\xff</link>"),
		"unclosed elements":     item("<title>x</title><br><link>http://x</link>"),
		"blank lines in front":  append([]byte("\n \n"), item(`<title>x</title>`)...),
		"a byte order mark":     append([]byte("\ufeff"), item(`<title>x</title>`)...),
		"upper case":            []byte(`<RSS><CHANNEL><ITEM><TITLE>x</TITLE></ITEM></CHANNEL></RSS>`),
		"items after channel":   []byte(`<rss><channel/><item><title>x</title></item></rss>`),
		"undeclared namespaces": item(`<title>x</title><a:b>y</a:b>`),
	} {
		f, err := Parse(raw)
		if err != nil || len(f.Items) != 1 || f.Items[0].Title != "x" {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		kind error
	}{
		"nothing":           {"", ErrNotFeed},
		"text":              {"not a feed", ErrNotFeed},
		"a page":            {"<html><body/></html>", ErrNotFeed},
		"cut short":         {`<rss><channel><item><title>x</title>`, ErrMalformed},
		"cut in a tag":      {`<rss><chan`, ErrMalformed},
		"cut in prose":      {`<rss><channel><description>`, ErrMalformed},
		"declared entities": {`<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss/>`, ErrMalformed},
		"external entities": {`<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>`, ErrMalformed},
	} {
		if f, err := Parse([]byte(c.raw)); !errors.Is(err, c.kind) {
			t.Errorf("%s: %+v, %v", name, f, err)
		} else if strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%s: not one line: %v", name, err)
		}
	}
}

func TestBounds(t *testing.T) {
	deep := func(n int) []byte { // rss, channel and item are three
		return item(strings.Repeat("<a>", n-3) + strings.Repeat("</a>", n-3))
	}
	many := func(n int) []byte { return item(strings.Repeat("<a/>", n-1)) }
	long := func(n int) []byte { return item("<a>" + strings.Repeat("x", n-1) + "</a>") } // the end is found at <
	attrs := func(n int) []byte { return item("<a" + strings.Repeat(` b=""`, n/5) + "/>") }
	sized := func(n int) []byte {
		var b strings.Builder
		for b.WriteString("<rss>"); b.Len() < n-len("</rss>"); {
			b.WriteString("<!--" + strings.Repeat(" ", min(1000, n-len("</rss>")-b.Len()-7)) + "-->")
			if rest := n - len("</rss>") - b.Len(); rest < 7 {
				b.WriteString(strings.Repeat(" ", rest))
			}
		}
		return []byte(b.String() + "</rss>")
	}
	for name, c := range map[string]struct {
		make  func(int) []byte
		bound int
	}{
		"depth": {deep, MaxDepth}, "elements": {many, MaxElements}, "token": {long, MaxToken}, "size": {sized, MaxSize},
	} {
		if _, err := Parse(c.make(c.bound)); err != nil {
			t.Errorf("%s at the bound: %v", name, err)
		}
		if _, err := Parse(c.make(c.bound + 1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s beyond it: %v", name, err)
		}
	}
	if _, err := Parse(attrs(MaxToken)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("attributes: %v", err)
	}
	// A charset in which a byte becomes three.
	swollen := append([]byte(`<?xml version="1.0" encoding="windows-1252"?><rss>`), []byte(strings.Repeat("\x80", MaxSize/2))...)
	if _, err := Parse(append(swollen, "</rss>"...)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a charset that swells: %v", err)
	}
}

func TestMoreItemsThanAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString("<rss><channel>")
	for i := range MaxItems + 10 {
		fmt.Fprintf(&b, "<item><guid>%d</guid></item>", i)
	}
	f, err := Parse([]byte(b.String() + "<title>at the end</title></channel></rss>"))
	if err != nil || len(f.Items) != MaxItems || f.Items[MaxItems-1].ID != fmt.Sprint(MaxItems-1) || f.Title != "at the end" {
		t.Errorf("%v", err)
	}
}

func TestLongValues(t *testing.T) {
	long := strings.Repeat("ä", MaxText)
	raw := item("<title>" + long + "</title><category>" + long + "</category><guid>" + long +
		"</guid><link>http://x/" + strings.Repeat("x", MaxURL) + "</link>" + strings.Repeat("<category>c</category>", MaxCategories+1))
	f, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	it := f.Items[0]
	if len(it.Title) != MaxText || len(it.Categories) != MaxCategories || it.ID != digest(long) || it.Torrent != "" || it.Page != "" {
		t.Errorf("%d bytes of title, %d categories, ID %.80s, %.20s%.20s", len(it.Title), len(it.Categories), it.ID, it.Torrent, it.Page)
	}
	if f, err = Parse([]byte("<rss><ttl>99999999</ttl></rss>")); err != nil || f.TTL != MaxTTL*time.Minute {
		t.Errorf("TTL %v, %v", f.TTL, err)
	}
}

func TestOnlyTorrentsAreTaken(t *testing.T) {
	for name, c := range map[string]struct{ raw, torrent, magnet string }{
		"a podcast":          {`<enclosure url="http://x/a.mp3" type="audio/mpeg"/><link>http://x/p</link>`, "http://x/p", ""},
		"of two":             {`<enclosure url="http://x/a.mp3" type="audio/mpeg"/><enclosure url="http://x/t" type="application/x-bittorrent"/>`, "http://x/t", ""},
		"untyped":            {`<enclosure url="http://x/dl?id=1"/><link>http://x/p</link>`, "http://x/dl?id=1", ""},
		"by its name":        {`<link>http://x/p</link><guid>http://x/a.torrent</guid>`, "http://x/a.torrent", ""},
		"not a script":       {`<link>javascript:alert(1)</link><enclosure type="application/x-bittorrent" url="file:///etc/passwd"/>`, "", ""},
		"not another's link": {`<a:link>http://x/a.torrent</a:link>`, "", ""},
		"a broken magnet":    {`<link>magnet:?xt=urn:btih:zz</link>`, "", ""},
		"a magnet":           {`<link>magnet:?xt=urn:btih:` + strings.Repeat("ab", 20) + `</link>`, "", "magnet:?xt=urn:btih:" + strings.Repeat("ab", 20)},
		"a magnet as guid":   {`<guid>MAGNET:?xt=urn:btih:` + strings.Repeat("ab", 20) + `</guid><link>http://x/p</link>`, "", "magnet:?xt=urn:btih:" + strings.Repeat("ab", 20)},
	} {
		f, err := Parse(item(c.raw))
		if err != nil || f.Items[0].Torrent != c.torrent || f.Items[0].Magnet != c.magnet {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestInfohashes(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("AB", 20): strings.Repeat("ab", 20), strings.Repeat("ab", 32): strings.Repeat("ab", 32),
		"gezdgnbvgy3tqojqgezdgnbvgy3tqojq": "3132333435363738393031323334353637383930",
		strings.Repeat("00", 20):           "", strings.Repeat("zz", 20): "", "ab": "", "": "", strings.Repeat("1", 32): "",
	} {
		f, err := Parse(item("<torrent><infohash> " + in + "</infohash></torrent>"))
		if err != nil || f.Items[0].Infohash != want {
			t.Errorf("%q: %+v, %v", in, f, err)
		}
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "1503238553": 1503238553, "1.4 GiB": 1503238554, "700MB": 700_000_000, "2 KiB": 2048, "1.5 TiB": 3 << 39, "12 bytes": 12, "3 B": 3,
	} {
		if n, ok := ParseSize(in); !ok || n != want {
			t.Errorf("%q: %d, %v", in, n, ok)
		}
	}
	for _, in := range []string{"", "-1", "GiB", "1 parsec", "1.2.3 MB", "9999999 TiB", "1 XiB", "NaN", "1e9", "Inf", "5 i"} {
		if n, ok := ParseSize(in); ok {
			t.Errorf("%q is %d", in, n)
		}
	}
	for raw, want := range map[string]int64{
		`<enclosure url="http://x/a" type="application/x-bittorrent" length="30000"/>`:       0, // the .torrent's
		`<enclosure url="http://x/a" type="application/x-bittorrent" length="700000000"/>`:   700_000_000,
		`<enclosure url="http://x/a" type="application/x-bittorrent" length="-5"/>`:          0,
		`<enclosure url="http://x/a" type="audio/mpeg" length="700000000"/>`:                 0,
		`<enclosure url="http://x/a" length="9223372036854775807"/>`:                         0,
		`<torrent><contentLength>5</contentLength></torrent><enclosure length="700000000"/>`: 5,
		`<media:content url="http://x/a" fileSize="30000"/>`:                                 30000,
	} {
		f, err := Parse(item(raw))
		if err != nil || f.Items[0].Size != want {
			t.Errorf("%s: %+v, %v", raw, f, err)
		}
	}
}
