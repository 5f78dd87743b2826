package wire

// Tx answers a get with transactions, in depth order.
type Tx struct {
	Next *[36]byte // next: key of the last transaction sent, when the range goes on after it
	Txs  [][]byte  // raw data: at most MaxTxs raw transactions, one after the other
}

// Type returns "tx".
func (*Tx) Type() string { return "tx" }

// Short reports whether the range goes on although more would have fitted: such an answer only buys
// time.
func (t *Tx) Short() bool {
	size := 0
	for _, raw := range t.Txs {
		size += len(raw)
	}
	return t.Next != nil && size < MinGoesOn && len(t.Txs) < MaxTxs
}

func (t *Tx) check() error {
	if t.Next != nil && len(t.Txs) == 0 {
		return &Error{Kind: ErrValue, Type: t.Type(), Key: "next", Detail: "without transactions"}
	}
	return checkTxs(t.Type(), t.Txs, MaxTxs)
}

func (t *Tx) encode(e *encoder) {
	if t.Next != nil {
		e.bytes("next", t.Next[:])
	}
	e.data(t.Txs...)
}

func (t *Tx) decode(f *fields, raw []byte) {
	if f.has("next") {
		t.Next = new([36]byte)
		f.fixed("next", t.Next[:])
	}
	t.Txs = f.txs(raw, MaxTxs)
}

// txs takes raw data apart into at most n dictionaries. Only their boundaries are found here; whether
// they are transactions is the ledger's to say.
func (f *fields) txs(raw []byte, n int) [][]byte {
	var list [][]byte
	s := &scanner{b: raw}
	for s.pos < len(raw) {
		if len(list) == n {
			f.fail(ErrBound, "", "too many transactions")
			return nil
		}
		v, err := s.value(MaxDepth)
		if err != nil {
			f.fail(ErrData, "", "not a sequence of dictionaries")
			return nil
		}
		list = append(list, v)
	}
	return list
}

// checkTxs holds each transaction to being one dictionary of at most MaxTx bytes.
func checkTxs(name string, list [][]byte, n int) error {
	if len(list) > n {
		return &Error{Kind: ErrBound, Type: name, Detail: "too many transactions"}
	}
	for _, raw := range list {
		if len(raw) > MaxTx {
			return &Error{Kind: ErrBound, Type: name, Detail: "transaction too large"}
		}
		if s := (&scanner{b: raw}); s.peek() != 'd' || s.skip(MaxDepth) != nil || s.pos != len(raw) {
			return &Error{Kind: ErrData, Type: name, Detail: "not a dictionary"}
		}
	}
	return nil
}
