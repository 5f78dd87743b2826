package proofs

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// world is a network of real signed transactions with everything a node knows
// of it: the source of proofs in the tests.
type world struct {
	*ledgertest.Network
	txs   map[tx.ID]*tx.Tx
	order []*tx.Tx
	dag   *dag.DAG
	t, u  trie.Trie
	roots map[trie.Hash]trie.Trie
	asked int // calls of Prove
}

func newWorld(coins, voters int) *world {
	w := &world{Network: ledgertest.NewNetwork(coins, voters), txs: make(map[tx.ID]*tx.Tx), roots: make(map[trie.Hash]trie.Trie)}
	w.dag = dag.New(w.Network.Genesis.Params.Voters)
	w.add(w.Network.Genesis)
	return w
}

// add brings transactions into the set, and returns the last.
func (w *world) add(txs ...*tx.Tx) *tx.Tx {
	for _, t := range txs {
		if err := t.Verify(w.Network.Genesis, w.find); err != nil {
			panic(err)
		}
		delta, err := w.dag.Add(dag.EntryOf(t))
		if err != nil {
			panic(err)
		}
		w.txs[t.ID()] = t
		w.order = append(w.order, t)
		depth, _ := w.dag.Depth(t.ID())
		w.t = w.t.Insert(trie.DepthKey(depth, t.ID()), t.Burn(w.find))
		for _, id := range delta.Confirmed {
			w.confirm(w.txs[id])
		}
		w.roots[w.t.Root()], w.roots[w.u.Root()] = w.t, w.u
	}
	return txs[len(txs)-1]
}

func (w *world) confirm(t *tx.Tx) {
	for i, out := range t.Out {
		w.u = w.u.Insert(keyOf(tx.Outpoint{Tx: t.ID(), Index: uint32(i)}), out.Amount)
	}
	for _, in := range t.In {
		w.u = w.u.Delete(keyOf(in))
	}
}

func (w *world) find(id tx.ID) *tx.Tx { return w.txs[id] }

// claim is what an honest voter claims now.
func (w *world) claim() *tx.Claim { return &tx.Claim{TRoot: w.t.Root(), URoot: w.u.Root()} }

// pay adds a payment that spends the first output of another, or a genesis coin.
func (w *world) pay(memo string, from *tx.Tx, refs ...*tx.Tx) *tx.Tx {
	return w.add(w.Spend(memo, []tx.Outpoint{ledgertest.Coin(from)}, refs...))
}

// vote adds one witness for each of some voters, with their claims.
func (w *world) vote(refs []*tx.Tx, voters ...int) (all []*tx.Tx) {
	for _, v := range voters {
		all = append(all, w.add(w.Claim(v, w.claim(), refs...)))
	}
	return all
}

// The methods of Source.

var _ Source = (*world)(nil)

func (w *world) Genesis() *tx.Tx { return w.Network.Genesis }

func (w *world) Tx(id tx.ID) (*tx.Tx, error) {
	if t := w.txs[id]; t != nil {
		return t, nil
	}
	return nil, errors.New("no such transaction")
}

func (w *world) Depth(id tx.ID) (uint32, bool)  { return w.dag.Depth(id) }
func (w *world) Children(id tx.ID) []tx.ID      { return w.dag.Children(id) }
func (w *world) Spenders(o tx.Outpoint) []tx.ID { return w.dag.Spenders(o) }
func (w *world) LatestWitness(v tx.Key) (tx.ID, bool) {
	latest, ok := w.dag.LatestWitness(v)
	return latest.ID, ok
}

func (w *world) Confirmed(id tx.ID) bool { return w.dag.Status(id).Word == dag.Confirmed }

func (w *world) Prove(_ context.Context, root trie.Hash, key trie.Key) (trie.Proof, error) {
	w.asked++
	t, ok := w.roots[root]
	if !ok {
		return trie.Proof{}, errors.New("nobody knows the root")
	}
	return t.Prove(key), nil
}

// path is a path of inclusion under a root that the world knows.
func (w *world) path(t testing.TB, root trie.Hash, key trie.Key) trie.Proof {
	t.Helper()
	path := w.roots[root].Prove(key)
	if path.Empty || path.Other != nil {
		t.Fatal("the key is not under the root")
	}
	return path
}

func (w *world) depthKey(t *tx.Tx) trie.Key {
	depth, _ := w.dag.Depth(t.ID())
	return trie.DepthKey(depth, t.ID())
}

// proof is one made by hand: the subject, and a chain in the order of arrival.
func (w *world) proof(subject *tx.Tx, chain ...*tx.Tx) *Proof {
	p := &Proof{Subject: subject, Genesis: w.Network.Genesis}
	for _, t := range w.order {
		if t != subject && slices.Contains(chain, t) {
			p.Chain = append(p.Chain, t)
		}
	}
	return p
}

// whole is the proof with everything there is.
func (w *world) whole(subject *tx.Tx) *Proof { return w.proof(subject, w.order[1:]...) }

// state adds what a witness of the chain claims of transactions: that it held
// them, and with u that their first output was confirmed and unspent.
func (w *world) state(t testing.TB, p *Proof, witness *tx.Tx, u bool, about ...*tx.Tx) {
	t.Helper()
	s := Statement{Witness: slices.Index(p.Chain, witness)}
	for _, a := range about {
		s.T = append(s.T, w.path(t, witness.Claim.TRoot, w.depthKey(a)))
		if u {
			s.U = append(s.U, w.path(t, witness.Claim.URoot, keyOf(ledgertest.Coin(a))))
		}
	}
	sortPaths(s.T)
	sortPaths(s.U)
	p.Statements = append(p.Statements, s)
	slices.SortFunc(p.Statements, func(a, b Statement) int { return a.Witness - b.Witness })
}

// judged encodes, decodes and verifies: a proof is what its bytes say.
func judged(t testing.TB, p *Proof) Verdict {
	t.Helper()
	v, err := p.again(t).Verify(Options{})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return v
}

// again returns what the proof's own bytes say.
func (p *Proof) again(t testing.TB) *Proof {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	q, err := Decode(b)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return q
}
