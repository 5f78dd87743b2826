package tx

import (
	"crypto/sha256"
	"encoding/binary"
)

// sigTag is the tag of the hash that signatures of transactions sign.
const sigTag = "ttx/tx"

// digest computes what the signatures of one transaction sign. The bytes that
// all its inputs share are laid out once.
type digest struct {
	buf    []byte
	shared int
}

// newDigest starts from the genesis id, which separates networks, and the
// transaction without `w`.
func newDigest(genesis ID, body []byte) *digest {
	b := tagPrefix(sigTag, len(genesis)+len(body)+64)
	b = append(b, genesis[:]...)
	b = append(b, body...)
	return &digest{buf: b, shared: len(b)}
}

// input returns the message for one input opened by w. Only the shape of w
// enters: the branch taken.
func (d *digest) input(i int, w Witness) [32]byte {
	d.buf = binary.BigEndian.AppendUint32(d.buf[:d.shared], uint32(i))
	d.buf = appendWitness(d.buf, w, true)
	return sha256.Sum256(d.buf)
}

// whole returns the message of a witness transaction.
func (d *digest) whole() [32]byte { return sha256.Sum256(d.buf[:d.shared]) }

// body returns the sealed transaction's bytes without the entry `w`.
func (t *Tx) body() []byte {
	b := make([]byte, 0, len(t.raw))
	b = append(b, t.raw[:t.cutFrom]...)
	return append(b, t.raw[t.cutTo:]...)
}

// InputHash returns the message that every signature of input i signs, when
// the input is opened by the branches that w takes; what signatures and
// preimages w holds does not matter. It is computed from the exported fields,
// so the transaction need not be sealed: this is for signers that do not share
// a machine. genesis is the network's genesis id.
func (t *Tx) InputHash(genesis ID, i int, w Witness) [32]byte {
	return newDigest(genesis, t.encode(nil, body)).input(i, w)
}

// VoteHash returns the message that a witness transaction's `w` signs,
// computed from the exported fields.
func (t *Tx) VoteHash(genesis ID) [32]byte {
	return newDigest(genesis, t.encode(nil, body)).whole()
}
