package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/torrenttx/ttx/ext/wire"
)

type regionKey = [36]byte

// regionPrefix clears the bits of k from n on.
func regionPrefix(k regionKey, n uint16) regionKey {
	for i := int(n); i < wire.KeyBits; i++ {
		k[i/8] &^= 0x80 >> (i % 8)
	}
	return k
}

// drawRegion draws a region of keys that start with a given byte.
func drawRegion(t *rapid.T, first byte) wire.Region {
	drawKey := rapid.Custom(func(t *rapid.T) (k regionKey) {
		copy(k[:], rapid.SliceOfN(rapid.Byte(), len(k), len(k)).Draw(t, "key"))
		k[0] = first
		return k
	})
	r := wire.Region{
		Bits: rapid.Uint16Range(8, wire.KeyBits).Draw(t, "bits"),
		Kind: rapid.SampledFrom([]wire.RegionKind{wire.RegionRoot, wire.RegionList, wire.RegionWant}).Draw(t, "kind"),
	}
	r.Prefix = regionPrefix(drawKey.Draw(t, "prefix"), r.Bits)
	if r.Kind == wire.RegionRoot {
		r.Count = rapid.Uint64Min(1).Draw(t, "count")
		copy(r.Root[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "root"))
		return r
	}
	for _, k := range rapid.SliceOfN(drawKey, 0, 8).Draw(t, "keys") {
		head := regionPrefix(k, r.Bits)
		for i := range k {
			k[i] ^= head[i] ^ r.Prefix[i]
		}
		r.Keys = append(r.Keys, k)
	}
	slices.SortFunc(r.Keys, func(a, b regionKey) int { return bytes.Compare(a[:], b[:]) })
	r.Keys = slices.Compact(r.Keys)
	r.Count = uint64(len(r.Keys))
	return r
}

func TestRegionsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		firsts := rapid.SliceOfNDistinct(rapid.Byte(), 0, 20, rapid.ID[byte]).Draw(t, "firsts")
		slices.Sort(firsts)
		var regions []wire.Region
		size := 0
		for _, first := range firsts {
			r := drawRegion(t, first)
			regions = append(regions, r)
			size += r.Size()
		}
		b, err := wire.AppendRegions(nil, regions)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != size {
			t.Fatalf("%d bytes, Size adds up to %d", len(b), size)
		}
		back, err := wire.ParseRegions(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, regions) {
			t.Fatalf("wrote %+v, read %+v", regions, back)
		}
	})
}

// unhex removes the spaces that make an encoding readable.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	zero4  = "00000000"
	zero8  = zero4 + zero4
	zero32 = zero8 + zero8 + zero8 + zero8
	zero36 = zero32 + zero4
)

func TestParseRegionsRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		kind     wire.ErrorKind
	}{
		{"unknown kind", "00 0000 0000000000000000", wire.ErrData},
		{"kind above", "04 0000 0000000000000000", wire.ErrData},
		{"head cut", "01 00", wire.ErrData},
		{"prefix cut", "01 0008", wire.ErrData},
		{"count cut", "02 0000 00000000000000", wire.ErrData},
		{"root cut", "01 0000 0000000000000001" + zero32[2:], wire.ErrData},
		{"root of nothing", "01 0000 0000000000000000" + zero32, wire.ErrData},
		{"keys cut", "02 0000 0000000000000001" + zero36[2:], wire.ErrData},
		{"too many keys", "02 0000 0000000000000041", wire.ErrBound},
		{"count of 2^64-1", "03 0000 ffffffffffffffff", wire.ErrBound},
		{"prefix too long", "02 0121" + zero36 + "00 0000000000000000", wire.ErrData},
		{"bits behind the prefix", "02 0004 18 0000000000000000", wire.ErrData},
		{"key outside", "02 0004 10 0000000000000001 20" + zero36[2:], wire.ErrData},
		{"keys equal", "02 0000 0000000000000002" + zero36 + zero36, wire.ErrData},
		{"two of a whole key", "02 0120" + zero36 + "0000000000000002", wire.ErrData},
		{"regions equal", "02 0008 00 0000000000000000 02 0008 00 0000000000000000", wire.ErrData},
		{"regions descending", "02 0008 01 0000000000000000 02 0008 00 0000000000000000", wire.ErrData},
		{"regions nested", "02 0004 10 0000000000000000 02 0008 18 0000000000000000", wire.ErrData},
		{"whole space twice", "02 0000 0000000000000000 02 0000 0000000000000000", wire.ErrData},
	}
	for _, tt := range tests {
		if _, err := wire.ParseRegions(unhex(t, tt.in)); !errors.Is(err, tt.kind) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.kind)
		}
	}
}

func TestAppendRegionsRefuses(t *testing.T) {
	tests := []struct {
		name string
		in   []wire.Region
		kind wire.ErrorKind
	}{
		{"a root of nothing", []wire.Region{{Kind: wire.RegionRoot}}, wire.ErrData},
		{"a root with keys", []wire.Region{{Kind: wire.RegionRoot, Count: 1, Keys: make([]regionKey, 1)}}, wire.ErrData},
		{"a list with a root", []wire.Region{{Kind: wire.RegionList, Root: [32]byte{1}}}, wire.ErrData},
		{"a list of another length", []wire.Region{{Kind: wire.RegionList, Count: 1}}, wire.ErrData},
		{"too many keys", []wire.Region{{Kind: wire.RegionWant, Count: 65, Keys: make([]regionKey, 65)}}, wire.ErrBound},
		{"too long a prefix", []wire.Region{{Kind: wire.RegionWant, Bits: 289}}, wire.ErrData},
	}
	for _, tt := range tests {
		if _, err := wire.AppendRegions(nil, tt.in); !errors.Is(err, tt.kind) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.kind)
		}
	}
}

func TestAppendRegionsBoundsTheFrame(t *testing.T) {
	regions := make([]wire.Region, wire.MaxRegions/13+1) // 13 bytes each
	for i := range regions {
		regions[i] = wire.Region{Kind: wire.RegionWant, Bits: 16, Prefix: regionKey{byte(i >> 8), byte(i)}}
	}
	most := len(regions) - 1
	if _, err := wire.AppendRegions([]byte("before"), regions[:most]); err != nil {
		t.Errorf("%d regions: %v", most, err)
	}
	if _, err := wire.AppendRegions(nil, regions); !errors.Is(err, wire.ErrBound) {
		t.Errorf("%d regions: error %v, want %v", len(regions), err, wire.ErrBound)
	}
}

func TestRegionContains(t *testing.T) {
	in := func(bits uint16, first byte) *wire.Region {
		return &wire.Region{Bits: bits, Prefix: regionKey{first}}
	}
	tests := []struct {
		outer, inner *wire.Region
		want         bool
	}{
		{in(0, 0), in(0, 0), true},
		{in(0, 0), in(8, 0x77), true},
		{in(4, 0x70), in(8, 0x77), true},
		{in(8, 0x77), in(4, 0x70), false},
		{in(4, 0x70), in(8, 0x67), false},
		{in(3, 0x60), in(8, 0x77), true},
	}
	for _, tt := range tests {
		if got := tt.outer.Contains(tt.inner); got != tt.want {
			t.Errorf("%d bits %x contains %d bits %x: %v", tt.outer.Bits, tt.outer.Prefix[0], tt.inner.Bits, tt.inner.Prefix[0], got)
		}
	}
}

func FuzzParseRegions(f *testing.F) {
	for _, s := range []string{
		"",
		"01 0000 0000000000000001" + zero32,
		"02 0004 10 0000000000000001 17" + zero36[2:],
		"03 0003 20 0000000000000000 01 0009 4080 ffffffffffffffff" + zero32,
		"02 0120" + zero36 + "0000000000000001",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		regions, err := wire.ParseRegions(b)
		if err != nil {
			return
		}
		again, err := wire.AppendRegions(nil, regions)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x reads as %+v, which encodes to %x, %v", b, regions, again, err)
		}
	})
}
