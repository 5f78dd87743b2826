package wire

// ProofReq asks for a proof under a root: that a key is or is not there, or which leaf holds a weight
// offset. Exactly one of Key and Off is set.
type ProofReq struct {
	Root [32]byte  // root
	Key  *[36]byte // key
	Off  *uint64   // off: 0 <= offset < total weight, in base units
}

// Type returns "proof?".
func (*ProofReq) Type() string { return "proof?" }

// AnsweredBy reports whether m is a proof under the same root.
func (p *ProofReq) AnsweredBy(m Message) bool {
	a, ok := m.(*Proof)
	return ok && a.Root == p.Root
}

func (p *ProofReq) check() error {
	if (p.Key == nil) == (p.Off == nil) {
		return &Error{Kind: ErrValue, Type: p.Type(), Key: "key", Detail: "exactly one of key and off"}
	}
	return nil
}

func (p *ProofReq) encode(e *encoder) {
	if p.Key != nil {
		e.bytes("key", p.Key[:])
	} else {
		e.uint("off", *p.Off)
	}
	e.bytes("root", p.Root[:])
}

func (p *ProofReq) decode(f *fields, raw []byte) {
	if f.has("key") {
		p.Key = new([36]byte)
		f.fixed("key", p.Key[:])
	}
	if f.has("off") {
		off := f.uint("off")
		p.Off = &off
	}
	f.fixed("root", p.Root[:])
	f.noData(raw)
}
