package tx

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/bech32"
)

// bech32With encodes an address that differs from ours in one way.
func bech32With(prefix string, version byte, data []byte, m bool) string {
	groups, _ := bech32.ConvertBits(data, 8, 5, true)
	encode := bech32.Encode
	if m {
		encode = bech32.EncodeM
	}
	s, _ := encode(prefix, append([]byte{version}, groups...))
	return s
}

func addressRefusals() []refusal {
	key := keyOf("alice")
	good := EncodeAddress(key)
	typo := []byte(good)
	if typo[20]++; typo[20] > 'z' {
		typo[20] = 'q'
	}
	groups, _ := bech32.ConvertBits(key[:], 8, 5, true)
	groups[51] |= 1 // the padding of 256 bits to 260
	padded, _ := bech32.EncodeM("ttx", append([]byte{1}, groups...))
	return []refusal{
		{"nothing", "", ErrAddress},
		{"bitcoin's", bech32With("bc", 1, key[:], true), ErrAddress},
		{"same length, other prefix", bech32With("ttz", 1, key[:], true), ErrAddress},
		{"bech32, not bech32m", bech32With("ttx", 1, key[:], false), ErrAddress},
		{"version 0", bech32With("ttx", 0, key[:], true), ErrAddress},
		{"version 2", bech32With("ttx", 2, key[:], true), ErrAddress},
		{"31 bytes", bech32With("ttx", 1, key[:31], true), ErrAddress},
		{"33 bytes", bech32With("ttx", 1, append(key[:], 0), true), ErrAddress},
		{"padding not zero", padded, ErrAddress},
		{"mistyped", string(typo), ErrAddress},
		{"mixed case", strings.ToUpper(good[:10]) + good[10:], ErrAddress},
		{"white space", " " + good, ErrAddress},
		{"cut short", good[:len(good)-1], ErrAddress},
		{"not ASCII", good[:10] + "é" + good[12:], ErrAddress},
		{"key off the curve", EncodeAddress(Key{}), ErrKey},
	}
}

func TestDecodeAddress_Refuses(t *testing.T) {
	for _, c := range addressRefusals() {
		if _, err := DecodeAddress(c.raw); KindOf(err) != c.want {
			t.Errorf("%s (%s): %v, want %v", c.name, c.raw, err, c.want)
		}
	}
}

func TestAddress_RoundTrip(t *testing.T) {
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		key := keyOf(name)
		address := EncodeAddress(key)
		if len(address) != AddressSize || !strings.HasPrefix(address, "ttx1p") {
			t.Errorf("%s: %s", name, address)
		}
		if got, err := DecodeAddress(address); err != nil || got != key {
			t.Errorf("%s: %s, %v", address, got, err)
		}
	}
}

// TestText: ids and keys are text in JSON, and read back.
func TestText(t *testing.T) {
	id, key := ID{1, 2}, keyOf("alice")
	for _, c := range []struct {
		from interface{ MarshalText() ([]byte, error) }
		to   interface{ UnmarshalText([]byte) error }
	}{
		{id, new(ID)}, {key, new(Key)},
	} {
		text, err := c.from.MarshalText()
		if err != nil || len(text) != 64 {
			t.Fatalf("%q, %v", text, err)
		}
		if err := c.to.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(c.to), fmt.Sprint(c.from); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := c.to.UnmarshalText(text[1:]); !errors.Is(err, ErrText) {
			t.Errorf("63 digits: %v", err)
		}
	}
}
