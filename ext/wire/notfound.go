package wire

// NotFound answers a get by ids of which the sender holds none.
type NotFound struct {
	IDs [][32]byte // ids: those asked for, in the same order
}

// Type returns "notfound".
func (*NotFound) Type() string { return "notfound" }

func (n *NotFound) check() error { return checkIDs(n.Type(), n.IDs) }

func (n *NotFound) encode(e *encoder) { e.ids("ids", n.IDs) }

func (n *NotFound) decode(f *fields, raw []byte) {
	n.IDs = f.ids("ids")
	f.noData(raw)
}
