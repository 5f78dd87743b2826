package tx

import "github.com/btcsuite/btcd/btcec/v2"

// Decode reads one transaction, strictly: it accepts exactly the well-formed
// ones, of which there is one encoding each. The transaction keeps raw, which
// the caller must not change afterwards. Errors are *Error.
//
// Every key in a lock or voter table is lifted to the curve (BIP 340 lift_x),
// which costs several times the rest of the decoding.
func Decode(raw []byte) (*Tx, error) {
	t, err := DecodeKnown(raw)
	if err == nil {
		err = t.CheckKeys()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// DecodeKnown is Decode without the lifting of keys: for bytes that Decode
// accepted before, such as those of one's own store, and for whoever calls
// CheckKeys once cheaper questions are answered.
func DecodeKnown(raw []byte) (*Tx, error) {
	t, err := parse(raw)
	if err != nil {
		return nil, err
	}
	t.id, t.infohash = Identify(t.raw)
	return t, nil
}

// CheckKeys reports whether every key in a lock or voter table is the x
// coordinate of a point: without that the transaction is not well-formed. It
// costs some microseconds a key, of which there may be hundreds.
func (t *Tx) CheckKeys() error {
	for i := range t.Out {
		if err := t.Out[i].Lock.checkKeys(); err != nil {
			return err
		}
	}
	if t.Params == nil {
		return nil
	}
	for _, v := range t.Params.Voters {
		if !v.Key.Valid() {
			return refuse(ErrKey, "")
		}
	}
	return nil
}

func parse(raw []byte) (*Tx, error) {
	if len(raw) > MaxSize {
		return nil, refuse(ErrTooLarge, "")
	}
	d := decoder{reader: reader{b: raw}, t: new(Tx)}
	d.dict()
	d.end()
	d.checkKind()
	d.checkParents()
	if d.err != nil {
		return nil, d.err
	}
	d.t.raw = raw
	return d.t, nil
}

// field is one key of the transaction dictionary, as a bit. The bits ascend in
// the order of the keys, so canonical order is ascending order of bits.
type field uint16

const (
	fieldParentHashes field = 1 << iota // ih
	fieldIn                             // in
	fieldVoter                          // k
	fieldMemo                           // m
	fieldOut                            // out
	fieldParams                         // p
	fieldClaim                          // r
	fieldRefs                           // ref
	fieldSeq                            // s
	fieldTime                           // t
	fieldVersion                        // v
	fieldWitness                        // w
	fieldExtras                         // x
)

func fieldOf(name []byte) field {
	switch string(name) {
	case "ih":
		return fieldParentHashes
	case "in":
		return fieldIn
	case "k":
		return fieldVoter
	case "m":
		return fieldMemo
	case "out":
		return fieldOut
	case "p":
		return fieldParams
	case "r":
		return fieldClaim
	case "ref":
		return fieldRefs
	case "s":
		return fieldSeq
	case "t":
		return fieldTime
	case "v":
		return fieldVersion
	case "w":
		return fieldWitness
	case "x":
		return fieldExtras
	}
	return 0
}

// Keys that each kind must have, and may have besides.
const (
	genesisMust  = fieldOut | fieldParams | fieldTime | fieldVersion
	genesisMay   = fieldMemo
	transferMust = fieldParentHashes | fieldIn | fieldOut | fieldRefs | fieldTime | fieldVersion | fieldWitness
	transferMay  = fieldMemo | fieldExtras
	witnessMust  = fieldParentHashes | fieldVoter | fieldRefs | fieldSeq | fieldTime | fieldVersion | fieldWitness
	witnessMay   = fieldClaim
)

// decoder reads one transaction.
type decoder struct {
	reader
	t    *Tx
	seen field
}

func (d *decoder) dict() {
	d.openDict()
	for d.more() {
		start := d.pos
		name := d.bytes()
		f := fieldOf(name)
		switch {
		case d.err != nil:
			return
		case f == 0:
			d.fail(ErrUnknownKey, "in the transaction")
			return
		case d.seen >= f:
			d.fail(ErrEncoding, "keys repeated or out of order")
			return
		}
		d.seen |= f
		d.value(f)
		if f == fieldWitness {
			d.t.cutFrom, d.t.cutTo = start, d.pos
		}
	}
}

func (d *decoder) value(f field) {
	switch f {
	case fieldParentHashes:
		d.parentHashes()
	case fieldIn:
		d.inputs()
	case fieldVoter:
		copy(d.t.Voter[:], d.fixed(keySize, "voter key"))
	case fieldMemo:
		d.memo()
	case fieldOut:
		d.outputs()
	case fieldParams:
		d.params()
	case fieldClaim:
		d.claim()
	case fieldRefs:
		d.refs()
	case fieldSeq:
		d.t.Seq = d.int()
	case fieldTime:
		d.t.Time = int64(d.int())
	case fieldVersion:
		if v := d.int(); d.err == nil && v != Version {
			d.fail(ErrVersion, "")
		}
	case fieldWitness:
		d.witnesses()
	case fieldExtras:
		d.extras()
	}
}

// checkKind derives the kind and requires its keys.
func (d *decoder) checkKind() {
	if d.err != nil {
		return
	}
	var must, may field
	switch d.seen & (fieldIn | fieldVoter | fieldParams) {
	case fieldParams:
		d.t.Kind, must, may = KindGenesis, genesisMust, genesisMay
	case fieldIn:
		d.t.Kind, must, may = KindTransfer, transferMust, transferMay
	case fieldVoter:
		d.t.Kind, must, may = KindWitness, witnessMust, witnessMay
	default:
		d.fail(ErrKind, "")
		return
	}
	if d.seen&must != must {
		d.fail(ErrMissingKey, "")
	} else if d.seen&^(must|may) != 0 {
		d.fail(ErrUnknownKey, "key of another kind of transaction")
	} else if d.t.Kind == KindGenesis {
		d.checkSupply()
	}
}

// checkParents requires as many infohashes as there are distinct parents;
// Verify compares them.
func (d *decoder) checkParents() {
	if d.err != nil {
		return
	}
	var buf [MaxParents]ID
	if len(d.t.appendParents(buf[:0])) != len(d.t.ParentHashes) {
		d.fail(ErrParentHashes, "not one infohash for each distinct parent")
	}
}

func (d *decoder) checkSupply() {
	sum := uint64(0)
	for _, out := range d.t.Out {
		if sum += out.Amount; sum > MaxSupply {
			d.fail(ErrLimit, "supply above 2^63-1")
			return
		}
	}
}

// Valid reports whether the key is the x coordinate of a point of secp256k1:
// whether BIP 340's lift_x succeeds. It costs a square root, some microseconds.
func (k Key) Valid() bool {
	var x, y btcec.FieldVal
	if x.SetBytes((*[32]byte)(&k)) != 0 {
		return false
	}
	return btcec.DecompressY(&x, false, &y)
}
