package tx

import "encoding/binary"

// Seal encodes the transaction and checks that it is well-formed, exactly as
// Decode does: what was set and does not belong to the kind is refused, not
// dropped. On success the transaction is that of its canonical bytes and has
// its identities; it must not be changed any more, except to be sealed again.
// On failure it is unchanged. Errors are *Error.
func (t *Tx) Seal() error {
	sealed, err := Decode(t.encode(make([]byte, 0, 512), whole))
	if err != nil {
		return err
	}
	if sealed.Kind != t.Kind {
		return refuse(ErrKind, "the value's kind is not that of its fields")
	}
	*t = *sealed
	return nil
}

// part says how much of a transaction is encoded.
type part uint8

const (
	// whole is the canonical transaction.
	whole part = iota
	// body is the transaction without `w`: what signatures cover.
	body
)

// encode appends the transaction from its exported fields. It judges nothing:
// a field that is set is written, whatever the kind, and the decoder refuses.
func (t *Tx) encode(b []byte, p part) []byte {
	b = append(b, 'd')
	if len(t.ParentHashes) > 0 {
		b = t.encodeParentHashes(b)
	}
	if t.Kind == KindTransfer || len(t.In) > 0 {
		b = t.encodeInputs(b)
	}
	if t.Kind == KindWitness || t.Voter != (Key{}) {
		b = appendBytes(append(b, "1:k"...), t.Voter[:])
	}
	if t.Memo != "" {
		b = appendString(append(b, "1:m"...), t.Memo)
	}
	if t.Kind != KindWitness || len(t.Out) > 0 {
		b = t.encodeOutputs(b)
	}
	if t.Params != nil {
		b = t.Params.encode(append(b, "1:p"...))
	}
	if t.Claim != nil {
		b = append(b, "1:r64:"...)
		b = append(b, t.Claim.TRoot[:]...)
		b = append(b, t.Claim.URoot[:]...)
	}
	if len(t.Refs) > 0 {
		b = t.encodeRefs(b)
	}
	if t.Kind == KindWitness || t.Seq != 0 {
		b = appendInt(append(b, "1:s"...), t.Seq)
	}
	b = appendSigned(append(b, "1:t"...), t.Time)
	b = append(b, "1:vi1e"...)
	if p == whole {
		b = t.encodeWitnesses(b)
	}
	if len(t.Extras) > 0 {
		b = t.encodeExtras(b)
	}
	return append(b, 'e')
}

func (t *Tx) encodeParentHashes(b []byte) []byte {
	b = appendLength(append(b, "2:ih"...), infohashSize*len(t.ParentHashes))
	for i := range t.ParentHashes {
		b = append(b, t.ParentHashes[i][:]...)
	}
	return b
}

func (t *Tx) encodeInputs(b []byte) []byte {
	b = append(b, "2:inl"...)
	for _, in := range t.In {
		b = append(b, "36:"...)
		b = append(b, in.Tx[:]...)
		b = binary.BigEndian.AppendUint32(b, in.Index)
	}
	return append(b, 'e')
}

func (t *Tx) encodeOutputs(b []byte) []byte {
	b = append(b, "3:outl"...)
	for i := range t.Out {
		b = appendInt(append(b, "d1:a"...), t.Out[i].Amount)
		b = appendLock(append(b, "1:l"...), t.Out[i].Lock)
		b = append(b, 'e')
	}
	return append(b, 'e')
}

func (t *Tx) encodeRefs(b []byte) []byte {
	b = appendLength(append(b, "3:ref"...), idSize*len(t.Refs))
	for i := range t.Refs {
		b = append(b, t.Refs[i][:]...)
	}
	return b
}

func (t *Tx) encodeWitnesses(b []byte) []byte {
	if t.Kind == KindWitness || t.Sig != (Signature{}) {
		return appendBytes(append(b, "1:w"...), t.Sig[:])
	}
	if t.Kind != KindTransfer && len(t.Witnesses) == 0 {
		return b
	}
	b = append(b, "1:wl"...)
	for _, w := range t.Witnesses {
		b = appendWitness(b, w, false)
	}
	return append(b, 'e')
}

func (t *Tx) encodeExtras(b []byte) []byte {
	b = append(b, "1:xl"...)
	for _, x := range t.Extras {
		b = appendBytes(append(b, "d1:d"...), x.Data)
		b = appendString(append(b, "1:k"...), x.Kind)
		b = append(b, 'e')
	}
	return append(b, 'e')
}

func (p *Params) encode(b []byte) []byte {
	b = appendInt(append(b, "d4:burn"...), p.BurnPerByte)
	b = appendString(append(b, "4:name"...), p.Name)
	b = appendInt(append(b, "5:rules"...), uint64(p.Rules))
	b = appendLength(append(b, "6:voters"...), voterSize*len(p.Voters))
	for _, v := range p.Voters {
		b = append(b, v.Key[:]...)
		b = binary.BigEndian.AppendUint64(b, v.Stake)
	}
	return append(b, 'e')
}
