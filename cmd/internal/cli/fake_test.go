package cli

import (
	"context"
	"sync"
	"testing"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/ledger/tx"
)

const (
	idA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	idB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	idC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	ihA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	ihB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// hostile is text as a stranger may send it: an escape sequence, a line break
// and a change of the writing direction.
const hostile = "a\x1b[2Jb\nc\u202ed"

// fakeNode is a node with fixed answers behind the real socket.
type fakeNode struct {
	mu        sync.Mutex
	network   api.Network
	coins     []api.Coin
	txs       map[string]api.TxInfo
	submitted [][]byte
	watched   map[string]bool
	status    string // of what is submitted
	refusal   error  // of what is submitted; nil takes it
	taken     bool   // coins are gone once they were listed
}

// startNode serves f on the folder.
func startNode(t *testing.T, dir string, f *fakeNode) {
	t.Helper()
	serve(t, dir, api.Config{Backend: f})
}

// serve answers on the folder's socket until the test ends.
func serve(t *testing.T, dir string, cfg api.Config) {
	t.Helper()
	cfg.Events = new(api.Hub)
	l, err := api.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- api.NewServer(cfg).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func (f *fakeNode) Node(context.Context) (api.Node, error) { return api.Node{Ready: true}, nil }

func (f *fakeNode) Status(context.Context) (api.Status, error) {
	return api.Status{
		Network: "home", Transactions: 9, Confirmed: 8, Depth: 7, ConfirmedDepth: 6, Weight: 35_300_000,
		TRoot: idA, URoot: idB, State: idC, Peers: 2, Waiting: 1, Voters: 3, Alarm: true, Online: true,
		Problems: []string{"the disk of /d is full: free some room there"},
	}, nil
}

func (f *fakeNode) Peers(context.Context) ([]api.Peer, error) {
	return []api.Peer{
		{Address: "192.0.2.7:7478", Client: "ttx/devel", Outgoing: true, Transactions: 9, Depth: 7, ConfirmedDepth: 6, Weight: 5, TRoot: idA, InSync: true},
		{Address: "[2001:db8::1]:7478", Client: hostile, Transactions: 3, TRoot: idB},
	}, nil
}

func (f *fakeNode) Network(context.Context) (api.Network, error) { return f.network, nil }

func (f *fakeNode) NetworkFile(context.Context) ([]byte, error) { return nil, nil }

func (f *fakeNode) Tx(_ context.Context, id string) (api.TxInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, ok := f.txs[id]
	if !ok {
		return info, &api.Error{Code: api.NotFound, Message: "no transaction " + id, Hint: "it may not have arrived yet"}
	}
	return info, nil
}

func (f *fakeNode) Txs(context.Context, api.TxQuery) (api.TxPage, error) {
	return api.TxPage{Transactions: []api.TxSummary{
		{TxID: idA, Infohash: ihA, Kind: "transfer", Status: api.StatusConflicted, Share: api.Share{Stake: 1, Total: 3}, Time: 1735689600000, Depth: 7, Size: 413, Burn: 41_300_000, Memo: hostile},
		{TxID: idB, Infohash: ihB, Kind: "witness", Time: 1735689600000, Depth: 6, Size: 207},
	}, Next: "cursor"}, nil
}

func (f *fakeNode) Around(context.Context, string) (api.Around, error) { return api.Around{}, nil }

func (f *fakeNode) Search(context.Context, api.SearchQuery) (api.SearchPage, error) {
	return api.SearchPage{}, nil
}

func (f *fakeNode) Raw(context.Context, string) ([]byte, error) { return nil, nil }

func (f *fakeNode) Torrent(context.Context, string) ([]byte, error) {
	return []byte("the torrent"), nil
}

func (f *fakeNode) Submit(_ context.Context, raw []byte) (api.Submitted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusal != nil {
		return api.Submitted{}, f.refusal
	}
	f.submitted = append(f.submitted, raw)
	f.txs[idC] = api.TxInfo{TxSummary: api.TxSummary{TxID: idC, Status: f.status}}
	return api.Submitted{TxID: idC, Status: f.status}, nil
}

func (f *fakeNode) Coins(_ context.Context, addresses []string) ([]api.Coin, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var own []api.Coin
	for _, c := range f.coins {
		for _, a := range addresses {
			if a == c.Address && f.watched[a] {
				own = append(own, c)
			}
		}
	}
	if f.taken { // once they were asked for, they are gone
		f.coins = nil
	}
	return own, nil
}

func (f *fakeNode) Balance(context.Context, []string) (api.Balance, error) {
	return api.Balance{Confirmed: 150_000_000, Pending: 1, Conflicted: 700_000_000}, nil
}

func (f *fakeNode) History(context.Context, api.HistoryQuery) (api.History, error) {
	return api.History{Entries: []api.Entry{
		{TxID: idA, Time: 1735689600000, Status: api.StatusConfirmed, Received: 250_000_000, Memo: hostile},
		{TxID: idB, Time: 1735689500000, Status: api.StatusPending, Received: 1, Sent: 150_000_000},
	}}, nil
}

func (f *fakeNode) Refs(context.Context) (api.Refs, error) {
	return api.Refs{Genesis: f.network.TxID, BurnPerByte: f.network.BurnPerByte,
		Refs: []api.Parent{{TxID: idB, Infohash: ihB, Time: 5}}}, nil
}

func (f *fakeNode) ExportProof(context.Context, api.ProofRequest) ([]byte, error) {
	return []byte("the proof"), nil
}

func (f *fakeNode) ImportProof(context.Context, []byte) (api.ImportedProof, error) {
	return api.ImportedProof{
		TxID: idA, Network: hostile, Level: "conflicted", Proven: []string{hostile}, Missing: []string{hostile},
		Status: api.StatusConflicted, New: 1, Conflicts: []api.ProofConflict{{TxID: idB, Index: 1, Rival: idC}}, File: "a.torrent",
	}, nil
}

func (f *fakeNode) Proofs(context.Context) ([]api.ProofEntry, error) {
	return []api.ProofEntry{
		{File: hostile, Size: 900, Time: 1735689600000, TxID: idA, Level: "conflicted", Status: api.StatusConflicted, Rivals: []string{idB}},
		{File: "film.torrent", Size: 40, Time: 1735689600000, Error: "no proof: " + hostile, Code: api.Malformed},
	}, nil
}

func (f *fakeNode) Watch(_ context.Context, addresses []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watched == nil {
		f.watched = make(map[string]bool)
	}
	for _, a := range addresses {
		f.watched[a] = true
	}
	return nil
}

// lastSubmitted decodes what was handed in last.
func (f *fakeNode) lastSubmitted(t *testing.T) *tx.Tx {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.submitted) == 0 {
		t.Fatal("nothing was handed in")
	}
	decoded, err := tx.Decode(f.submitted[len(f.submitted)-1])
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func (f *fakeNode) Health(context.Context) (api.Health, error) {
	return api.Health{Coins: []api.CoinHealth{{TxID: idA, Amount: 250_000_000, History: 7, HeldMin: api.HeldUnknown}}, Ancestors: 7, Budget: 120, Online: true, Enough: 3}, nil
}

func (f *fakeNode) CheckHealth(context.Context) (api.Health, error) {
	return api.Health{
		Coins: []api.CoinHealth{
			{TxID: idA, Amount: 250_000_000, History: 4096, More: true, HeldMin: 1, Weakest: idC, Thin: true},
			{TxID: idB, Index: 1, Amount: 5, History: 2, HeldMin: 8, Weakest: idA},
		},
		Ancestors: 4096, Announced: 60, Budget: 120, Online: true, Enough: 3, CheckedAt: 1735689600000,
	}, nil
}
