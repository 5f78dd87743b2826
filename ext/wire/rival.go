package wire

// rivals is how many transactions a rival carries: 2 * 16,384 bytes fit in a frame.
const rivals = 2

// Rival shows a double spend (two spends of one outpoint) or a fork (two witnesses of one voter with one
// number).
type Rival struct {
	Txs [][]byte // raw data: exactly two raw transactions, one after the other
}

// Type returns "rival".
func (*Rival) Type() string { return "rival" }

func (r *Rival) check() error {
	if len(r.Txs) != rivals {
		return &Error{Kind: ErrBound, Type: r.Type(), Detail: "not two transactions"}
	}
	return checkTxs(r.Type(), r.Txs, rivals)
}

func (r *Rival) encode(e *encoder) { e.data(r.Txs...) }

func (r *Rival) decode(f *fields, raw []byte) { r.Txs = f.txs(raw, rivals) }
