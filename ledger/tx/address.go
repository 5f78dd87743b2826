package tx

import "github.com/btcsuite/btcd/address/v2/bech32"

// Addresses are bech32m (BIP 350): prefix, version as one 5-bit group, then
// the key.
const (
	addressPrefix  = "ttx"
	addressVersion = 1

	// AddressSize is the length of an address: the prefix and its separator,
	// the version, 52 groups for the key, 6 of checksum.
	AddressSize = len(addressPrefix) + 1 + 1 + 52 + 6
)

// EncodeAddress returns the address of a {k} lock, in lower case.
func EncodeAddress(key Key) string {
	// Neither call can fail: the widths and the prefix are constants.
	groups, _ := bech32.ConvertBits(key[:], 8, 5, true)
	address, _ := bech32.EncodeM(addressPrefix, append([]byte{addressVersion}, groups...))
	return address
}

// DecodeAddress reads an address. All upper case is the same address, as BIP
// 173 has it for QR codes; mixed case is refused. A key that is no point of
// the curve is refused (ErrKey), all else with ErrAddress.
func DecodeAddress(address string) (Key, error) {
	if len(address) != AddressSize {
		return Key{}, refuse(ErrAddress, "wrong length")
	}
	prefix, groups, version, err := bech32.DecodeGeneric(address)
	switch {
	case err != nil:
		return Key{}, &Error{Kind: ErrAddress, Cause: err}
	case version != bech32.VersionM || prefix != addressPrefix:
		return Key{}, refuse(ErrAddress, "not of this ledger")
	case len(groups) == 0 || groups[0] != addressVersion:
		return Key{}, refuse(ErrAddress, "unknown version")
	}
	data, err := bech32.ConvertBits(groups[1:], 5, 8, false)
	if err != nil || len(data) != keySize {
		return Key{}, &Error{Kind: ErrAddress, Detail: "not a 32-byte key", Cause: err}
	}
	key := Key(data)
	if !key.Valid() {
		return Key{}, refuse(ErrKey, "in the address")
	}
	return key, nil
}

// Address returns the address of a {k} lock; other locks have none.
func (l Lock) Address() (string, bool) {
	if l.kind != LockKey {
		return "", false
	}
	return EncodeAddress(l.data), true
}
