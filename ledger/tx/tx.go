// Package tx is the ledger's transaction: its value, its strict canonical
// codec, its identities, its locks and its signatures.
//
// The package is pure. It has no clock, no I/O, no goroutine and knows neither
// the set of transactions nor the network; everything it decides is a function
// of bytes, or of bytes and the outputs they spend. docs/spec/transaction.md is
// its specification and holds the golden vectors its tests read.
package tx

import (
	"encoding/binary"
	"encoding/hex"
)

// ID is a transaction's identity: SHA-256 of the bencoded info dictionary of
// its torrent.
type ID [32]byte

// String returns the id as 64 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText returns what String does: in JSON an id is that text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseID.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// ParseID reads an id from 64 hexadecimal digits. Anything else, such as a path,
// is refused (ErrText).
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != hex.EncodedLen(len(id)) {
		return ID{}, refuse(ErrText, "an id has 64 hexadecimal digits")
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, &Error{Kind: ErrText, Detail: "an id has 64 hexadecimal digits", Cause: err}
	}
	return id, nil
}

// Infohash is the BitTorrent v1 infohash (BEP 3) of a transaction's torrent:
// SHA-1 of the same info dictionary that ID hashes.
type Infohash [20]byte

// String returns the infohash as 40 lower-case hexadecimal digits.
func (h Infohash) String() string { return hex.EncodeToString(h[:]) }

// Outpoint names one output of one transaction.
type Outpoint struct {
	Tx    ID
	Index uint32
}

// OutpointSize is the encoded length of an Outpoint: txid, then the output
// index as a big-endian u32.
const OutpointSize = 36

// Bytes returns the outpoint's encoding, which is also its key in the trie of
// unspent outputs.
func (o Outpoint) Bytes() (b [OutpointSize]byte) {
	copy(b[:32], o.Tx[:])
	binary.BigEndian.PutUint32(b[32:], o.Index)
	return b
}

// Kind tells the three kinds of transaction apart. It follows from exactly one
// of the keys `p`, `in` and `k`.
type Kind uint8

// The kinds of transaction.
const (
	KindGenesis Kind = iota + 1
	KindTransfer
	KindWitness
)

// Key is an x-only public key (BIP 340).
type Key [32]byte

// String returns the key as 64 lower-case hexadecimal digits. EncodeAddress
// gives the address that pays it.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText returns what String does: in JSON a key is that text.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String writes. Whether it is a point of the curve is
// not asked: see Valid.
func (k *Key) UnmarshalText(text []byte) error {
	id, err := ParseID(string(text))
	*k = Key(id)
	return err
}

// Signature is a BIP 340 signature.
type Signature [64]byte

// Tx is one decoded transaction. A Tx that came from Decode, or from Seal, is
// immutable: its identities are those of its bytes.
type Tx struct {
	Kind Kind
	// Time is `t`, in milliseconds since 1970.
	Time int64
	// Memo is `m`; empty when absent.
	Memo string
	// In is `in`, the outpoints a transfer spends.
	In []Outpoint
	// Out is `out`.
	Out []Output
	// Refs is `ref`: parents that are approved, not spent.
	Refs []ID
	// ParentHashes is `ih`: infohashes of the distinct parents, in the order
	// of Parents.
	ParentHashes []Infohash
	// Extras is `x`.
	Extras []Extra
	// Voter, Seq, Claim and Sig are a witness transaction's `k`, `s`, `r` and
	// `w`. Claim is nil when absent.
	Voter Key
	Seq   uint64
	Claim *Claim
	Sig   Signature
	// Params is a genesis's `p`, nil in other kinds.
	Params *Params
	// Witnesses is a transfer's `w`, parallel to In.
	Witnesses []Witness

	raw      []byte
	id       ID
	infohash Infohash
	// raw[cutFrom:cutTo] is the entry `w`, which signatures do not cover.
	cutFrom, cutTo int
}

// Output is one element of `out`.
type Output struct {
	// Amount is in base units (10^8 to the TTX), above zero.
	Amount uint64
	Lock   Lock
}

// Extra is one element of `x`: data carried for applications, never
// interpreted by the ledger.
type Extra struct {
	Kind string
	Data []byte
}

// Claim is `r`: the roots a voter holds while signing. It is signed, and never
// validated.
type Claim struct {
	TRoot, URoot [32]byte
}

// Params is `p` of a genesis: what every node of a network must agree on.
type Params struct {
	Name string
	// BurnPerByte is the least burn of a transfer, in base units a byte.
	BurnPerByte uint64
	Rules       uint32
	// Voters are in strictly ascending order of key.
	Voters []Voter
}

// Voter is one row of a genesis's voter table.
type Voter struct {
	Key   Key
	Stake uint64
}

// TotalStake returns the stake of the whole table.
func (p *Params) TotalStake() uint64 {
	var sum uint64
	for _, v := range p.Voters {
		sum += v.Stake
	}
	return sum
}

// ID returns the transaction's identity. Valid after Decode or Seal.
func (t *Tx) ID() ID { return t.id }

// Infohash returns the v1 infohash. Valid after Decode or Seal.
func (t *Tx) Infohash() Infohash { return t.infohash }

// Raw returns the canonical bytes. The caller must not change them.
func (t *Tx) Raw() []byte { return t.raw }

// Parents returns the distinct parents in first-seen order over In, then Refs.
func (t *Tx) Parents() []ID {
	return t.appendParents(make([]ID, 0, len(t.In)+len(t.Refs)))
}

func (t *Tx) appendParents(parents []ID) []ID {
	for i := range t.In {
		parents = appendDistinct(parents, &t.In[i].Tx)
	}
	for i := range t.Refs {
		parents = appendDistinct(parents, &t.Refs[i])
	}
	return parents
}

func appendDistinct(ids []ID, id *ID) []ID {
	for i := range ids {
		if ids[i] == *id {
			return ids
		}
	}
	return append(ids, *id)
}
