package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ext/book"
	"github.com/torrenttx/ttx/ext/stack"
	"github.com/torrenttx/ttx/ext/vote"
	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Node is one node of a network.
type Node struct {
	Number int
	Ledger *ledger.Ledger
	Stack  *stack.Stack

	network *Network
	offline bool
	ctx     context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

// startNode puts a node together as ext and cmd's node do, less the torrents.
func (n *Network) startNode(ctx context.Context, number int) (*Node, error) {
	l, err := ledger.Open(ledger.Config{Genesis: n.Money.Genesis, Store: store.NewMemory(), Workers: 1})
	if err != nil {
		return nil, err
	}
	var key *btcec.PrivateKey
	if number < len(n.Money.Voters) {
		key = n.Money.Voters[number]
	}
	node := &Node{Number: number, Ledger: l, network: n}
	node.ctx, node.stop = context.WithCancel(ctx)
	node.Stack, err = stack.New(stack.Config{
		Ledger: l, Book: book.New(true), Voter: key, UserAgent: "ttx/sim",
		Random: newReader(n.cfg.Seed, uint64(number)),
	})
	if err != nil {
		node.close()
		return nil, err
	}
	sub := l.Subscribe()
	node.wg.Go(func() { n.Trace.follow(number, sub) })
	node.wg.Go(func() { node.Stack.Run(node.ctx) })
	if number >= n.cfg.Voters-n.cfg.Puppets {
		return node, nil
	}
	if err := node.vote(key); err != nil {
		node.close()
		return nil, err
	}
	return node, nil
}

func (nd *Node) vote(key *btcec.PrivateKey) error {
	var reach vote.Reach = nd.Stack
	if nd.network.cfg.Reach != nil {
		reach = nd.network.cfg.Reach(nd.Stack)
	}
	voter, err := vote.New(vote.Config{Ledger: nd.Ledger, Key: key, Reach: reach})
	if err != nil {
		return err
	}
	nd.wg.Go(func() { voter.Run(nd.ctx) })
	return nil
}

// close stops the node. The ledger goes last: its end is the recorder's.
func (nd *Node) close() {
	nd.stop()
	_ = nd.Ledger.Close() // a store in memory
	nd.wg.Wait()
}

// Offer gives transactions to the node as its own and fails unless it takes
// them all.
func (nd *Node) Offer(txs ...*tx.Tx) error {
	raws := make([][]byte, len(txs))
	for i, t := range txs {
		raws[i] = append([]byte(nil), t.Raw()...)
	}
	outcomes, err := nd.Ledger.Add(nd.ctx, "local", raws...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Verdict != ledger.Accepted && o.Verdict != ledger.Known {
			return fmt.Errorf("node %d: transaction %s: verdict %v: %w", nd.Number, o.ID, o.Verdict, o.Err)
		}
	}
	return nil
}

// maxRefs is how many tips a payment references.
const maxRefs = 3

// Spend makes a transfer of whole coins as a wallet at this node would, with
// the tips that the node knows now, and offers it nowhere.
func (nd *Node) Spend(memo string, coins ...tx.Outpoint) (*tx.Tx, error) {
	var ids []tx.ID
	nd.Ledger.Read(func(d *dag.DAG) { ids = d.RefsForTransfer(nd.network.rng.IntN, maxRefs) })
	refs := make([]*tx.Tx, len(ids))
	for i, id := range ids {
		var err error
		if refs[i], err = nd.Ledger.Tx(id); err != nil {
			return nil, err
		}
	}
	return nd.network.Money.Spend(memo, coins, refs...), nil
}

// Pay makes a transfer and offers it to the node.
func (nd *Node) Pay(memo string, coins ...tx.Outpoint) (*tx.Tx, error) {
	t, err := nd.Spend(memo, coins...)
	if err != nil {
		return nil, err
	}
	return t, nd.Offer(t)
}

// Word is what the node says of a transaction; empty when it does not have it.
func (nd *Node) Word(id tx.ID) dag.Word {
	status, err := nd.Ledger.Status(id)
	if err != nil {
		return ""
	}
	return status.Word
}

// reader is a node's source of random bytes.
type reader struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func newReader(seed, node uint64) *reader {
	rng := rand.New(rand.NewPCG(seed, 1<<32|node))
	var key [32]byte
	for i := range key {
		key[i] = byte(rng.Uint32())
	}
	return &reader{rng: rand.NewChaCha8(key)}
}

// Read never fails.
func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.Read(p)
}
