package bencode_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	zeebo "github.com/zeebo/bencode"

	"github.com/torrenttx/ttx/bt/bencode"
)

func TestLen(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("l", n) + strings.Repeat("e", n) }
	for s, want := range map[string]error{
		"i0e": nil, "i-0e": nil, "i007e": nil, "le": nil, "de": nil, "0:": nil, "03:abc": nil, "d1:ai1e0:lee": nil,
		"i9223372036854775807e": nil, "i-9223372036854775808e": nil, deep(bencode.MaxDepth): nil,
		"i9223372036854775808e": bencode.ErrSyntax, "i-9223372036854775809e": bencode.ErrSyntax, "i00000000000000000000000000e": bencode.ErrSyntax,
		"ie": bencode.ErrSyntax, "i-e": bencode.ErrSyntax, "i+1e": bencode.ErrSyntax, "x": bencode.ErrSyntax, "e": bencode.ErrSyntax,
		"di1ei1ee": bencode.ErrSyntax, "dlei1ee": bencode.ErrSyntax, "d1:ae": bencode.ErrSyntax, "1x": bencode.ErrSyntax,
		"": bencode.ErrTruncated, "i1": bencode.ErrTruncated, "2:a": bencode.ErrTruncated, "l": bencode.ErrTruncated,
		"99999999999999999999:": bencode.ErrTruncated, "3": bencode.ErrTruncated, deep(bencode.MaxDepth + 1): bencode.ErrTooDeep,
	} {
		n, err := bencode.Len([]byte(s))
		if !errors.Is(err, want) || (err == nil && n != len(s)) {
			t.Errorf("%.40q: %d, %v; want %v", s, n, err, want)
		}
	}
}

func TestDictionaries(t *testing.T) {
	for s, want := range map[string]struct {
		sorted bool
		err    error
	}{
		"d1:ai1e1:bi2ee":       {true, nil},
		"d1:bi1e1:ai2ee":       {false, nil},
		"d1:ai1e1:ai2ee":       {false, bencode.ErrDuplicate},
		"d1:ai1e1:bi2e1:ai3ee": {false, bencode.ErrDuplicate},
		"l1:ae":                {false, bencode.ErrType},
		"d0:i1e1:ai1e2:aai1ee": {true, nil},
		"d1:ad1:bi1e1:ai2eee":  {true, nil}, // only its own keys
	} {
		r, _, err := bencode.NewReader([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		sorted, err := r.Dict(func([]byte) error { return nil })
		if sorted != want.sorted || !errors.Is(err, want.err) {
			t.Errorf("%s: %v, %v", s, sorted, err)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, s := range []string{"i0e", "d0:i1e1:ale1:b2:xxe", "0:", "i-7e"} {
		if err := bencode.Canonical([]byte(s)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range []string{"i00e", "i-0e", "01:x", "00:", "d00:i1ee", "ld1:bi1e1:ai1eee", "d1:ai1e1:ai1ee"} {
		if err := bencode.Canonical([]byte(s)); !errors.Is(err, bencode.ErrCanonical) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// again writes what it reads.
func again(r *bencode.Reader) (out []byte, err error) {
	switch r.Kind() {
	case bencode.Int:
		v, err := r.Int()
		return bencode.IntValue(v), err
	case bencode.String:
		s, err := r.Bytes()
		return bencode.StringValue(s), err
	case bencode.List:
		var values [][]byte
		err := r.List(func() error {
			v, err := again(r)
			values = append(values, v)
			return err
		})
		return bencode.AppendList(nil, values...), err
	}
	entries := make(map[string][]byte)
	_, err = r.Dict(func(key []byte) (err error) {
		entries[string(key)], err = again(r)
		return err
	})
	return bencode.AppendDict(nil, entries), err
}

// FuzzReader: what is canonical is written the same; what is written is canonical, and another decoder reads it.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"i0e", "i-1e", "le", "d1:ai1ee", "0:", "3:abc", "99999999999999999999:", "lllll", "ie", "d1:bi1e1:ali07eee"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n, err := bencode.NewReader(b)
		if err != nil {
			return
		}
		out, err := again(r)
		if err != nil {
			if !errors.Is(err, bencode.ErrDuplicate) {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		if same := bytes.Equal(out, b[:n]); same != (bencode.Canonical(b[:n]) == nil) {
			t.Errorf("%q is written as %q", b[:n], out)
		}
		var v any
		if err := zeebo.DecodeBytes(out, &v); err != nil {
			t.Errorf("another decoder: %q: %v", out, err)
		}
	})
}

func BenchmarkLen(b *testing.B) {
	raw := []byte("d4:listli1ei2ee4:name4:texte")
	for b.Loop() {
		if _, err := bencode.Len(raw); err != nil {
			b.Fatal(err)
		}
	}
}
