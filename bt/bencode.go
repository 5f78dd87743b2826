package bt

import (
	"errors"
	"fmt"
)

// maxBencodeDepth bounds nesting: a file tree of MaxPathDepth directories with room above it. The
// library's decoder recurses, and a deep enough list overflows the stack, which nothing can recover.
const maxBencodeDepth = MaxPathDepth + 8

var (
	errTruncated = errors.New("bencode ends too early")
	errTooDeep   = errors.New("bencode nested too deeply")
	errSyntax    = errors.New("bencode syntax")
)

// bencodeLen returns the length of the bencoded value that b begins with, without recursion and without
// allocating. It checks structure only: lengths, nesting and terminators.
func bencodeLen(b []byte) (int, error) {
	depth, i := 0, 0
	for {
		if i >= len(b) {
			return 0, errTruncated
		}
		switch c := b[i]; {
		case c == 'd' || c == 'l':
			if depth++; depth > maxBencodeDepth {
				return 0, errTooDeep
			}
			i++
		case c == 'e' && depth > 0:
			depth--
			i++
		case c == 'i':
			n, err := bencodeIntLen(b[i:])
			if err != nil {
				return 0, err
			}
			i += n
		case c >= '0' && c <= '9':
			n, err := bencodeStringLen(b[i:])
			if err != nil {
				return 0, err
			}
			i += n
		default:
			return 0, fmt.Errorf("%w: byte %q at %d", errSyntax, c, i)
		}
		if depth == 0 {
			return i, nil
		}
	}
}

// maxBencodeDigits is how many digits a 64-bit number has, with its sign.
const maxBencodeDigits = 20

// bencodeIntLen is the length of i<digits>e.
func bencodeIntLen(b []byte) (int, error) {
	for i := 1; i < len(b) && i <= maxBencodeDigits+1; i++ {
		if b[i] == 'e' {
			if i == 1 {
				break
			}
			return i + 1, nil
		}
		if (b[i] < '0' || b[i] > '9') && !(b[i] == '-' && i == 1) {
			break
		}
	}
	return 0, fmt.Errorf("%w: number", errSyntax)
}

// bencodeStringLen is the length of <n>:<n bytes>.
func bencodeStringLen(b []byte) (int, error) {
	n := 0
	for i := range b {
		if b[i] == ':' {
			if n > len(b)-i-1 {
				return 0, errTruncated
			}
			return i + 1 + n, nil
		}
		if b[i] < '0' || b[i] > '9' || n > len(b) {
			break
		}
		n = n*10 + int(b[i]-'0')
	}
	return 0, fmt.Errorf("%w: string", errSyntax)
}
