package api

import "context"

// NoLedger is the Backend of a node that keeps no ledger: it says where the node
// is, and refuses all else with the code no_ledger.
type NoLedger struct{ Info Node }

func without() error {
	return &Error{Code: Without, Message: "this node runs without a ledger", Hint: "start it without --no-ledger, or run another one in a folder of its own (--dir)"}
}

// Node implements Backend.
func (n NoLedger) Node(context.Context) (Node, error) { return n.Info, nil }

// Status implements Backend.
func (NoLedger) Status(context.Context) (Status, error) { return Status{}, without() }

// Peers implements Backend.
func (NoLedger) Peers(context.Context) ([]Peer, error) { return nil, without() }

// Network implements Backend.
func (NoLedger) Network(context.Context) (Network, error) { return Network{}, without() }

// NetworkFile implements Backend.
func (NoLedger) NetworkFile(context.Context) ([]byte, error) { return nil, without() }

// Tx implements Backend.
func (NoLedger) Tx(context.Context, string) (TxInfo, error) { return TxInfo{}, without() }

// Txs implements Backend.
func (NoLedger) Txs(context.Context, TxQuery) (TxPage, error) { return TxPage{}, without() }

// Around implements Backend.
func (NoLedger) Around(context.Context, string) (Around, error) { return Around{}, without() }

// Search implements Backend.
func (NoLedger) Search(context.Context, SearchQuery) (SearchPage, error) {
	return SearchPage{}, without()
}

// Raw implements Backend.
func (NoLedger) Raw(context.Context, string) ([]byte, error) { return nil, without() }

// Torrent implements Backend.
func (NoLedger) Torrent(context.Context, string) ([]byte, error) { return nil, without() }

// Submit implements Backend.
func (NoLedger) Submit(context.Context, []byte) (Submitted, error) { return Submitted{}, without() }

// Coins implements Backend.
func (NoLedger) Coins(context.Context, []string) ([]Coin, error) { return nil, without() }

// Balance implements Backend.
func (NoLedger) Balance(context.Context, []string) (Balance, error) { return Balance{}, without() }

// History implements Backend.
func (NoLedger) History(context.Context, HistoryQuery) (History, error) { return History{}, without() }

// Refs implements Backend.
func (NoLedger) Refs(context.Context) (Refs, error) { return Refs{}, without() }

// ExportProof implements Backend.
func (NoLedger) ExportProof(context.Context, ProofRequest) ([]byte, error) { return nil, without() }

// ImportProof implements Backend.
func (NoLedger) ImportProof(context.Context, []byte) (ImportedProof, error) {
	return ImportedProof{}, without()
}

// Proofs implements Backend.
func (NoLedger) Proofs(context.Context) ([]ProofEntry, error) { return nil, without() }

// Watch implements Backend.
func (NoLedger) Watch(context.Context, []string) error { return without() }

var _ Backend = NoLedger{}
