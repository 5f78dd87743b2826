package blocklist

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parsed(t testing.TB, text string) *List {
	t.Helper()
	l, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		line    string
		in, out []string
	}{
		{"Bad people:1.2.3.4-1.2.3.9", []string{"1.2.3.4", "1.2.3.9", "::ffff:1.2.3.5"}, []string{"1.2.3.3", "1.2.3.10", "::1"}},
		{"a:b - c, http://x:1.2.3.4-1.2.3.4", []string{"1.2.3.4"}, []string{"1.2.3.5"}},
		{"001.002.003.004 - 001.002.003.009 , 000 , Bad, people", []string{"1.2.3.4", "1.2.3.9"}, []string{"1.2.3.10"}},
		{"010.002.003.004 - 010.002.003.009 , 127 , x", []string{"10.2.3.4"}, []string{"8.2.3.4"}},
		{"1.2.3.4 - 1.2.3.9 , 128 , allowed", nil, []string{"1.2.3.4"}},
		{"1.2.3.0/24", []string{"1.2.3.0", "1.2.3.255"}, []string{"1.2.2.255", "1.2.4.0"}},
		{"1.2.3.77/24", []string{"1.2.3.0"}, nil},
		{"0.0.0.0/0", []string{"0.0.0.0", "255.255.255.255"}, []string{"::1"}},
		{"1.2.3.4", []string{"1.2.3.4"}, []string{"1.2.3.5"}},
		{"2001:db8::/32", []string{"2001:db8::", "2001:db8:ffff::1"}, []string{"2001:db9::", "1.2.3.4"}},
		{"::/0", []string{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, []string{"1.2.3.4"}},
		{"named:2001:db8::1-2001:db8::ff", []string{"2001:db8::1", "2001:db8::ff"}, []string{"2001:db8::100"}},
		{"# 1.2.3.4", nil, []string{"1.2.3.4"}}, {"; 1.2.3.4", nil, []string{"1.2.3.4"}}, {"//1.2.3.4", nil, []string{"1.2.3.4"}},
		{"  1.2.3.4\r", []string{"1.2.3.4"}, nil},
	} {
		l := parsed(t, c.line)
		for _, a := range c.in {
			if !l.Contains(netip.MustParseAddr(a)) {
				t.Errorf("%q does not block %s", c.line, a)
			}
		}
		for _, a := range c.out {
			if l.Contains(netip.MustParseAddr(a)) {
				t.Errorf("%q blocks %s", c.line, a)
			}
		}
	}
}

func TestMalformedLinesAreNamed(t *testing.T) {
	good := strings.Repeat("1.2.3.4\n", 20)
	for _, bad := range []string{
		"nonsense", "name:", "1.2.3", "1.2.3.256", "1.2.3.4-", "1.2.3.9-1.2.3.4", "1.2.3.4/33", "1.2.3.4/x",
		"1.2.3.4-::1", "1.2.3.4 - 1.2.3.5 , many , x", "::g", "1.2.3.0004", "1.2.3.4/-1",
	} {
		l := parsed(t, good+bad+"\n"+"5.6.7.8\n")
		first, n := l.Malformed()
		if n != 1 || first[0].Line != 21 {
			t.Errorf("%q: %d malformed, %v", bad, n, first)
		}
		if !l.Contains(netip.MustParseAddr("5.6.7.8")) {
			t.Errorf("%q: the line after it is missing", bad)
		}
	}
	l := parsed(t, good+strings.Repeat("bad\n", 15))
	if first, n := l.Malformed(); n != 15 || len(first) != MaxReported {
		t.Errorf("%d of %d reported", len(first), n)
	}
	_, err := Parse(strings.NewReader("<html>\n<body>\nno list\n"))
	if !errors.Is(err, ErrNotAList) || !strings.Contains(err.Error(), "line 1:") {
		t.Errorf("a web page: %v", err)
	}
}

func zipped(r io.Reader) io.Reader {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.Copy(w, r)
	w.Close()
	return &b
}

// endless is n times a text.
type endless struct {
	text string
	left int64
}

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := copy(b, strings.Repeat(e.text, len(b)/len(e.text)+1))
	n = int(min(int64(n), e.left))
	e.left -= int64(n)
	return n, nil
}

func TestCompressed(t *testing.T) {
	l, err := Parse(zipped(strings.NewReader("x:1.2.3.4-1.2.3.9\n")))
	if err != nil || !l.Contains(netip.MustParseAddr("1.2.3.5")) {
		t.Errorf("%v", err)
	}
	if _, err := Parse(zipped(&endless{"\n", MaxSize + 1})); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
	if _, err := Parse(zipped(&endless{"\n", MaxSize})); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	whole, _ := io.ReadAll(zipped(strings.NewReader("1.2.3.4\n")))
	if _, err := Parse(bytes.NewReader(whole[:len(whole)-4])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: %v", err)
	}
}

func TestBounds(t *testing.T) {
	if _, err := Parse(strings.NewReader("#" + strings.Repeat("x", MaxLine) + "\n")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long line: %v", err)
	}
	if _, err := Parse(&endless{"1.2.3.4\n", 8 * MaxRanges}); err != nil {
		t.Errorf("as many ranges as there may be: %v", err)
	}
	if _, err := Parse(&endless{"1.2.3.4\n", 8 * (MaxRanges + 1)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}

// TestAgainstTheList: an address is blocked when one of the ranges as written holds it.
func TestAgainstTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		six := rapid.Bool().Draw(t, "IPv6")
		addr := func() netip.Addr {
			low := rapid.Uint8().Draw(t, "address")
			if six {
				return netip.AddrFrom16([16]byte{0: 0xff, 15: low})
			}
			return netip.AddrFrom4([4]byte{255, 255, 255, low}) // up to the last
		}
		var text strings.Builder
		var ranges [][2]netip.Addr
		for range rapid.IntRange(0, 20).Draw(t, "ranges") {
			a, b := addr(), addr()
			if b.Less(a) {
				a, b = b, a
			}
			ranges = append(ranges, [2]netip.Addr{a, b})
			fmt.Fprintf(&text, "name:%v-%v\n", a, b)
		}
		l, err := Parse(strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			a, want := addr(), false
			for _, r := range ranges {
				want = want || !a.Less(r[0]) && !r[1].Less(a)
			}
			if got := l.Contains(a); got != want {
				t.Fatalf("%v: %v with\n%s", a, got, text.String())
			}
		}
	})
}

func TestNilListBlocksNothing(t *testing.T) {
	var l *List
	if l.Contains(netip.MustParseAddr("1.2.3.4")) || l.Len() != 0 {
		t.Error("it does")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a:1.2.3.4-1.2.3.5\n1.2.3.0/24\n001.002.003.004 - 1.2.3.9 , 0 , x\n::1/128\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Parse(bytes.NewReader(b))
		if err == nil && l.Len() > bytes.Count(b, []byte("\n"))+1 && b[0] != 0x1f {
			t.Errorf("%d ranges", l.Len())
		}
	})
}

func millionRanges() []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1_000_000 {
		n := r.Uint32() &^ 0xff
		fmt.Fprintf(&b, "Range %d:%d.%d.%d.0-%d.%d.%d.200\n", i, n>>24, n>>16&255, n>>8&255, n>>24, n>>16&255, n>>8&255)
	}
	return b.Bytes()
}

func BenchmarkParseMillion(b *testing.B) {
	text := millionRanges()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkContainsInMillion(b *testing.B) {
	l, err := Parse(bytes.NewReader(millionRanges()))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for b.Loop() {
		n := r.Uint32()
		l.Contains(netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
	}
}
