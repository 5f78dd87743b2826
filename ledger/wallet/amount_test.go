package wallet

import (
	"errors"
	"math/big"
	"regexp"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
	"pgregory.net/rapid"
)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		text string
		want uint64
	}{
		{"0", 0},
		{"1", 1_0000_0000},
		{"0.1", 1000_0000},
		{"0.00000001", 1},
		{"0.10000000", 1000_0000},
		{"1.5", 1_5000_0000},
		{"10", 10_0000_0000},
		{"1000000000", 1_000_000_000 * tx.TTX},
		{"92233720368.54775807", tx.MaxInt},
	}
	for _, tt := range tests {
		if got, err := ParseAmount(tt.text); err != nil || got != tt.want {
			t.Errorf("ParseAmount(%q) is %d, %v; expected %d", tt.text, got, err, tt.want)
		}
	}
}

func TestParseAmountRefuses(t *testing.T) {
	for _, text := range []string{
		"", ".", ".5", "1.", "-1", "+1", "1e3", "1E3", "0x10", "1_000", "1,5", "1,000", " 1", "1 ", "1\n", "1.5.1",
		"00", "01", "00.1", "0.000000001", "1.100000000", "92233720368.54775808", "99999999999", "184467440737.09551616",
		"100000000000000000000", "NaN", "Inf", "1 TTX", "\u0661", "1\u00a0", "1.\u0665",
	} {
		if got, err := ParseAmount(text); !errors.Is(err, ErrAmount) {
			t.Errorf("ParseAmount(%q) is %d, %v", text, got, err)
		}
	}
}

func TestFormatAmount(t *testing.T) {
	for units, want := range map[uint64]string{
		0:              "0",
		1:              "0.00000001",
		1000_0000:      "0.1",
		1_0000_0000:    "1",
		10_0000_0000:   "10",
		1_5000_0000:    "1.5",
		123_0456_0000:  "123.0456",
		tx.MaxInt:      "92233720368.54775807",
		^uint64(0):     "184467440737.09551615",
		tx.TTX * 10000: "10000",
	} {
		if got := FormatAmount(units); got != want {
			t.Errorf("FormatAmount(%d) is %q, expected %q", units, got, want)
		}
	}
}

func TestAmountRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Uint64Range(0, tx.MaxInt).Draw(t, "units")
		text := FormatAmount(units)
		if got, err := ParseAmount(text); err != nil || got != units {
			t.Fatalf("%d is %q is %d, %v", units, text, got, err)
		}
	})
}

// FuzzParseAmount compares with rational arithmetic: what is accepted is a
// plain decimal number, and exactly that many base units.
func FuzzParseAmount(f *testing.F) {
	for _, text := range []string{"0", "1.5", "92233720368.54775807", "92233720368.54775808", "0.00000001", "01", "1e8", "-0", "1."} {
		f.Add(text)
	}
	plain := regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]{1,8})?$`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseAmount(text)
		var want *big.Rat
		if plain.MatchString(text) {
			want, _ = new(big.Rat).SetString(text)
			want.Mul(want, new(big.Rat).SetInt64(tx.TTX))
		}
		legal := want != nil && want.IsInt() && want.Num().IsInt64()
		switch {
		case legal != (err == nil):
			t.Fatalf("ParseAmount(%q) is %d, %v", text, got, err)
		case err != nil && !errors.Is(err, ErrAmount):
			t.Fatalf("ParseAmount(%q): %v", text, err)
		case err == nil && want.Num().Uint64() != got:
			t.Fatalf("ParseAmount(%q) is %d, expected %v", text, got, want)
		}
		if err == nil {
			again, err := ParseAmount(FormatAmount(got))
			if err != nil || again != got {
				t.Fatalf("%q is written %q, which is %d, %v", text, FormatAmount(got), again, err)
			}
		}
	})
}

func BenchmarkParseAmount(b *testing.B) {
	for b.Loop() {
		if _, err := ParseAmount("12345.678"); err != nil {
			b.Fatal(err)
		}
	}
}
