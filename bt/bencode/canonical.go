package bencode

import (
	"bytes"
	"fmt"
)

// ErrCanonical means that a value could be written in another way.
var ErrCanonical = fmt.Errorf("%w: not the canonical form", ErrSyntax)

// Canonical checks that the value that b begins with is written in the one way of BEP 3: keys in order, no leading
// zeros, no minus zero. An info dictionary with a version (BEP 52) has to be.
func Canonical(b []byte) error {
	r, _, err := NewReader(b)
	if err != nil {
		return err
	}
	return r.canonical()
}

// canonical recurses as deep as Len allowed.
func (r *Reader) canonical() error {
	switch r.Kind() {
	case List:
		return r.List(r.canonical)
	case Dict:
		return r.canonicalDict()
	case Int:
		return r.canonicalInt()
	}
	_, err := r.canonicalString()
	return err
}

func (r *Reader) canonicalDict() error {
	r.i++
	var last []byte
	for first := true; r.Kind() != None; first = false {
		key, err := r.canonicalString()
		if err != nil {
			return err
		}
		if !first && bytes.Compare(last, key) >= 0 {
			return fmt.Errorf("%w: key %.40q is out of order", ErrCanonical, key)
		}
		last = key
		if err := r.canonical(); err != nil {
			return err
		}
	}
	r.i++
	return nil
}

func (r *Reader) canonicalInt() error {
	start := r.i
	v, err := r.Int()
	if err == nil && len(AppendInt(nil, v)) != r.i-start {
		return fmt.Errorf("%w: number %s", ErrCanonical, r.b[start:r.i])
	}
	return err
}

func (r *Reader) canonicalString() ([]byte, error) {
	start := r.i
	s, err := r.Bytes()
	if err != nil {
		return nil, err
	}
	// The digits, which have no other zero in front than the one of an empty string.
	if digits := r.i - start - len(s) - 1; digits > 1 && r.b[start] == '0' {
		return nil, fmt.Errorf("%w: length of a string", ErrCanonical)
	}
	return s, nil
}
