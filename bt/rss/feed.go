package rss

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrNotFeed means that it is no feed of a known kind.
	ErrNotFeed = errors.New("not a feed")
	// ErrMalformed means broken XML or a charset that is not known.
	ErrMalformed = errors.New("malformed feed")
	// ErrTooLarge means that a bound is exceeded.
	ErrTooLarge = errors.New("feed too large")
	// ErrRule means that a rule cannot be used.
	ErrRule = errors.New("unusable rule")
)

// Format is a kind of feed.
type Format string

// The kinds.
const (
	RSS2 Format = "RSS 2.0"
	RSS1 Format = "RSS 1.0"
	Atom Format = "Atom 1.0"
)

// Feed is what a feed says.
type Feed struct {
	Format Format
	Title  string
	// TTL is how long the feed asks to be left alone after it was read; zero if it does not.
	TTL time.Duration
	// Items are in the feed's order, each identity once.
	Items []Item
}

// Item is an item of a feed. What is not said is empty or zero, or -1 where zero means something.
type Item struct {
	// ID is the same whenever the feed is read: guid, else the address, else a hash of the item.
	ID         string
	Title      string
	Categories []string
	Published  time.Time
	// Page is the address of a description.
	Page string
	// Torrent is the http(s) address of a .torrent file: a safe guess, or the item's link when nothing else names the torrent.
	Torrent string
	// Magnet is a magnet link that has been parsed without error.
	Magnet string
	// Infohash is hexadecimal: 40 digits of v1, or 64 of v2.
	Infohash string
	// Size of the content in bytes.
	Size int64
	// Seeders and Leechers were counted by the site; -1 if it does not say.
	Seeders, Leechers int
}

// Resolve makes addresses that are relative absolute, given where the feed came from.
func (f *Feed) Resolve(base string) error {
	b, err := url.Parse(base)
	if err != nil {
		return fmt.Errorf("%w: the feed's own address", ErrMalformed)
	}
	for i := range f.Items {
		item := &f.Items[i]
		item.Page = resolve(b, item.Page)
		item.Torrent = resolve(b, item.Torrent)
	}
	return nil
}

func resolve(base *url.URL, ref string) string {
	u, err := url.Parse(ref)
	if ref == "" || err != nil {
		return ""
	}
	u = base.ResolveReference(u)
	if u.Scheme != "http" && u.Scheme != "https" || len(u.String()) > MaxURL {
		return ""
	}
	return u.String()
}

// identify chooses the identity of an item whose guid is known.
func (it *Item) identify(guid string) {
	for _, id := range []string{guid, it.Torrent, it.Magnet, it.Infohash, it.Page} {
		if id != "" {
			it.ID = shorten(id)
			return
		}
	}
	it.ID = digest(fmt.Sprintf("%s\n%d\n%d", it.Title, it.Size, it.Published.Unix()))
}

func shorten(id string) string {
	if len(id) <= MaxID {
		return id
	}
	return digest(id)
}

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(h[:])
}

// text is a text as it is kept: one line, without white space around, cut at MaxText.
func text(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > MaxText {
		s = strings.ToValidUTF8(s[:MaxText], "")
	}
	return s
}
