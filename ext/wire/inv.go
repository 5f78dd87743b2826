package wire

// Inv tells of transactions that were just accepted. An inv without pairs is how credit is granted when
// there is nothing else to say.
type Inv struct {
	Items []Item // raw data: at most MaxInv pairs of 52 bytes
}

// An Item names one transaction both ways.
type Item struct {
	ID       [32]byte // txid
	Infohash [20]byte // of its torrent
}

// Type returns "inv".
func (*Inv) Type() string { return "inv" }

func (v *Inv) check() error {
	if len(v.Items) > MaxInv {
		return &Error{Kind: ErrBound, Type: v.Type(), Detail: "too many pairs"}
	}
	return nil
}

func (v *Inv) encode(e *encoder) {
	raw := make([]byte, 0, len(v.Items)*pairSize)
	for i := range v.Items {
		raw = append(raw, v.Items[i].ID[:]...)
		raw = append(raw, v.Items[i].Infohash[:]...)
	}
	e.data(raw)
}

func (v *Inv) decode(f *fields, raw []byte) {
	switch {
	case len(raw)%pairSize != 0:
		f.fail(ErrData, "", "not a sequence of pairs")
		return
	case len(raw) > MaxInv*pairSize:
		f.fail(ErrBound, "", "too many pairs")
		return
	case len(raw) == 0:
		return
	}
	v.Items = make([]Item, len(raw)/pairSize)
	for i := range v.Items {
		copy(v.Items[i].ID[:], raw[i*pairSize:])
		copy(v.Items[i].Infohash[:], raw[i*pairSize+idSize:])
	}
}
