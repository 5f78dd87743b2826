package tx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// lockRefusals are bencoded locks that may not stand in an output.
func lockRefusals() []refusal {
	k, h, a := KeyLock(keyOf("alice")), HashLock([32]byte{1}), AfterLock(5)
	enc := func(l Lock) string { return string(l.Encode()) }
	threshold := func(n string, of ...string) string { return "d1:n" + n + "2:of" + blist(of...) + "e" }
	key := enc(k)
	hex32 := bstr(strings.Repeat("h", 32))
	return []refusal{
		{"empty", "de", ErrEncoding},
		{"as list", "le", ErrEncoding},
		{"as integer", "i0e", ErrEncoding},
		{"as string", "4:lock", ErrEncoding},
		{"unknown form", "d1:z" + hex32 + "e", ErrUnknownKey},
		{"two forms", "d1:h" + hex32 + "1:k" + hex32 + "e", ErrUnknownKey},
		{"key of 31 bytes", "d1:k31:" + strings.Repeat("k", 31) + "e", ErrLimit},
		{"key of 33 bytes", "d1:k33:" + strings.Repeat("k", 33) + "e", ErrLimit},
		{"key off the curve", enc(KeyLock(Key{})), ErrKey},
		{"key off the curve within", enc(ThresholdLock(1, k, KeyLock(Key{}))), ErrKey},
		{"hash of 20 bytes", "d1:h20:" + strings.Repeat("h", 20) + "e", ErrLimit},
		{"after below zero", enc(ThresholdLock(2, k, AfterLock(-1))), ErrEncoding},
		{"after as string", threshold("i2e", key, "d5:after1:5e"), ErrEncoding},
		{"bare hash", enc(h), ErrLock},
		{"bare after", enc(a), ErrLock},
		{"threshold of zero", enc(ThresholdLock(0, k)), ErrLock},
		{"threshold of zero within", enc(ThresholdLock(2, k, ThresholdLock(0, k))), ErrLock},
		{"threshold below zero", enc(ThresholdLock(-1, k)), ErrEncoding},
		{"threshold above its members", enc(ThresholdLock(2, k)), ErrLock},
		{"threshold of 2^63-1", threshold("i9223372036854775807e", key), ErrLock},
		{"threshold of none", enc(ThresholdLock(1)), ErrLock},
		{"threshold without of", "d1:ni1ee", ErrEncoding},
		{"threshold with another key", "d1:ni1e2:ol" + blist(key) + "e", ErrUnknownKey},
		{"threshold with a key more", "d1:ni1e2:of" + blist(key) + "1:xi1ee", ErrUnknownKey},
		{"of before n", "d2:of" + blist(key) + "1:ni1ee", ErrUnknownKey},
		{"key or hash", enc(ThresholdLock(1, k, h)), ErrLock},
		{"key or after", enc(ThresholdLock(1, k, a)), ErrLock},
		{"two of key, hash, after", enc(ThresholdLock(2, k, h, a)), ErrLock},
		{"two of two unbound", enc(ThresholdLock(2, h, a)), ErrLock},
		{"unbound branch two levels down", enc(ThresholdLock(1, k, ThresholdLock(1, ThresholdLock(1, h)))), ErrLock},
		{"5 levels", enc(nest(5)), ErrLock},
		{"200 levels", enc(nest(200)), ErrLock},
		{"17 dictionaries", enc(ThresholdLock(1, slices.Repeat([]Lock{k}, 16)...)), ErrLock},
	}
}

// nest returns a lock of the given number of levels.
func nest(levels int) Lock {
	l := KeyLock(keyOf("alice"))
	for range levels - 1 {
		l = ThresholdLock(1, l)
	}
	return l
}

func TestDecodeLock_Refuses(t *testing.T) {
	for _, c := range lockRefusals() {
		if _, err := DecodeLock([]byte(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := DecodeLock(append(KeyLock(keyOf("bob")).Encode(), 'e')); !errors.Is(err, ErrEncoding) {
		t.Errorf("bytes after the end: %v", err)
	}
}

func TestDecodeLock_Accepts(t *testing.T) {
	k, h, a := KeyLock(keyOf("alice")), HashLock([32]byte{1}), AfterLock(0)
	for name, l := range map[string]Lock{
		"key":                        k,
		"key and hash":               ThresholdLock(2, k, h),
		"key and after":              ThresholdLock(2, a, k),
		"all of three":               ThresholdLock(3, h, a, k),
		"two of two keys and a hash": ThresholdLock(2, k, k, h),
		"swap":                       swapLock(),
		"4 levels":                   nest(4),
		"16 dictionaries":            ThresholdLock(15, slices.Repeat([]Lock{k}, 15)...),
	} {
		got, err := DecodeLock(l.Encode())
		if err != nil || !got.Equal(l) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// swapLock is opened by bob with the preimage of hash 7, or by alice later.
func swapLock() Lock {
	return ThresholdLock(1,
		ThresholdLock(2, HashLock(preimageHash(7)), KeyLock(keyOf("bob"))),
		ThresholdLock(2, AfterLock(genesisTime+60_000), KeyLock(keyOf("alice"))),
	)
}

func TestLock_Accessors(t *testing.T) {
	key, hash := keyOf("alice"), [32]byte{9}
	k, h, a := KeyLock(key), HashLock(hash), AfterLock(77)
	both := ThresholdLock(2, k, h, a)
	if k.Kind() != LockKey || k.Key() != key || k.Hash() != ([32]byte{}) {
		t.Error("key lock")
	}
	if h.Kind() != LockHash || h.Hash() != hash || h.Key() != (Key{}) {
		t.Error("hash lock")
	}
	if a.Kind() != LockAfter || a.After() != 77 {
		t.Error("after lock")
	}
	if both.Kind() != LockThreshold || both.Need() != 2 || len(both.Of()) != 3 {
		t.Error("threshold lock")
	}
	if keys := ThresholdLock(1, both, KeyLock(Key{1})).Keys(); !slices.Equal(keys, []Key{key, {1}}) {
		t.Errorf("Keys = %v", keys)
	}
	if _, ok := both.Address(); ok {
		t.Error("a threshold lock has no address")
	}
	if address, ok := k.Address(); !ok || address != EncodeAddress(key) {
		t.Error("a key lock has its key's address")
	}
}
