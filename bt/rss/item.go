package rss

import (
	"encoding/base32"
	"encoding/hex"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// readItem makes an item of its element.
func readItem(e *element) Item {
	it := Item{Title: text(e.first("title")), Seeders: -1, Leechers: -1, Categories: categories(e), Published: published(e)}
	guid := e.first("guid")
	if guid == "" {
		guid = e.first("id")
	}
	it.torrentFields(e, MaxElements)
	links := candidates(e, guid)
	it.choose(links)
	it.sizeOf(links)
	it.identify(guid)
	return it
}

func categories(e *element) []string {
	var list []string
	for _, c := range e.own("category") {
		name := c.text
		if name == "" {
			name = c.attr("label")
		}
		if name == "" {
			name = c.attr("term")
		}
		if name = text(name); name != "" && len(list) < MaxCategories {
			list = append(list, name)
		}
	}
	return list
}

// published is the first date that can be read.
func published(e *element) time.Time {
	for _, name := range []string{"pubdate", "published", "date", "updated"} {
		for _, c := range e.children {
			if c.name == name {
				if at, ok := parseDate(c.text); ok {
					return at
				}
			}
		}
	}
	return time.Time{}
}

// parseDate reads what RSS (RFC 822, with all that is made of it) and Atom (RFC 3339) prescribe.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700",
		"Mon, 2 Jan 2006 15:04 -0700", "Mon, 2 Jan 06 15:04:05 -0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		"2006-01-02",
	} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// torrentFields reads what is said of the torrent itself, in the item and in elements below it.
func (it *Item) torrentFields(e *element, depth int) {
	for _, c := range e.children {
		name, value := c.name, c.text
		if name == "attr" { // torznab
			name, value = strings.ToLower(c.attr("name")), c.attr("value")
		}
		it.torrentField(name, value)
		if name == "torrent" && depth > 0 {
			it.torrentFields(c, depth-1)
		}
	}
}

func (it *Item) torrentField(name, value string) {
	switch name {
	case "infohash", "hash": // media:hash
		if h, ok := parseInfohash(value); ok && it.Infohash == "" {
			it.Infohash = h
		}
	case "magneturi", "magneturl":
		it.setMagnet(value)
	case "contentlength", "size":
		if n, ok := ParseSize(value); ok && it.Size == 0 {
			it.Size = n
		}
	case "seeds", "seeders":
		setCount(&it.Seeders, value)
	case "leechers", "peers":
		setCount(&it.Leechers, value)
	}
}

func setCount(count *int, value string) {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil && *count < 0 {
		*count = int(n)
	}
}

// setMagnet takes a magnet link that can be read, and its infohash.
func (it *Item) setMagnet(link string) {
	if it.Magnet != "" || len(link) > metainfo.MaxMagnetSize {
		return
	}
	m, err := metainfo.ParseMagnet(link)
	if err != nil {
		return
	}
	it.Magnet = m.String()
	if it.Size == 0 {
		it.Size = m.Length
	}
	switch {
	case it.Infohash != "":
	case m.V1 != nil:
		it.Infohash = hex.EncodeToString(m.V1[:])
	default:
		it.Infohash = hex.EncodeToString(m.V2[:])
	}
}

// parseInfohash reads 40 or 64 hexadecimal digits, or 32 of base32.
func parseInfohash(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch len(s) {
	case 2 * metainfo.SizeV1, 2 * metainfo.SizeV2:
		_, err := hex.DecodeString(s)
		return s, err == nil && strings.Trim(s, "0") != ""
	case base32.StdEncoding.EncodedLen(metainfo.SizeV1):
		b, err := base32.StdEncoding.DecodeString(strings.ToUpper(s))
		return hex.EncodeToString(b), err == nil && len(b) == metainfo.SizeV1
	}
	return "", false
}

// candidate is an address that may be the torrent's.
type candidate struct {
	url      string
	typed    bool // said to be a torrent
	enclosed bool // said to be the item's file
	page     bool // said to be a page
	other    bool // said to be something else
	length   int64
	content  bool // length is the content's by definition
}

// candidates are the item's addresses, those that are more likely the torrent's first.
func candidates(e *element, guid string) []candidate {
	var files, links []candidate
	for _, c := range e.children {
		switch {
		case c.name == "enclosure" && c.space == e.space:
			files = append(files, enclosed(c, "url", "length"))
		case c.name == "content" && c.attr("url") != "": // media:content
			files = append(files, enclosed(c, "url", "filesize"))
		case c.name == "link" && c.space == e.space && c.attr("rel") == "enclosure":
			files = append(files, enclosed(c, "href", "length"))
		case c.name == "link" && c.space == e.space:
			links = append(links, linked(c))
		}
	}
	all := append(files, links...)
	if guid != "" {
		all = append(all, candidate{url: guid})
	}
	return all
}

func enclosed(e *element, address, length string) candidate {
	kind, _, _ := strings.Cut(strings.ToLower(e.attr("type")), ";")
	n, _ := strconv.ParseInt(e.attr(length), 10, 64)
	vague := kind == "" || kind == "application/octet-stream"
	typed := kind == "application/x-bittorrent"
	return candidate{
		url: e.attr(address), enclosed: vague || typed, typed: typed, other: !vague && !typed,
		length: n, content: e.name == "content",
	}
}

func linked(e *element) candidate {
	rel := e.attr("rel")
	address := e.attr("href")
	if address == "" {
		address = e.text
	}
	kind := e.attr("type")
	return candidate{
		url: address, typed: kind == "application/x-bittorrent",
		page:  rel == "" || rel == "alternate",
		other: rel != "" && rel != "alternate",
	}
}

// choose finds the torrent among the candidates.
func (it *Item) choose(list []candidate) {
	ranks := []func(candidate) bool{
		func(c candidate) bool { return c.typed },
		func(c candidate) bool { return !c.other && namesTorrent(c.url) },
		func(c candidate) bool { return c.enclosed },
	}
	for _, c := range list {
		if isMagnet(c.url) {
			it.setMagnet(c.url)
		}
	}
	for _, fits := range ranks {
		for _, c := range list {
			if it.Torrent == "" && fits(c) && isWeb(c.url) {
				it.Torrent = c.url
			}
		}
	}
	for _, c := range list {
		if it.Page == "" && c.page && isWeb(c.url) && c.url != it.Torrent {
			it.Page = c.url
		}
	}
	if it.Torrent == "" && it.Magnet == "" && it.Infohash == "" {
		it.Torrent, it.Page = it.Page, ""
	}
}

// sizeOf takes the length of an enclosure when nothing else says the size and no .torrent file is that long.
func (it *Item) sizeOf(list []candidate) {
	for _, c := range list {
		plausible := c.length > metainfo.MaxFileSize || c.content && c.length > 0
		if it.Size == 0 && c.enclosed && plausible && c.length <= metainfo.MaxLength {
			it.Size = c.length
		}
	}
}

func isMagnet(link string) bool {
	const scheme = "magnet:"
	return len(link) > len(scheme) && strings.EqualFold(link[:len(scheme)], scheme)
}

// isWeb reports whether an address is of http or https, or relative to such a one.
func isWeb(address string) bool {
	if address == "" || len(address) > MaxURL {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "" && u.Opaque == "" || (u.Scheme == "http" || u.Scheme == "https") && u.Host != "")
}

func namesTorrent(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix(strings.ToLower(u.Path), ".torrent")
}

// ParseSize reads bytes ("1503238553") or a number with a unit ("1.4 GiB", "700 MB"); units count by 1024 with an i and
// by 1000 without.
func ParseSize(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	factor, ok := unit(strings.ToLower(strings.TrimSpace(s[end:])))
	if n *= factor; err != nil || !ok || n < 0 || n > metainfo.MaxLength {
		return 0, false
	}
	return int64(math.Round(n)), true
}

func unit(name string) (float64, bool) {
	switch name {
	case "", "b", "bytes":
		return 1, true
	}
	const prefixes = "kmgt"
	power := float64(strings.IndexByte(prefixes, name[0]) + 1)
	switch name[1:] {
	case "ib":
		return math.Pow(1024, power), power > 0
	case "b":
		return math.Pow(1000, power), power > 0
	}
	return 0, false
}
