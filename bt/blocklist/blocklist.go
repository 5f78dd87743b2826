// Package blocklist reads lists of IP addresses that are not to be connected with, in the formats that clients
// share, and answers whether an address is on one. It is pure: it opens nothing and resolves nothing.
//
// One line is one range, in any of these forms, mixed as they come:
//
//	p2p    Some name:1.2.3.0-1.2.3.255
//	dat    001.002.003.000 - 001.002.003.255 , 000 , Some name     (a level above 127 is not blocked)
//	CIDR   1.2.3.0/24, 2001:db8::/32, or one address, or a range
//
// Empty lines and those that begin with #, ; or // are comments. The input may be compressed with gzip.
package blocklist

import (
	"cmp"
	"net/netip"
	"slices"
)

// List is a set of address ranges. It never changes and may be used from any goroutine. The nil List is empty.
type List struct {
	v4        []span[uint32]
	v6        []span[addr6]
	malformed []LineError
	bad       int
}

// span is a range with both ends.
type span[T any] struct{ first, last T }

// addr6 is an IPv6 address as two numbers, the high one first.
type addr6 struct{ high, low uint64 }

func compare6(a, b addr6) int {
	return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low))
}

// Contains says whether an address is on the list. An IPv4 address may come in its IPv6 form.
func (l *List) Contains(a netip.Addr) bool {
	if l == nil || !a.IsValid() {
		return false
	}
	if a = a.Unmap(); a.Is4() {
		return contains(l.v4, number4(a), cmp.Compare[uint32])
	}
	return contains(l.v6, number6(a), compare6)
}

// Len is how many ranges there are, those that touch counted once.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return len(l.v4) + len(l.v6)
}

// Malformed is the first lines that were skipped because they are none of the forms, at most
// [MaxReported], and how many there were.
func (l *List) Malformed() (first []LineError, count int) {
	if l == nil {
		return nil, 0
	}
	return l.malformed, l.bad
}

func contains[T any](spans []span[T], a T, compare func(T, T) int) bool {
	i, exact := slices.BinarySearchFunc(spans, a, func(s span[T], a T) int { return compare(s.first, a) })
	return exact || i > 0 && compare(a, spans[i-1].last) <= 0
}

// merge sorts ranges and joins those that overlap or touch.
func merge[T comparable](spans []span[T], compare func(T, T) int, next func(T) (T, bool)) []span[T] {
	slices.SortFunc(spans, func(a, b span[T]) int { return compare(a.first, b.first) })
	out := spans[:0]
	for _, s := range spans {
		if len(out) > 0 {
			last := &out[len(out)-1]
			after, ok := next(last.last)
			if !ok || compare(s.first, after) <= 0 {
				if compare(s.last, last.last) > 0 {
					last.last = s.last
				}
				continue
			}
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

func next4(a uint32) (uint32, bool) { return a + 1, a+1 != 0 }

func next6(a addr6) (addr6, bool) {
	a.low++
	if a.low == 0 {
		a.high++
	}
	return a, a != addr6{}
}
