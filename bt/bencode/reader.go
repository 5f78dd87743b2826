package bencode

import (
	"bytes"
	"fmt"
)

// Kind is the type of a value.
type Kind byte

// The kinds, and None where a list or dictionary ends.
const (
	None   Kind = 0
	Int    Kind = 'i'
	String Kind = 's'
	List   Kind = 'l'
	Dict   Kind = 'd'
)

// Reader walks one value. What it returns are slices of what it reads.
type Reader struct {
	b []byte
	i int
}

// NewReader checks the value that b begins with, and returns a reader of it and its length in bytes.
func NewReader(b []byte) (*Reader, int, error) {
	n, err := Len(b)
	if err != nil {
		return nil, 0, err
	}
	return &Reader{b: b[:n]}, n, nil
}

// Kind is the type of the next value.
func (r *Reader) Kind() Kind {
	if r.i >= len(r.b) {
		return None
	}
	switch c := r.b[r.i]; {
	case isDigit(c):
		return String
	case c == 'i' || c == 'l' || c == 'd':
		return Kind(c)
	}
	return None
}

func (r *Reader) want(k Kind) error {
	if got := r.Kind(); got != k {
		return fmt.Errorf("%w: %s, not %s", ErrType, got, k)
	}
	return nil
}

// String names a kind.
func (k Kind) String() string {
	switch k {
	case Int:
		return "a number"
	case String:
		return "a string"
	case List:
		return "a list"
	case Dict:
		return "a dictionary"
	}
	return "nothing"
}

// Int reads an integer.
func (r *Reader) Int() (int64, error) {
	if err := r.want(Int); err != nil {
		return 0, err
	}
	v, n, err := readInt(r.b[r.i:])
	r.i += n
	return v, err
}

// Bytes reads a string.
func (r *Reader) Bytes() ([]byte, error) {
	if err := r.want(String); err != nil {
		return nil, err
	}
	s, n, err := readString(r.b[r.i:])
	r.i += n
	return s, err
}

// Raw reads a value of any kind, as it is encoded.
func (r *Reader) Raw() ([]byte, error) {
	n, err := Len(r.b[r.i:])
	if err != nil {
		return nil, err
	}
	r.i += n
	return r.b[r.i-n : r.i : r.i], nil
}

// Skip reads a value of any kind and forgets it.
func (r *Reader) Skip() error {
	_, err := r.Raw()
	return err
}

// List reads a list, calling each at the beginning of every value. What each does not read is skipped.
func (r *Reader) List(each func() error) error {
	if err := r.want(List); err != nil {
		return err
	}
	r.i++
	for r.Kind() != None {
		if err := r.one(each); err != nil {
			return err
		}
	}
	r.i++
	return nil
}

// Dict reads a dictionary, calling each with every key at the beginning of its value. What each does not
// read is skipped. It says whether the keys are in order, as BEP 3 wants them.
func (r *Reader) Dict(each func(key []byte) error) (sorted bool, err error) {
	if err := r.want(Dict); err != nil {
		return false, err
	}
	r.i++
	start, sorted := r.i, true
	var last []byte
	for first := true; r.Kind() != None; first = false {
		key, err := r.Bytes()
		if err != nil {
			return false, err
		}
		if !first {
			switch bytes.Compare(last, key) {
			case 0:
				return false, fmt.Errorf("%w: %.40q", ErrDuplicate, key)
			case 1:
				sorted = false
			}
		}
		last = key
		if err := r.one(func() error { return each(key) }); err != nil {
			return false, err
		}
	}
	if !sorted {
		if err := (&Reader{b: r.b, i: start}).unique(); err != nil {
			return false, err
		}
	}
	r.i++
	return sorted, nil
}

// one calls read, and skips the value it stands at if read did not take it.
func (r *Reader) one(read func() error) error {
	before := r.i
	if err := read(); err != nil {
		return err
	}
	if r.i == before {
		return r.Skip()
	}
	return nil
}

// unique looks for a key that stands twice in the dictionary whose first key is next.
func (r *Reader) unique() error {
	seen := make(map[string]bool)
	for r.Kind() != None {
		key, err := r.Bytes()
		if err != nil {
			return err
		}
		if seen[string(key)] {
			return fmt.Errorf("%w: %.40q", ErrDuplicate, key)
		}
		seen[string(key)] = true
		if err := r.Skip(); err != nil {
			return err
		}
	}
	return nil
}
