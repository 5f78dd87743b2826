package wire

// State says what a node holds: how many transactions, their cumulative weight, how deep, and the roots
// of both tries. It is in the hello, and by itself whenever it changed (rate limited by the sender).
type State struct {
	Count     uint64   // n: transactions in T
	Weight    uint64   // w: cumulative weight W (burn) over T, base units
	Depth     uint32   // d: largest depth in T
	Confirmed uint32   // dc: largest depth in L
	TRoot     [32]byte // t
	URoot     [32]byte // u
}

// Type returns "state".
func (*State) Type() string { return "state" }

func (s *State) check() error { return nil }

func (s *State) encode(e *encoder) {
	e.uint("d", uint64(s.Depth))
	e.uint("dc", uint64(s.Confirmed))
	e.uint("n", s.Count)
	e.bytes("t", s.TRoot[:])
	e.bytes("u", s.URoot[:])
	e.uint("w", s.Weight)
}

func (s *State) decode(f *fields, raw []byte) {
	s.Depth = f.uint32("d")
	s.Confirmed = f.uint32("dc")
	s.Count = f.uint("n")
	f.fixed("t", s.TRoot[:])
	f.fixed("u", s.URoot[:])
	s.Weight = f.uint("w")
	f.noData(raw)
}
