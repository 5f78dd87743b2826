package api

import (
	"context"
	"slices"
	"sync"
)

// fake is a Backend with fixed answers, except for the statuses of
// transactions, which a test can change.
type fake struct {
	mu       sync.Mutex
	statuses map[string]string
	asked    []any // the arguments of the last call that had some
	stake    uint64
	err      error
}

func (f *fake) setStatus(id, status string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.statuses == nil {
		f.statuses = make(map[string]string)
	}
	f.statuses[id] = status
}

func (f *fake) note(args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = args
}

func (f *fake) noted() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func (f *fake) Node(context.Context) (Node, error) {
	return Node{Ready: true, Listen: "127.0.0.1:1", API: "s", Network: "test", Address: "ttx1p"}, f.err
}

func (f *fake) Status(context.Context) (Status, error) {
	return Status{Network: "test", Transactions: 3, Weight: 1 << 60, Online: true}, f.err
}

func (f *fake) Peers(context.Context) ([]Peer, error) { return nil, f.err }

func (f *fake) Network(context.Context) (Network, error) {
	return Network{Name: "test", TotalStake: f.stake, Voters: []Voter{}}, f.err
}

func (f *fake) NetworkFile(context.Context) ([]byte, error) { return []byte("d4:infod"), f.err }

func (f *fake) Tx(_ context.Context, id string) (TxInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	status, ok := f.statuses[id]
	if !ok {
		return TxInfo{}, &Error{Code: NotFound, Message: "no transaction " + id, Hint: "wait"}
	}
	return TxInfo{TxSummary: TxSummary{TxID: id, Status: status, Burn: 150_000_000}}, nil
}

func (f *fake) Txs(_ context.Context, q TxQuery) (TxPage, error) {
	f.note(q)
	return TxPage{Next: "more"}, f.err
}

func (f *fake) Around(_ context.Context, id string) (Around, error) {
	f.note(id)
	return Around{TxID: id, Leads: true, Parents: []Neighbour{{TxSummary: TxSummary{TxID: "bb"}, Spends: true}}}, f.err
}

func (f *fake) Search(_ context.Context, q SearchQuery) (SearchPage, error) {
	f.note(q)
	return SearchPage{Transactions: []TxSummary{{TxID: "aa"}}, Next: "more", Scanned: 7, Depth: 3}, f.err
}

func (f *fake) Raw(_ context.Context, id string) ([]byte, error) { return []byte{0, 1, 2}, f.err }

func (f *fake) Torrent(_ context.Context, id string) ([]byte, error) { return []byte("d"), f.err }

func (f *fake) Submit(_ context.Context, raw []byte) (Submitted, error) {
	f.note(raw)
	return Submitted{TxID: "aa", Status: StatusPending}, f.err
}

func (f *fake) Coins(_ context.Context, addresses []string) ([]Coin, error) {
	f.note(addresses)
	return []Coin{{TxID: "aa", Amount: 1}}, f.err
}

func (f *fake) Balance(_ context.Context, addresses []string) (Balance, error) {
	f.note(addresses)
	return Balance{Confirmed: 150_000_000}, f.err
}

func (f *fake) History(_ context.Context, q HistoryQuery) (History, error) {
	f.note(q)
	return History{}, f.err
}

func (f *fake) Refs(context.Context) (Refs, error) { return Refs{Genesis: "00"}, f.err }

func (f *fake) Health(context.Context) (Health, error) {
	return Health{Coins: []CoinHealth{{TxID: "aa", HeldMin: HeldUnknown}}, Budget: 120}, f.err
}

func (f *fake) CheckHealth(context.Context) (Health, error) {
	return Health{Coins: []CoinHealth{{TxID: "aa", HeldMin: 2, Thin: true}}, Budget: 120, CheckedAt: 5}, f.err
}

func (f *fake) ExportProof(_ context.Context, r ProofRequest) ([]byte, error) {
	f.note(r)
	return []byte("d4:info"), f.err
}

func (f *fake) ImportProof(_ context.Context, b []byte) (ImportedProof, error) {
	f.note(b)
	return ImportedProof{TxID: "aa", Level: "valid", Status: StatusPending, New: 2}, f.err
}

func (f *fake) Proofs(context.Context) ([]ProofEntry, error) {
	return []ProofEntry{{File: "aa.torrent", TxID: "aa"}}, f.err
}

func (f *fake) Watch(_ context.Context, addresses []string) error {
	f.note(addresses)
	return f.err
}
