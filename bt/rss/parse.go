package rss

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Parse reads a feed. Errors are of the kinds ErrNotFeed, ErrMalformed and ErrTooLarge.
func Parse(raw []byte) (*Feed, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, of at most %d", ErrTooLarge, len(raw), MaxSize)
	}
	doc, err := toUTF8(raw)
	if err != nil {
		return nil, err
	}
	p := &parser{w: newWalker(doc), seen: make(map[string]bool)}
	if err := p.root(); err != nil {
		return nil, err
	}
	if err := p.body(); err != nil {
		return nil, err
	}
	return &p.feed, nil
}

// parser reads one feed, an item at a time.
type parser struct {
	w    *walker
	feed Feed
	seen map[string]bool // identities
}

// root reads up to the first element and tells the format from it.
func (p *parser) root() error {
	for {
		tok, err := p.w.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: there is no element in it", ErrNotFeed)
		}
		if err != nil {
			return err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch strings.ToLower(start.Name.Local) {
		case "rss":
			p.feed.Format = RSS2
		case "rdf":
			p.feed.Format = RSS1
		case "feed":
			p.feed.Format = Atom
		default:
			return fmt.Errorf("%w: its root is %.40q, not rss, RDF or feed", ErrNotFeed, start.Name.Local)
		}
		return nil
	}
}

// body reads the rest. Items are children of channel in RSS 2.0, of the root in the others; the names do not differ.
func (p *parser) body() error {
	for {
		tok, err := p.w.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if err := p.child(start); err != nil {
				return err
			}
		}
	}
}

// child takes an element that is not in an item.
func (p *parser) child(start xml.StartElement) error {
	switch strings.ToLower(start.Name.Local) {
	case "channel":
		return nil // go into it
	case "item", "entry":
		if len(p.feed.Items) == MaxItems {
			return p.w.skip()
		}
		e, err := p.element(start)
		if err == nil {
			p.item(e)
		}
		return err
	}
	e, err := p.element(start)
	if err == nil {
		p.header(e)
	}
	return err
}

func (p *parser) element(start xml.StartElement) (*element, error) {
	budget := MaxElements
	return p.w.read(start, &budget)
}

// header takes an element that describes the feed.
func (p *parser) header(e *element) {
	switch e.name {
	case "title":
		if p.feed.Title == "" {
			p.feed.Title = text(e.text)
		}
	case "ttl":
		if n, err := strconv.Atoi(e.text); err == nil && n > 0 {
			p.feed.TTL = time.Duration(min(n, MaxTTL)) * time.Minute
		}
	}
}

func (p *parser) item(e *element) {
	it := readItem(e)
	if !p.seen[it.ID] {
		p.seen[it.ID] = true
		p.feed.Items = append(p.feed.Items, it)
	}
}
