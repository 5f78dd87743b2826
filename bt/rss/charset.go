package rss

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// declarationSize is how much of a document is looked at for its charset.
const declarationSize = 256

// toUTF8 gives a document in UTF-8 without the characters that XML forbids. Its charset is that of its byte order mark,
// else of its XML declaration, else UTF-8.
func toUTF8(raw []byte) ([]byte, error) {
	enc, err := charset(raw)
	if err != nil {
		return nil, err
	}
	if enc == nil {
		return clean(bytes.ToValidUTF8(raw, []byte("\ufffd")))
	}
	plain, err := io.ReadAll(io.LimitReader(transform.NewReader(bytes.NewReader(raw), enc.NewDecoder()), MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: charset: %w", ErrMalformed, err)
	}
	return clean(plain)
}

// charset is the decoder of a document; nil for UTF-8.
func charset(raw []byte) (encoding.Encoding, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xfe\xff")), bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), nil
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return nil, nil
	}
	declaration := regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)
	m := declaration.FindSubmatch(raw[:min(len(raw), declarationSize)])
	if m == nil {
		return nil, nil
	}
	enc, err := htmlindex.Get(string(m[1]))
	if err != nil {
		return nil, fmt.Errorf("%w: the charset %q is not known", ErrMalformed, m[1])
	}
	name, err := htmlindex.Name(enc)
	if errors.Is(err, nil) && (name == "utf-8" || name == "utf-16le" || name == "utf-16be") {
		return nil, nil // what was just read as ASCII is not UTF-16
	}
	return enc, nil
}

// clean leaves out a byte order mark and puts a space for what XML 1.0 forbids.
func clean(doc []byte) ([]byte, error) {
	if len(doc) > MaxSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxSize)
	}
	doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
	return bytes.Map(func(r rune) rune {
		if r == '\ufffe' || r == '\uffff' || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return ' '
		}
		if r == utf8.RuneError {
			return '\ufffd'
		}
		return r
	}, doc), nil
}
