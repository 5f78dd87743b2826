package wire

// Proof answers a proof?. Without raw data it says that the sender no longer holds that root, except
// under the empty root (zeros), whose proof is empty.
type Proof struct {
	Root [32]byte // root
	Data []byte   // raw data: the proof as ledger/trie encodes it, at most MaxProof bytes
}

// Type returns "proof".
func (*Proof) Type() string { return "proof" }

func (p *Proof) check() error {
	if len(p.Data) > MaxProof {
		return &Error{Kind: ErrBound, Type: p.Type(), Detail: "proof too large"}
	}
	return nil
}

func (p *Proof) encode(e *encoder) {
	e.bytes("root", p.Root[:])
	e.data(p.Data)
}

func (p *Proof) decode(f *fields, raw []byte) {
	f.fixed("root", p.Root[:])
	if len(raw) > 0 {
		p.Data = raw
	}
}
