package rss

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// element is an element with all that is in it.
type element struct {
	space, name string // namespace, or its prefix if none was declared; name in lower case
	attrs       []xml.Attr
	text        string
	children    []*element
}

// attr is the value of an attribute, whatever its namespace.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if strings.EqualFold(a.Name.Local, name) {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// own are the children of the name in the element's own namespace.
func (e *element) own(name string) []*element {
	var list []*element
	for _, c := range e.children {
		if c.name == name && c.space == e.space {
			list = append(list, c)
		}
	}
	return list
}

// first is the text of the first child of the name in the element's own namespace.
func (e *element) first(name string) string {
	for _, c := range e.own(name) {
		if c.text != "" {
			return c.text
		}
	}
	return ""
}

// metered hands a document to the XML decoder byte by byte, so many for each token.
type metered struct {
	*bytes.Reader
	left int
}

func (m *metered) ReadByte() (byte, error) {
	if m.left--; m.left < 0 {
		return 0, fmt.Errorf("%w: a tag or text of more than %d bytes", ErrTooLarge, MaxToken)
	}
	return m.Reader.ReadByte()
}

// walker goes through a document's elements.
type walker struct {
	in    *metered
	dec   *xml.Decoder
	depth int
}

func newWalker(doc []byte) *walker {
	w := &walker{in: &metered{Reader: bytes.NewReader(doc)}}
	w.dec = xml.NewDecoder(w.in)
	w.dec.Strict = false // bare ampersands and unclosed elements are common
	w.dec.Entity = xml.HTMLEntity
	w.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	return w
}

// next is the next token. At the end of the document it is nil, io.EOF.
func (w *walker) next() (xml.Token, error) {
	w.in.left = MaxToken
	tok, err := w.dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, ErrTooLarge) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %.200s", ErrMalformed, err.Error())
	}
	switch tok := tok.(type) {
	case xml.StartElement:
		if w.depth++; w.depth > MaxDepth {
			return nil, fmt.Errorf("%w: elements nest deeper than %d", ErrTooLarge, MaxDepth)
		}
	case xml.EndElement:
		w.depth--
	case xml.Directive:
		if bytes.ContainsAny(tok, "[") || bytes.HasPrefix(bytes.ToUpper(tok), []byte("ENTITY")) {
			return nil, fmt.Errorf("%w: it declares entities of its own", ErrMalformed)
		}
	}
	return tok, nil
}

// read reads the rest of an element that was begun, with at most so many elements in it.
func (w *walker) read(start xml.StartElement, budget *int) (*element, error) {
	if *budget--; *budget < 0 {
		return nil, fmt.Errorf("%w: an item of more than %d elements", ErrTooLarge, MaxElements)
	}
	e := &element{space: start.Name.Space, name: strings.ToLower(start.Name.Local), attrs: start.Copy().Attr}
	if isProse(e.name) {
		return e, w.skip()
	}
	var text strings.Builder
	for {
		tok, err := w.next()
		if err != nil {
			return nil, cutShort(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			child, err := w.read(tok, budget)
			if err != nil {
				return nil, err
			}
			e.children = append(e.children, child)
		case xml.CharData:
			text.Write(tok)
		case xml.EndElement:
			e.text = strings.TrimSpace(text.String())
			return e, nil
		}
	}
}

// skip passes over the rest of an element that was begun.
func (w *walker) skip() error {
	for end := w.depth - 1; w.depth > end; {
		if _, err := w.next(); err != nil {
			return cutShort(err)
		}
	}
	return nil
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends in the middle", ErrMalformed)
	}
	return err
}

// isProse reports whether an element holds a text for people, which is not kept. That of media:content is an attribute's.
func isProse(name string) bool {
	switch name {
	case "description", "summary", "encoded", "subtitle":
		return true
	}
	return false
}
