package wire

// HoldReq asks which of some transactions the peer holds, as a challenge: only who has the bytes
// can answer. It is only sent to peers that show FeatureHold.
type HoldReq struct {
	Nonce [16]byte   // nonce: random, never used twice
	IDs   [][32]byte // ids: 1 to MaxHold
}

// Type returns "hold?".
func (*HoldReq) Type() string { return "hold?" }

// AnsweredBy reports whether m is a hold with the same nonce. How many hashes it has is the receiver's to
// check.
func (h *HoldReq) AnsweredBy(m Message) bool {
	a, ok := m.(*Hold)
	return ok && a.Nonce == h.Nonce
}

func (h *HoldReq) check() error { return checkHold(h.Type(), "ids", h.IDs) }

func (h *HoldReq) encode(e *encoder) {
	e.ids("ids", h.IDs)
	e.bytes("nonce", h.Nonce[:])
}

func (h *HoldReq) decode(f *fields, raw []byte) {
	h.IDs = f.idsUpTo("ids", MaxHold)
	f.fixed("nonce", h.Nonce[:])
	f.noData(raw)
}

// Hold answers a hold?: for each of its ids, in its order, the SHA-256 of nonce || raw transaction, or 32
// zero bytes for one that the sender does not hold.
type Hold struct {
	Nonce  [16]byte   // nonce: that of the hold?
	Hashes [][32]byte // h: 1 to MaxHold, as many as ids
}

// Type returns "hold".
func (*Hold) Type() string { return "hold" }

func (h *Hold) check() error { return checkHold(h.Type(), "h", h.Hashes) }

func (h *Hold) encode(e *encoder) {
	e.ids("h", h.Hashes)
	e.bytes("nonce", h.Nonce[:])
}

func (h *Hold) decode(f *fields, raw []byte) {
	h.Hashes = f.idsUpTo("h", MaxHold)
	f.fixed("nonce", h.Nonce[:])
	f.noData(raw)
}

// checkHold is the bound of a challenge on the way out.
func checkHold(name, key string, list [][32]byte) error {
	if len(list) == 0 || len(list) > MaxHold {
		return &Error{Kind: ErrBound, Type: name, Key: key}
	}
	return nil
}
