package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// A RegionKind says what a Region states.
type RegionKind uint8

// The kinds of region. The numbers are the wire's.
const (
	// RegionRoot: the sender holds Count keys in the region, and the trie of just those has this Root.
	RegionRoot RegionKind = 1
	// RegionList: the sender holds exactly these keys in the region.
	RegionList RegionKind = 2
	// RegionWant: the sender holds exactly these keys in the region, and asks for the transactions of all
	// others.
	RegionWant RegionKind = 3
)

const (
	// KeyBits is the length of a key of the depth order in bits, and so of the longest prefix.
	KeyBits = 8 * keySize

	// MaxRegionKeys bounds the keys of one region. Lists are for at most 24; the rest is room for later
	// tuning: 64 * 36 = 2,304 bytes.
	MaxRegionKeys = 64

	keySize     = 36
	regionRoot  = 32
	regionCount = 8
)

// A Region is a part of the key space, all keys that start with a prefix, and what the sender of a sync
// says about it.
//
// Its encoding, all numbers big endian: kind u8, bits u16, the prefix padded with zero bits to whole bytes,
// count u64; then, for a root, its 32 bytes, and for a list or want that many keys, ascending, each
// without the floor(bits/8) bytes at its start that are whole bytes of the prefix.
type Region struct {
	Bits   uint16          // length of the prefix, 0 to KeyBits
	Prefix [keySize]byte   // its bits, the rest zero
	Count  uint64          // keys that the sender holds there
	Kind   RegionKind      //
	Root   [32]byte        // of a RegionRoot
	Keys   [][keySize]byte // of a RegionList or RegionWant: Count of them
}

// Size returns the length of the region's encoding in bytes.
func (r *Region) Size() int {
	n := 1 + 2 + prefixSize(r.Bits) + regionCount
	if r.Kind == RegionRoot {
		return n + regionRoot
	}
	return n + len(r.Keys)*(keySize-int(r.Bits/8))
}

// Contains reports whether every key of the region s is one of r.
func (r *Region) Contains(s *Region) bool {
	return s.Bits >= r.Bits && samePrefix(&r.Prefix, &s.Prefix, r.Bits)
}

// AppendRegions appends the encoding of regions to b. They have to be ascending and disjoint. The error,
// if any, is an *Error of kind ErrData or ErrBound.
func AppendRegions(b []byte, regions []Region) ([]byte, error) {
	start := len(b)
	for i := range regions {
		r := &regions[i]
		if err := r.check(); err != nil {
			return nil, err
		}
		if i > 0 && !regions[i-1].before(r) {
			return nil, regionError(ErrData, "regions not ascending and disjoint")
		}
		b = r.append(b)
		if len(b)-start > MaxRegions {
			return nil, regionError(ErrBound, "regions too large")
		}
	}
	return b, nil
}

func (r *Region) append(b []byte) []byte {
	b = append(b, byte(r.Kind))
	b = binary.BigEndian.AppendUint16(b, r.Bits)
	b = append(b, r.Prefix[:prefixSize(r.Bits)]...)
	b = binary.BigEndian.AppendUint64(b, r.Count)
	if r.Kind == RegionRoot {
		return append(b, r.Root[:]...)
	}
	for i := range r.Keys {
		b = append(b, r.Keys[i][r.Bits/8:]...)
	}
	return b
}

// ParseRegions decodes the raw data of a sync. It accepts exactly what AppendRegions gives: ascending,
// disjoint regions with ascending keys inside of them. The result does not alias b. The error, if any,
// is an *Error of kind ErrData or ErrBound.
func ParseRegions(b []byte) ([]Region, error) {
	if len(b) > MaxRegions {
		return nil, regionError(ErrBound, "regions too large")
	}
	var regions []Region
	for len(b) > 0 {
		r, rest, err := parseRegion(b)
		if err != nil {
			return nil, err
		}
		if n := len(regions); n > 0 && !regions[n-1].before(&r) {
			return nil, regionError(ErrData, "regions not ascending and disjoint")
		}
		regions = append(regions, r)
		b = rest
	}
	return regions, nil
}

func parseRegion(b []byte) (r Region, rest []byte, err error) {
	if len(b) < 3 {
		return r, nil, regionError(ErrData, "region cut short")
	}
	r.Kind = RegionKind(b[0])
	r.Bits = binary.BigEndian.Uint16(b[1:])
	b = b[3:]
	if r.Bits > KeyBits {
		return r, nil, regionError(ErrData, "prefix longer than a key")
	}
	n := prefixSize(r.Bits)
	if len(b) < n+regionCount {
		return r, nil, regionError(ErrData, "region cut short")
	}
	copy(r.Prefix[:], b[:n])
	r.Count = binary.BigEndian.Uint64(b[n:])
	rest, err = r.parseBody(b[n+regionCount:])
	if err != nil {
		return r, nil, err
	}
	return r, rest, r.check()
}

// parseBody reads the root or the keys that follow the head of a region.
func (r *Region) parseBody(b []byte) (rest []byte, err error) {
	if r.Kind == RegionRoot {
		if len(b) < regionRoot {
			return nil, regionError(ErrData, "root cut short")
		}
		copy(r.Root[:], b)
		return b[regionRoot:], nil
	}
	if r.Count > MaxRegionKeys {
		return nil, regionError(ErrBound, "too many keys in a region")
	}
	shared := int(r.Bits / 8)
	size := keySize - shared
	if len(b) < int(r.Count)*size {
		return nil, regionError(ErrData, "keys cut short")
	}
	if r.Count > 0 {
		r.Keys = make([][keySize]byte, r.Count)
	}
	for i := range r.Keys {
		copy(r.Keys[i][:], r.Prefix[:shared])
		copy(r.Keys[i][shared:], b[i*size:])
	}
	return b[int(r.Count)*size:], nil
}

// check is what holds for a region by itself, on both ways.
func (r *Region) check() error {
	if r.Bits > KeyBits || !clearBehind(&r.Prefix, r.Bits) {
		return regionError(ErrData, "bits set behind the prefix")
	}
	switch r.Kind {
	case RegionRoot:
		if r.Count == 0 || r.Keys != nil {
			return regionError(ErrData, "a root of no keys, or with a list")
		}
	case RegionList, RegionWant:
		return r.checkKeys()
	default:
		return regionError(ErrData, "kind "+strconv.Itoa(int(r.Kind)))
	}
	return nil
}

func (r *Region) checkKeys() error {
	if len(r.Keys) > MaxRegionKeys {
		return regionError(ErrBound, "too many keys in a region")
	}
	if r.Count != uint64(len(r.Keys)) || r.Root != [32]byte{} {
		return regionError(ErrData, "a list of another length, or with a root")
	}
	for i := range r.Keys {
		if !samePrefix(&r.Prefix, &r.Keys[i], r.Bits) {
			return regionError(ErrData, "key outside of its region")
		}
		if i > 0 && bytes.Compare(r.Keys[i-1][:], r.Keys[i][:]) >= 0 {
			return regionError(ErrData, "keys not ascending")
		}
	}
	return nil
}

// before reports whether all keys of r are smaller than all keys of s.
func (r *Region) before(s *Region) bool {
	return bytes.Compare(r.Prefix[:], s.Prefix[:]) < 0 && !samePrefix(&r.Prefix, &s.Prefix, min(r.Bits, s.Bits))
}

// samePrefix reports whether a and b agree in their first n bits.
func samePrefix(a, b *[keySize]byte, n uint16) bool {
	whole, rest := int(n/8), n%8
	if !bytes.Equal(a[:whole], b[:whole]) {
		return false
	}
	return rest == 0 || bits.LeadingZeros8(a[whole]^b[whole]) >= int(rest)
}

// clearBehind reports whether all bits of p from n on are zero.
func clearBehind(p *[keySize]byte, n uint16) bool {
	if whole, rest := int(n/8), n%8; rest != 0 && p[whole]<<rest != 0 {
		return false
	}
	return bytes.Count(p[prefixSize(n):], []byte{0}) == keySize-prefixSize(n)
}

func prefixSize(n uint16) int { return (int(n) + 7) / 8 }

func regionError(kind ErrorKind, detail string) error {
	return &Error{Kind: kind, Type: (*Sync)(nil).Type(), Detail: detail}
}
