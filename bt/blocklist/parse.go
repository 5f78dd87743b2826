package blocklist

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// Bounds on what a list may make the program read and keep.
const (
	// MaxSize is the longest list in bytes, after decompression: four million lines of 64 bytes.
	MaxSize = 256 << 20
	// MaxRanges is the most ranges: 32 MB of IPv4, 128 MB of IPv6.
	MaxRanges = 4 << 20
	// MaxLine is the longest line in bytes.
	MaxLine = 4 << 10
	// MaxReported is how many malformed lines are kept for the user.
	MaxReported = 10
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrTooLarge means that a list exceeds a bound.
	ErrTooLarge = errors.New("the block list is too large")
	// ErrNotAList means that hardly a line is one of a block list.
	ErrNotAList = errors.New("not a block list")
)

// LineError is a line that was skipped.
type LineError struct {
	Line int // from 1
	Err  error
}

// Error names the line.
func (e LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what was wrong.
func (e LineError) Unwrap() error { return e.Err }

// Parse reads a list, compressed or not. Malformed lines are skipped and reported by [List.Malformed], as shared
// lists have some; when they are more than the others it is an error of kind ErrNotAList. Other errors are
// ErrTooLarge, those of r, and of a broken compression.
func Parse(r io.Reader) (*List, error) {
	buffered := bufio.NewReader(r)
	var in io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("reading a block list: %w", err)
		}
		in = unzip
	}
	l, err := parse(in)
	if err != nil {
		return nil, fmt.Errorf("reading a block list: %w", err)
	}
	return l, nil
}

func parse(in io.Reader) (*List, error) {
	l := new(List)
	counted := &io.LimitedReader{R: in, N: MaxSize + 1}
	lines := bufio.NewScanner(counted)
	lines.Buffer(make([]byte, 0, MaxLine), MaxLine)
	n := 0
	for lines.Scan() {
		n++
		if err := l.add(string(bytes.TrimSpace(lines.Bytes()))); err != nil {
			l.skip(LineError{n, err})
		}
		if len(l.v4)+len(l.v6) > MaxRanges {
			return nil, fmt.Errorf("line %d: %w: more than %d ranges", n, ErrTooLarge, MaxRanges)
		}
	}
	if counted.N == 0 {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxSize)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d: %w: longer than %d bytes", n+1, ErrTooLarge, MaxLine)
	} else if err != nil {
		return nil, err
	}
	if l.bad > len(l.v4)+len(l.v6) {
		return nil, fmt.Errorf("%w: %d of its lines are not address ranges; the first is %w", ErrNotAList, l.bad, l.malformed[0])
	}
	l.v4 = merge(l.v4, cmp.Compare[uint32], next4)
	l.v6 = merge(l.v6, compare6, next6)
	return l, nil
}

func (l *List) skip(e LineError) {
	l.bad++
	if len(l.malformed) < MaxReported {
		l.malformed = append(l.malformed, e)
	}
}

// blockedLevel is the highest level of a dat file that is blocked.
const blockedLevel = 127

// add enters one line.
func (l *List) add(line string) error {
	if line == "" || line[0] == '#' || line[0] == ';' || strings.HasPrefix(line, "//") {
		return nil
	}
	if ends, rest, ok := strings.Cut(line, ","); ok {
		if first, last, err := addressRange(ends); err == nil {
			level, _, _ := strings.Cut(rest, ",")
			n, err := strconv.ParseUint(strings.TrimSpace(level), 10, 16)
			if err != nil {
				return fmt.Errorf("the level %.20q is not a number", level)
			}
			if n > blockedLevel {
				return nil
			}
			return l.block(first, last)
		}
	}
	if first, last, err := addressRange(line); err == nil {
		return l.block(first, last)
	}
	return l.addNamed(line)
}

// longestRange is two IPv6 addresses in full with an IPv4 end, a dash, and room for blanks.
const longestRange = 128

// addNamed enters a line of the p2p format. The name may hold colons, as an IPv6 address does: the longest rest
// that is a range is taken for it.
func (l *List) addNamed(line string) error {
	for rest := line; ; {
		_, after, ok := strings.Cut(rest, ":")
		if !ok {
			return fmt.Errorf("%.60q is not an address range", line)
		}
		if len(after) <= longestRange {
			if first, last, err := addressRange(after); err == nil {
				return l.block(first, last)
			}
		}
		rest = after
	}
}

// block enters a range.
func (l *List) block(first, last netip.Addr) error {
	if first.Is4() != last.Is4() {
		return fmt.Errorf("%v and %v are of different families", first, last)
	}
	if last.Less(first) {
		return fmt.Errorf("%v comes after %v", first, last)
	}
	if first.Is4() {
		l.v4 = append(l.v4, span[uint32]{number4(first), number4(last)})
		return nil
	}
	l.v6 = append(l.v6, span[addr6]{number6(first), number6(last)})
	return nil
}

// addressRange reads a range, a prefix or one address.
func addressRange(s string) (first, last netip.Addr, err error) {
	if a, b, ok := strings.Cut(s, "-"); ok {
		if first, err = address(a); err == nil {
			last, err = address(b)
		}
		return first, last, err
	}
	a, bits, ok := strings.Cut(s, "/")
	if first, err = address(a); err != nil || !ok {
		return first, first, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(bits), 10, 8)
	if err != nil || int(n) > first.BitLen() {
		return first, last, fmt.Errorf("the prefix length %.20q", bits)
	}
	p := netip.PrefixFrom(first, int(n)).Masked()
	return p.Addr(), lastOf(p), nil
}

// lastOf is the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// address reads an address. Numbers of IPv4 may be padded with zeros, as in dat files, and are decimal.
func address(s string) (netip.Addr, error) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, ":") {
		a, err := netip.ParseAddr(s)
		return a.Unmap().WithZone(""), err
	}
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return netip.Addr{}, fmt.Errorf("%.40q is not an address", s)
	}
	var b [4]byte
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) > 3 {
			return netip.Addr{}, fmt.Errorf("%.40q is not an address", s)
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), nil
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func number6(a netip.Addr) addr6 {
	b := a.As16()
	return addr6{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}
