package wire

// Give brings transactions that a want of a reconciliation asked for. A sync says beforehand how many
// there will be; they may come in several frames, before or after it.
type Give struct {
	Txs [][]byte // raw data: 1 to MaxTxs raw transactions, one after the other, in depth order
}

// Type returns "give".
func (*Give) Type() string { return "give" }

func (g *Give) check() error {
	if len(g.Txs) == 0 {
		return &Error{Kind: ErrData, Type: g.Type(), Detail: "nothing is given"}
	}
	return checkTxs(g.Type(), g.Txs, MaxTxs)
}

func (g *Give) encode(e *encoder) { e.data(g.Txs...) }

func (g *Give) decode(f *fields, raw []byte) { g.Txs = f.txs(raw, MaxTxs) }
