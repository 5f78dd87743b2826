package tx

// WitnessKind tells what stands in one place of a witness.
type WitnessKind uint8

// What can stand in one place of a witness.
const (
	// WitnessAbsent is the integer 0: a member of {n, of} that is not used.
	WitnessAbsent WitnessKind = iota
	// WitnessSignature answers a {k}.
	WitnessSignature
	// WitnessPreimage answers an {h}.
	WitnessPreimage
	// WitnessEmpty answers an {after}.
	WitnessEmpty
	// WitnessList answers an {n, of}: as long as `of`, with n places used.
	WitnessList
)

// Witness opens a lock: a tree parallel to the lock's. The zero value is the
// absent place.
type Witness struct {
	kind WitnessKind
	data []byte
	of   []Witness
}

// SignatureWitness returns the witness of a {k} lock.
func SignatureWitness(sig Signature) Witness {
	return Witness{kind: WitnessSignature, data: sig[:]}
}

// PreimageWitness returns the witness of an {h} lock.
func PreimageWitness(preimage [32]byte) Witness {
	return Witness{kind: WitnessPreimage, data: preimage[:]}
}

// EmptyWitness returns the witness of an {after} lock.
func EmptyWitness() Witness { return Witness{kind: WitnessEmpty} }

// ListWitness returns the witness of an {n, of} lock; unused members are the
// zero Witness.
func ListWitness(of ...Witness) Witness { return Witness{kind: WitnessList, of: of} }

// Kind returns what stands in this place.
func (w Witness) Kind() WitnessKind { return w.kind }

// Bytes returns the signature or preimage, nil for another kind. The caller
// must not change it.
func (w Witness) Bytes() []byte { return w.data }

// Of returns the places of a list, nil for another kind. The caller must not
// change them.
func (w Witness) Of() []Witness { return w.of }

// appendWitness appends the witness; with bare set, its skeleton: every
// signature and preimage emptied.
func appendWitness(b []byte, w Witness, bare bool) []byte {
	switch w.kind {
	case WitnessAbsent:
		return append(b, "i0e"...)
	case WitnessList:
		b = append(b, 'l')
		for _, member := range w.of {
			b = appendWitness(b, member, bare)
		}
		return append(b, 'e')
	}
	if bare {
		return append(b, "0:"...)
	}
	return appendBytes(b, w.data)
}

// witness reads the witness of one input. Its shape is bounded by what a lock
// can be; whether it fits its lock is for Verify.
func (d *decoder) witness() Witness {
	places := MaxLockDicts
	w := d.witnessAt(MaxLockLevels, &places)
	if d.err == nil && w.kind == WitnessAbsent {
		d.fail(ErrEncoding, "an input's witness is absent")
	}
	return w
}

func (d *decoder) witnessAt(levels int, places *int) Witness {
	if levels == 0 || *places == 0 {
		d.fail(ErrLimit, "witness larger than any lock")
		return Witness{}
	}
	*places--
	switch d.peek() {
	case 'i':
		d.intBetween(0, 0, "only the integer 0 stands for an absent witness")
		return Witness{}
	case 'l':
		return d.witnessList(levels-1, places)
	}
	return d.witnessString()
}

func (d *decoder) witnessString() Witness {
	s := d.bytes()
	switch len(s) {
	case sigSize:
		return Witness{kind: WitnessSignature, data: s}
	case hashSize:
		return Witness{kind: WitnessPreimage, data: s}
	case 0:
		return Witness{kind: WitnessEmpty}
	}
	d.fail(ErrLimit, "witness of no known length")
	return Witness{}
}

func (d *decoder) witnessList(levels int, places *int) Witness {
	w := Witness{kind: WitnessList}
	used := 0
	d.openList()
	for d.more() {
		member := d.witnessAt(levels, places)
		if member.kind != WitnessAbsent {
			used++
		}
		w.of = append(w.of, member)
	}
	if d.err == nil && used == 0 {
		d.fail(ErrLimit, "witness list without a witness")
	}
	return w
}
