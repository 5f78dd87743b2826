package wire

// Pong answers a ping. A voter signs, with BIP 340, the hash tagged "ttx/ping" of genesis txid || nonce;
// everybody else leaves both keys out. Voters count the stake they reach by it.
type Pong struct {
	Nonce     [16]byte  // nonce: that of the ping
	Key       *[32]byte // k: voter key, x-only; nil for a node that does not vote
	Signature *[64]byte // s: set exactly when Key is
}

// Type returns "pong".
func (*Pong) Type() string { return "pong" }

func (p *Pong) check() error {
	if (p.Key == nil) != (p.Signature == nil) {
		return &Error{Kind: ErrMissing, Type: p.Type(), Key: "s", Detail: "key and signature come together"}
	}
	return nil
}

func (p *Pong) encode(e *encoder) {
	e.bytes("nonce", p.Nonce[:])
	if p.Key != nil {
		e.bytes("k", p.Key[:])
		e.bytes("s", p.Signature[:])
	}
}

func (p *Pong) decode(f *fields, raw []byte) {
	f.fixed("nonce", p.Nonce[:])
	if f.has("k") {
		p.Key = new([32]byte)
		f.fixed("k", p.Key[:])
	}
	if f.has("s") {
		p.Signature = new([64]byte)
		f.fixed("s", p.Signature[:])
	}
	f.noData(raw)
}
