package tx

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// The values of the transaction dictionary, one method a key. A method that
// finds its value ill-formed fails the decoder; what it stores then is unused.

func (d *decoder) parentHashes() {
	s := d.table(infohashSize, 1, MaxParents, "`ih`")
	d.t.ParentHashes = make([]Infohash, len(s)/infohashSize)
	for i := range d.t.ParentHashes {
		copy(d.t.ParentHashes[i][:], s[i*infohashSize:])
	}
}

func (d *decoder) refs() {
	s := d.table(idSize, 1, MaxRefs, "`ref`")
	d.t.Refs = make([]ID, len(s)/idSize)
	for i := range d.t.Refs {
		copy(d.t.Refs[i][:], s[i*idSize:])
		for _, other := range d.t.Refs[:i] {
			if other == d.t.Refs[i] {
				d.fail(ErrDuplicate, "`ref`")
				return
			}
		}
	}
}

func (d *decoder) inputs() {
	d.openList()
	for d.more() {
		if len(d.t.In) == MaxInputs {
			d.fail(ErrLimit, "`in`")
			return
		}
		s := d.fixed(OutpointSize, "outpoint")
		if d.err != nil {
			return
		}
		d.addInput(Outpoint{Tx: ID(s[:idSize]), Index: binary.BigEndian.Uint32(s[idSize:])})
	}
	if len(d.t.In) == 0 {
		d.fail(ErrLimit, "`in` is empty")
	}
}

func (d *decoder) addInput(in Outpoint) {
	for i := range d.t.In {
		if d.t.In[i] == in {
			d.fail(ErrDuplicate, "`in`")
			return
		}
	}
	d.t.In = append(d.t.In, in)
}

func (d *decoder) outputs() {
	// Most transfers pay one party and return the change.
	d.t.Out = make([]Output, 0, 2)
	d.openList()
	for d.more() {
		if len(d.t.Out) == MaxOutputs {
			d.fail(ErrLimit, "`out`")
			return
		}
		d.openDict()
		d.key("a")
		amount := d.intBetween(1, MaxInt, "amount")
		d.key("l")
		lock := d.lock()
		d.closeDict()
		d.t.Out = append(d.t.Out, Output{Amount: amount, Lock: lock})
	}
	if len(d.t.Out) == 0 {
		d.fail(ErrLimit, "`out` is empty")
	}
}

func (d *decoder) memo() {
	s := d.bytes()
	switch {
	case d.err != nil:
	case len(s) == 0 || len(s) > MaxMemo:
		d.fail(ErrLimit, "memo")
	case !utf8.Valid(s):
		d.fail(ErrText, "memo is not UTF-8")
	}
	d.t.Memo = string(s)
}

func (d *decoder) claim() {
	s := d.fixed(claimSize, "`r`")
	if d.err != nil {
		return
	}
	d.t.Claim = &Claim{TRoot: [32]byte(s[:32]), URoot: [32]byte(s[32:])}
}

// witnesses reads `w`, whose form the kind decides: `in` and `k` come before.
func (d *decoder) witnesses() {
	if d.seen&fieldIn == 0 {
		copy(d.t.Sig[:], d.fixed(sigSize, "`w`"))
		return
	}
	d.t.Witnesses = make([]Witness, 0, len(d.t.In))
	d.openList()
	for d.more() {
		if len(d.t.Witnesses) == len(d.t.In) {
			d.fail(ErrLimit, "more witnesses than inputs")
			return
		}
		d.t.Witnesses = append(d.t.Witnesses, d.witness())
	}
	if len(d.t.Witnesses) != len(d.t.In) {
		d.fail(ErrLimit, "fewer witnesses than inputs")
	}
}

func (d *decoder) extras() {
	d.openList()
	for d.more() {
		if len(d.t.Extras) == MaxExtras {
			d.fail(ErrLimit, "`x`")
			return
		}
		d.openDict()
		d.key("d")
		data := d.bytes()
		d.key("k")
		kind := d.name(MaxExtraKind)
		d.closeDict()
		d.t.Extras = append(d.t.Extras, Extra{Kind: kind, Data: data})
	}
	if len(d.t.Extras) == 0 {
		d.fail(ErrLimit, "`x` is empty")
	}
}

// name reads 1 to max of a-z 0-9 -.
func (d *decoder) name(max int) string {
	s := d.bytes()
	if d.err != nil {
		return ""
	}
	if len(s) == 0 || len(s) > max {
		d.fail(ErrLimit, "name")
		return ""
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			d.fail(ErrText, "name")
			return ""
		}
	}
	return string(s)
}

func (d *decoder) params() {
	p := new(Params)
	d.openDict()
	d.key("burn")
	p.BurnPerByte = d.intBetween(0, MaxBurnPerByte, "`burn`")
	d.key("name")
	p.Name = d.name(MaxName)
	d.key("rules")
	p.Rules = uint32(d.intBetween(Rules, Rules, "`rules`"))
	d.key("voters")
	p.Voters = d.voters()
	d.closeDict()
	d.t.Params = p
}

func (d *decoder) voters() []Voter {
	s := d.table(voterSize, 0, MaxVoters, "`voters`")
	if len(s) == 0 {
		return nil
	}
	voters, total := make([]Voter, len(s)/voterSize), uint64(0)
	for i := range voters {
		row := s[i*voterSize:]
		v := Voter{Key: Key(row[:keySize]), Stake: binary.BigEndian.Uint64(row[keySize:])}
		if i > 0 && bytes.Compare(voters[i-1].Key[:], v.Key[:]) >= 0 {
			d.fail(ErrEncoding, "voters not in strictly ascending order")
		}
		if v.Stake < 1 || v.Stake > MaxTotalStake-total {
			d.fail(ErrLimit, "stake")
		}
		if d.err != nil {
			return nil
		}
		total += v.Stake
		voters[i] = v
	}
	return voters
}
