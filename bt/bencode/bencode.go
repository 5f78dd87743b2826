// Package bencode reads and writes bencode, the encoding of BEP 3, as strangers send it: in one pass,
// without recursion over what has not been measured, and without copying strings.
//
// A value is an integer i<digits>e, a string <length>:<bytes>, a list l<values>e or a dictionary
// d<string><value>...e. [Len] checks a whole value and says where it ends; a [Reader] then walks it.
//
// # What is refused and what is not
//
// Refused: values that end too early, nesting beyond [MaxDepth], integers beyond 64 bits, dictionary keys that
// are no strings, and a key that stands twice in one dictionary, since two readers would see two different
// values. Accepted, because torrents in the wild have it and it means one thing only: leading zeros, minus
// zero, and keys out of order ([Reader.Dict] tells). What stands behind a value is the caller's business.
package bencode

import (
	"errors"
	"fmt"
)

// MaxDepth bounds nesting: a file tree (BEP 52) of 64 folders, the dictionaries around it, and room above
// them. It is what libtorrent 2 takes.
const MaxDepth = 100

// maxDigits is how many digits a 64-bit number has, with its sign and a few leading zeros.
const maxDigits = 24

// Kinds of failure; compare with errors.Is.
var (
	ErrTruncated = errors.New("bencode ends too early")
	ErrTooDeep   = errors.New("bencode nested too deeply")
	ErrSyntax    = errors.New("bencode syntax")
	ErrDuplicate = errors.New("a dictionary has one key twice")
	ErrType      = errors.New("bencode of another type")
)

// What a container waits for.
const (
	inList  = 'l'
	wantKey = 'k'
	wantVal = 'v'
)

// Len returns the length in bytes of the value that b begins with. It checks lengths, nesting, numbers,
// terminators and that keys are strings; it neither recurses nor allocates.
func Len(b []byte) (int, error) {
	var stack [MaxDepth]byte
	depth, i := 0, 0
	for {
		if i >= len(b) {
			return 0, ErrTruncated
		}
		c := b[i]
		end := c == 'e' && depth > 0 && stack[depth-1] != wantVal
		if depth > 0 && stack[depth-1] == wantKey && !end && !isDigit(c) {
			return 0, fmt.Errorf("%w: a key that is no string at byte %d", ErrSyntax, i)
		}
		switch {
		case end:
			depth--
			i++
		case c == 'd' || c == 'l':
			if depth == MaxDepth {
				return 0, ErrTooDeep
			}
			stack[depth] = opened(c)
			depth++
			i++
			continue
		default:
			n, err := scalarLen(b[i:])
			if err != nil {
				return 0, fmt.Errorf("%w at byte %d", err, i)
			}
			i += n
		}
		if depth == 0 {
			return i, nil
		}
		stack[depth-1] = after(stack[depth-1])
	}
}

// opened is what a new container waits for.
func opened(c byte) byte {
	if c == 'd' {
		return wantKey
	}
	return inList
}

// after is what a container waits for once it got something.
func after(state byte) byte {
	switch state {
	case wantKey:
		return wantVal
	case wantVal:
		return wantKey
	}
	return inList
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func scalarLen(b []byte) (int, error) {
	switch {
	case b[0] == 'i':
		_, n, err := readInt(b)
		return n, err
	case isDigit(b[0]):
		_, n, err := readString(b)
		return n, err
	}
	return 0, fmt.Errorf("%w: %q", ErrSyntax, b[0])
}

// readInt reads i<digits>e and returns its length too.
func readInt(b []byte) (v int64, n int, err error) {
	i, negative := 1, false
	if i < len(b) && b[i] == '-' {
		negative = true
		i++
	}
	first := i
	for ; i < len(b) && isDigit(b[i]) && i < maxDigits; i++ {
		d := int64(b[i] - '0')
		// Counting downwards reaches the least number too.
		if v < (-1<<63+d)/10 {
			return 0, 0, fmt.Errorf("%w: a number beyond 64 bits", ErrSyntax)
		}
		v = v*10 - d
	}
	if i >= len(b) {
		return 0, 0, ErrTruncated
	}
	if b[i] != 'e' || i == first {
		return 0, 0, fmt.Errorf("%w: number", ErrSyntax)
	}
	if negative {
		return v, i + 1, nil
	}
	if v == -1<<63 {
		return 0, 0, fmt.Errorf("%w: a number beyond 64 bits", ErrSyntax)
	}
	return -v, i + 1, nil
}

// readString reads <n>:<n bytes> and returns its length too.
func readString(b []byte) (s []byte, n int, err error) {
	size := 0
	for i, c := range b {
		if c == ':' {
			if size > len(b)-i-1 {
				return nil, 0, fmt.Errorf("%w: a string of %d bytes", ErrTruncated, size)
			}
			end := i + 1 + size
			return b[i+1 : end : end], end, nil
		}
		if !isDigit(c) {
			return nil, 0, fmt.Errorf("%w: string", ErrSyntax)
		}
		if size > len(b) {
			return nil, 0, fmt.Errorf("%w: a string longer than the rest", ErrTruncated)
		}
		size = size*10 + int(c-'0')
	}
	return nil, 0, ErrTruncated
}
