package wire

// Ping asks whether the peer still lives and, if it is a voter, which one. It is only sent to peers that
// show FeaturePing.
type Ping struct {
	Nonce [16]byte // nonce: random, never used twice
}

// Type returns "ping".
func (*Ping) Type() string { return "ping" }

// AnsweredBy reports whether m is a pong with the same nonce.
func (p *Ping) AnsweredBy(m Message) bool {
	a, ok := m.(*Pong)
	return ok && a.Nonce == p.Nonce
}

func (p *Ping) check() error { return nil }

func (p *Ping) encode(e *encoder) { e.bytes("nonce", p.Nonce[:]) }

func (p *Ping) decode(f *fields, raw []byte) {
	f.fixed("nonce", p.Nonce[:])
	f.noData(raw)
}
