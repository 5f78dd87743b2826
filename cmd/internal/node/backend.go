package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/config"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ext"
	"github.com/torrenttx/ttx/ext/session"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/network"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// submitTimeout bounds how long a submission waits for the disk.
const submitTimeout = 30 * time.Second

// refsWanted is how many parents a new transfer references: the oldest tip and
// three recent ones.
const refsWanted = 4

// backend answers the local interface from a ledger. service is nil when the
// ledger was opened without a node.
type backend struct {
	ledger  *ledger.Ledger
	service *ext.Service
	keeping *keeping
	voter   *vote.Voter // nil in a node that only watches
	dir     config.Folder
	info    api.Node
	peers   func() []string // for the .torrent files we hand out
	proofs  *proofdir.Folder
	seeker  *seeker // nil without a node
}

func newBackend(l *ledger.Ledger, dir config.Folder, log *slog.Logger) *backend {
	return &backend{
		ledger: l, dir: dir, keeping: newKeeping(l, dir.Keeper(), log),
		proofs: proofdir.Open(dir.Proofs(), dir.ProofRecords()),
	}
}

var _ api.Backend = (*backend)(nil)

func (b *backend) Node(context.Context) (api.Node, error) {
	if b.service == nil {
		return api.Node{}, offline("no node is running")
	}
	return b.info, nil
}

func offline(what string) error {
	return &api.Error{Message: what, Code: api.Offline, Hint: "start one with: ttx node"}
}

func (b *backend) Status(context.Context) (api.Status, error) {
	s, params := b.ledger.Snapshot(), b.ledger.Genesis().Params
	status := api.Status{
		Network:        params.Name,
		Transactions:   s.Transactions(),
		Confirmed:      s.Confirmed,
		Depth:          s.Depth,
		ConfirmedDepth: s.ConfirmedDepth,
		Weight:         s.Weight(),
		TRoot:          hexHash(s.T.Root()),
		URoot:          hexHash(s.U.Root()),
		State:          hexHash(s.State),
		Waiting:        b.ledger.Waiting(),
		Voters:         len(params.Voters),
		Alarm:          s.Alarm,
		Online:         b.service != nil,
		Problems:       b.problems(),
	}
	if b.service != nil {
		status.Peers = len(b.service.Sessions())
	}
	return status, nil
}

func hexHash(h trie.Hash) string { return hex.EncodeToString(h[:]) }

func (b *backend) Peers(context.Context) ([]api.Peer, error) {
	if b.service == nil {
		return nil, offline("a folder has no peers")
	}
	list := []api.Peer{}
	for _, s := range b.service.Sessions() {
		list = append(list, b.describePeer(s))
	}
	return list, nil
}

// describePeer compares a peer with what we hold.
func (b *backend) describePeer(s *session.Session) api.Peer {
	hello, ours := s.Peer(), b.ledger.Snapshot()
	inSync := trie.Hash(hello.TRoot) == ours.T.Root()
	received, sent := s.Traffic()
	return api.Peer{
		Address:        s.ListenAddr().String(),
		Client:         hello.UserAgent,
		Outgoing:       s.ListenAddr() == s.RemoteAddr(),
		Transactions:   hello.Count,
		Depth:          hello.Depth,
		ConfirmedDepth: hello.Confirmed,
		Weight:         hello.Weight,
		TRoot:          hex.EncodeToString(hello.TRoot[:]),
		InSync:         inSync,
		Rules:          hello.Rules,
		OtherRules:     hello.Rules != b.ledger.Genesis().Params.Rules || inSync && trie.Hash(hello.URoot) != ours.U.Root(),
		Received:       received,
		Sent:           sent,
		Score:          s.Score(),
		Since:          s.Opened().UnixMilli(),
	}
}

func (b *backend) Network(context.Context) (api.Network, error) {
	return DescribeNetwork(b.ledger.Genesis()), nil
}

// DescribeNetwork says what a genesis fixes.
func DescribeNetwork(genesis *tx.Tx) api.Network {
	id, meet := genesis.ID(), network.Rendezvous(genesis.ID())
	n := api.Network{
		Name:        genesis.Params.Name,
		TxID:        id.String(),
		Infohash:    genesis.Infohash().String(),
		Rendezvous:  hex.EncodeToString(meet[:]),
		BurnPerByte: genesis.Params.BurnPerByte,
		Rules:       genesis.Params.Rules,
		Time:        genesis.Time,
		Voters:      []api.Voter{},
		TotalStake:  genesis.Params.TotalStake(),
	}
	for _, out := range genesis.Out {
		n.Supply += api.Amount(out.Amount)
	}
	for _, v := range genesis.Params.Voters {
		n.Voters = append(n.Voters, api.Voter{Key: hex.EncodeToString(v.Key[:]), Stake: v.Stake})
	}
	return n
}

func (b *backend) NetworkFile(context.Context) ([]byte, error) {
	genesis := b.ledger.Genesis()
	file := &tx.File{Genesis: genesis, Tx: genesis, Peers: b.peers()}
	return file.Encode()
}

func (b *backend) Raw(_ context.Context, id string) ([]byte, error) {
	t, err := b.find(id)
	if err != nil {
		return nil, err
	}
	return t.Raw(), nil
}

func (b *backend) Torrent(_ context.Context, id string) ([]byte, error) {
	t, err := b.find(id)
	if err != nil {
		return nil, err
	}
	file := &tx.File{Genesis: b.ledger.Genesis(), Tx: t, Peers: b.peers()}
	return file.Encode()
}

// find looks a transaction up by txid or infohash.
func (b *backend) find(text string) (*tx.Tx, error) {
	id, err := b.parseID(text)
	if err != nil {
		return nil, err
	}
	t, err := b.ledger.Tx(id)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, unknown(text)
	}
	return t, err
}

func (b *backend) parseID(text string) (tx.ID, error) {
	raw, err := hex.DecodeString(text)
	switch {
	case err == nil && len(raw) == len(tx.ID{}):
		return tx.ID(raw), nil
	case err == nil && len(raw) == len(tx.Infohash{}):
		id, err := b.ledger.FindInfohash(tx.Infohash(raw))
		if errors.Is(err, ledger.ErrNotFound) {
			return id, unknown(text)
		}
		return id, err
	}
	return tx.ID{}, &api.Error{
		Message: fmt.Sprintf("%.80q is neither a txid nor an infohash", text),
		Code:    api.BadRequest,
		Hint:    "a txid has 64 hexadecimal digits, an infohash 40",
	}
}

func unknown(text string) error {
	return &api.Error{
		Message: "no transaction " + text + " in this ledger",
		Code:    api.NotFound,
		Hint:    "it may not have arrived yet: see ttx status and ttx peers",
	}
}

func (b *backend) Submit(ctx context.Context, raw []byte) (api.Submitted, error) {
	if b.service == nil {
		return api.Submitted{}, offline("a payment needs a running node")
	}
	ctx, cancel := context.WithTimeout(ctx, submitTimeout)
	defer cancel()
	outcomes, err := b.ledger.Add(ctx, "local", raw)
	if errors.Is(err, ledger.ErrStore) {
		return api.Submitted{}, b.notTaken(err)
	}
	if err != nil {
		return api.Submitted{}, err
	}
	o := outcomes[0]
	if err := b.refusal(o); err != nil {
		return api.Submitted{}, err
	}
	status, err := b.ledger.Status(o.ID)
	if err != nil {
		return api.Submitted{}, err
	}
	return api.Submitted{TxID: o.ID.String(), Status: string(status.Word)}, nil
}

// refusal is why a submission was not accepted; nil when it was.
func (b *backend) refusal(o ledger.Outcome) error {
	switch o.Verdict {
	case ledger.Accepted, ledger.Known:
		return nil
	case ledger.Invalid:
		return &api.Error{Message: o.Err.Error(), Code: api.Invalid}
	case ledger.Held:
		return &api.Error{Message: "the transaction is dated ahead of this node's clock", Code: api.Held, Hint: "check both clocks"}
	case ledger.Waiting, ledger.Evicted:
		return &api.Error{Message: "parents of the transaction are not known here", Code: api.Unsolid,
			Hint: "they are being asked for; wait until the node is in step (ttx status)"}
	}
	return b.notWritten(o)
}

func (b *backend) Refs(context.Context) (api.Refs, error) {
	genesis := b.ledger.Genesis()
	parents, err := b.ledger.Tips(refsWanted)
	if err != nil {
		return api.Refs{}, err
	}
	refs := api.Refs{Genesis: genesis.ID().String(), BurnPerByte: genesis.Params.BurnPerByte}
	for i, id := range parents.Refs {
		refs.Refs = append(refs.Refs, api.Parent{
			TxID:     id.String(),
			Infohash: parents.Infohashes[i].String(),
			Time:     parents.Times[i],
		})
	}
	return refs, nil
}

func (b *backend) Txs(_ context.Context, q api.TxQuery) (api.TxPage, error) {
	top := b.ledger.Snapshot().T
	page := api.TxPage{Transactions: []api.TxSummary{}, Total: top.Count()}
	from, any, err := pageStart(top, q)
	if err != nil || !any {
		return page, err
	}
	limit := pageSize(q.Limit)
	var last trie.Key
	top.Descend(from, func(key trie.Key, _ uint64) bool {
		id := tx.ID(key.ID())
		if q.After != "" && key == from {
			return true
		}
		if q.Status != "" && !b.hasStatus(id, q.Status) {
			return true
		}
		if len(page.Transactions) == limit {
			page.Next = hex.EncodeToString(last[:])
			return false
		}
		var summary api.TxSummary
		if summary, err = b.summary(id); err != nil {
			return false
		}
		page.Transactions, last = append(page.Transactions, summary), key
		return true
	})
	return page, err
}

// pageStart is where a page starts; false past the end.
func pageStart(top trie.Trie, q api.TxQuery) (from trie.Key, any bool, err error) {
	if q.Skip <= 0 {
		from, err = cursor(q.After)
		return from, true, err
	}
	if q.Status != "" || q.After != "" {
		return from, false, &api.Error{Message: "skip counts all transactions: it goes with neither status nor after", Code: api.BadRequest}
	}
	from, any = top.FromTop(uint64(q.Skip))
	return from, any, nil
}

// hasStatus leaves out witnesses: they are votes, and have no status.
func (b *backend) hasStatus(id tx.ID, word string) bool {
	status, err := b.ledger.Status(id)
	if err != nil || string(status.Word) != word {
		return false
	}
	t, err := b.ledger.Tx(id)
	return err == nil && t.Kind != tx.KindWitness
}

// cursor reads the Next of a page; an empty one is the top of the order.
func cursor(text string) (trie.Key, error) {
	if text == "" {
		return trie.TopKey(), nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != trie.KeySize {
		return trie.Key{}, &api.Error{Message: "after is not a cursor", Code: api.BadRequest, Hint: "pass the `next` of the page before"}
	}
	return trie.Key(raw), nil
}

func pageSize(limit int) int {
	if limit <= 0 {
		return api.DefaultPage
	}
	return min(limit, api.MaxPage)
}
