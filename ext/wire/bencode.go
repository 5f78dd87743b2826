package wire

import (
	"bytes"
	"math"
	"strconv"
)

// A scanner reads canonical bencode strictly: no leading zeros, no negative numbers, keys in strictly
// ascending order. It only moves forward over b; values alias b.
type scanner struct {
	b   []byte
	pos int
}

func (s *scanner) peek() byte {
	if s.pos < len(s.b) {
		return s.b[s.pos]
	}
	return 0
}

func (s *scanner) fail(detail string) error {
	return &Error{Kind: ErrSyntax, Detail: detail + " at byte " + strconv.Itoa(s.pos)}
}

// expect consumes one byte.
func (s *scanner) expect(c byte) error {
	if s.pos >= len(s.b) || s.b[s.pos] != c {
		return s.fail("no '" + string(rune(c)) + "'")
	}
	s.pos++
	return nil
}

// number reads digits up to the byte end, which it consumes. The result is 0..2^63-1.
func (s *scanner) number(end byte) (uint64, error) {
	start := s.pos
	var v uint64
	for s.pos < len(s.b) && s.b[s.pos] >= '0' && s.b[s.pos] <= '9' {
		d := uint64(s.b[s.pos] - '0')
		if v > (math.MaxInt64-d)/10 {
			return 0, s.fail("number above 2^63-1")
		}
		v = v*10 + d
		s.pos++
	}
	switch n := s.pos - start; {
	case n == 0:
		return 0, s.fail("no digits")
	case n > 1 && s.b[start] == '0':
		return 0, s.fail("leading zero")
	}
	return v, s.expect(end)
}

// integer reads i...e.
func (s *scanner) integer() (uint64, error) {
	if err := s.expect('i'); err != nil {
		return 0, err
	}
	return s.number('e')
}

// str reads a byte string.
func (s *scanner) str() ([]byte, error) {
	n, err := s.number(':')
	if err != nil {
		return nil, err
	}
	if n > uint64(len(s.b)-s.pos) {
		return nil, s.fail("string beyond the end")
	}
	v := s.b[s.pos : s.pos+int(n) : s.pos+int(n)]
	s.pos += int(n)
	return v, nil
}

// dict walks a dictionary, calling value for each key with the scanner at the value, which it must
// consume.
func (s *scanner) dict(value func(key []byte) error) error {
	if err := s.expect('d'); err != nil {
		return err
	}
	var last []byte // nil before the first key
	for s.peek() != 'e' {
		key, err := s.str()
		if err != nil {
			return err
		}
		if last != nil && bytes.Compare(key, last) <= 0 {
			return s.fail("keys not ascending")
		}
		last = key
		if err := value(key); err != nil {
			return err
		}
	}
	return s.expect('e')
}

// list walks a list in the same way.
func (s *scanner) list(item func() error) error {
	if err := s.expect('l'); err != nil {
		return err
	}
	for s.peek() != 'e' {
		if err := item(); err != nil {
			return err
		}
	}
	return s.expect('e')
}

// skip consumes one value of any form, at most depth levels deep.
func (s *scanner) skip(depth int) error {
	switch c := s.peek(); {
	case c == 'i':
		_, err := s.integer()
		return err
	case c == 'd' || c == 'l':
		if depth == 0 {
			return s.fail("nested too deep")
		}
		if c == 'l' {
			return s.list(func() error { return s.skip(depth - 1) })
		}
		return s.dict(func([]byte) error { return s.skip(depth - 1) })
	default:
		_, err := s.str()
		return err
	}
}

// value consumes one value and returns its bytes.
func (s *scanner) value(depth int) ([]byte, error) {
	start := s.pos
	if err := s.skip(depth); err != nil {
		return nil, err
	}
	return s.b[start:s.pos:s.pos], nil
}

func appendInteger(b []byte, v uint64) []byte {
	b = append(b, 'i')
	b = strconv.AppendUint(b, v, 10)
	return append(b, 'e')
}

func appendString[T string | []byte](b []byte, v T) []byte {
	b = strconv.AppendInt(b, int64(len(v)), 10)
	b = append(b, ':')
	return append(b, v...)
}
