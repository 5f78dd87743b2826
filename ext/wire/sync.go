package wire

// Sync is one step of set reconciliation: what the sender's trie looks like in some regions of the key
// space. It asks and answers at once; both sides go on until their roots are equal.
type Sync struct {
	SID     uint64   // sid: number of the reconciliation, chosen by who started it
	Root    [32]byte // root: t_root of the snapshot that the sender pinned for it
	Gives   uint64   // g: how many transactions the sender gives for the wants of the turn before; absent for none
	Regions []byte   // raw data: the regions, see region.go; at most MaxRegions bytes
}

// Type returns "sync".
func (*Sync) Type() string { return "sync" }

// AnsweredBy reports whether m is a sync of the same number.
func (s *Sync) AnsweredBy(m Message) bool {
	a, ok := m.(*Sync)
	return ok && a.SID == s.SID
}

func (s *Sync) check() error {
	if len(s.Regions) > MaxRegions {
		return &Error{Kind: ErrBound, Type: s.Type(), Detail: "regions too large"}
	}
	return nil
}

func (s *Sync) encode(e *encoder) {
	if s.Gives > 0 {
		e.uint("g", s.Gives)
	}
	e.bytes("root", s.Root[:])
	e.uint("sid", s.SID)
	e.data(s.Regions)
}

func (s *Sync) decode(f *fields, raw []byte) {
	f.fixed("root", s.Root[:])
	s.SID = f.uint("sid")
	if f.has("g") {
		if s.Gives = f.uint("g"); s.Gives == 0 {
			f.fail(ErrValue, "g", "gives nothing")
		}
	}
	if len(raw) > 0 {
		s.Regions = raw
	}
}
