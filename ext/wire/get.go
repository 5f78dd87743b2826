package wire

import "bytes"

// Get asks for transactions, either by their ids or by a range of the depth order. It is answered by
// exactly one frame:
//
//   - by ids: a tx with those that the peer holds, as many as fit in a frame and at least one; or a
//     notfound with the same ids when it holds none of them. Ask again for the rest.
//   - by range: a tx with those whose key is in (From, To], as many as fit, with Next when there are
//     more; without transactions when there are none.
//
// A session's gets are answered in the order in which they were sent.
type Get struct {
	IDs      [][32]byte // ids: 1 to MaxIDs; or nil
	From, To [36]byte   // from, to: keys of the depth order, From < To; when IDs is nil
}

// Type returns "get".
func (*Get) Type() string { return "get" }

// AnsweredBy reports whether m is a tx or notfound that can answer this get. That the transactions are
// those asked for takes hashing and is the receiver's to check.
func (g *Get) AnsweredBy(m Message) bool {
	switch a := m.(type) {
	case *Tx:
		if g.IDs != nil {
			return a.Next == nil && len(a.Txs) > 0 && len(a.Txs) <= len(g.IDs)
		}
		return a.Next == nil ||
			bytes.Compare(a.Next[:], g.From[:]) > 0 && bytes.Compare(a.Next[:], g.To[:]) < 0
	case *NotFound:
		return sameIDs(g.IDs, a.IDs)
	}
	return false
}

func sameIDs(a, b [][32]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (g *Get) check() error {
	switch {
	case g.IDs != nil:
		if g.From != [36]byte{} || g.To != [36]byte{} {
			return &Error{Kind: ErrValue, Type: g.Type(), Key: "ids", Detail: "both ids and a range"}
		}
		return checkIDs(g.Type(), g.IDs)
	case bytes.Compare(g.From[:], g.To[:]) >= 0:
		return &Error{Kind: ErrValue, Type: g.Type(), Key: "to", Detail: "an empty range"}
	}
	return nil
}

func (g *Get) encode(e *encoder) {
	if g.IDs != nil {
		e.ids("ids", g.IDs)
		return
	}
	e.bytes("from", g.From[:])
	e.bytes("to", g.To[:])
}

func (g *Get) decode(f *fields, raw []byte) {
	if f.has("ids") {
		g.IDs = f.ids("ids")
	} else {
		f.fixed("from", g.From[:])
		f.fixed("to", g.To[:])
	}
	f.noData(raw)
}

// checkIDs is the bound of ids on the way out.
func checkIDs(name string, ids [][32]byte) error {
	if len(ids) == 0 || len(ids) > MaxIDs {
		return &Error{Kind: ErrBound, Type: name, Key: "ids"}
	}
	return nil
}
