package proofs

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

// crowd is how large the ledger around the proven payment is, and how many of
// its outputs are unspent.
const (
	crowd        = 1_000_000
	crowdUnspent = 300_000
)

// crowded is a world whose tries hold a million other transactions, with depths
// as of a used ledger: sixteen or so to a depth.
func crowded(coins, voters int) *world {
	w := newWorld(coins, voters)
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() (id [32]byte) {
		for i := 0; i < 32; i += 8 {
			binary.BigEndian.PutUint64(id[i:], rng.Uint64())
		}
		return id
	}
	t, u := w.t.Edit(), w.u.Edit()
	for i := range crowd {
		t.Insert(trie.DepthKey(uint32(i/16), random()), 413_000)
		if i < crowdUnspent {
			u.Insert(keyOf(tx.Outpoint{Tx: random()}), tx.TTX)
		}
	}
	w.t, w.u = t.Commit(), u.Commit()
	return w
}

// BenchmarkMillion reports the size of proofs in a ledger of 1,000,000
// transactions under 16 voters, and what it takes to verify them.
func BenchmarkMillion(b *testing.B) {
	w := crowded(2, 16)
	voters := make([]int, 16)
	for i := range voters {
		voters[i] = i
	}
	pay := w.pay("lunch", w.pay("wages", w.Network.Genesis))
	w.vote([]*tx.Tx{pay}, voters...)
	other := w.add(w.Spend("somebody else's", []tx.Outpoint{w.GenesisCoin(1)}, pay))
	w.vote([]*tx.Tx{other}, voters...)
	for _, chain := range []Chain{None, Recent, Full} {
		p, err := Build(b.Context(), w, pay.ID(), BuildOptions{Chain: chain})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(chain), func(b *testing.B) { benchVerify(b, p) })
	}
}

func benchVerify(b *testing.B, p *Proof) {
	file, err := p.Encode()
	if err != nil {
		b.Fatal(err)
	}
	paths, bytes := 0, 0
	for _, s := range p.Statements {
		for _, path := range append(s.T, s.U...) {
			paths++
			bytes += len(path.Append(nil))
		}
	}
	var v Verdict
	for b.Loop() {
		q, err := Decode(file)
		if err != nil {
			b.Fatal(err)
		}
		if v, err = q.Verify(Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(file)), "B/file")
	b.ReportMetric(float64(len(p.Chain)), "transactions")
	b.ReportMetric(float64(bytes)/float64(max(paths, 1)), "B/path")
	b.Logf("%s by %q, %d paths", v.Level, v.By, paths)
}

// BenchmarkChain verifies payments with so many ancestors, down to the genesis.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := ledgertest.NewNetwork(1, 0)
			p := &Proof{Genesis: w.Genesis}
			last := w.Genesis
			for range n {
				p.Chain = append(p.Chain, w.Spend("payment", []tx.Outpoint{ledgertest.Coin(last)}))
				last = p.Chain[len(p.Chain)-1]
			}
			p.Subject = w.Spend("payment", []tx.Outpoint{ledgertest.Coin(last)})
			benchVerify(b, p)
		})
	}
}

// BenchmarkWorst verifies files that are made to take long: as many signatures
// as may be, and as much work for the rule.
func BenchmarkWorst(b *testing.B) {
	b.Run("signatures", func(b *testing.B) { benchVerify(b, manySignatures(b)) })
	b.Run("rule", func(b *testing.B) { benchVerify(b, manyVotes(b)) })
}

// split is a transfer of one genesis coin to 255 outputs.
func split(b *testing.B, n *ledgertest.Network, coin int) *tx.Tx {
	b.Helper()
	spent := n.Genesis.Out[coin]
	t := &tx.Tx{
		Kind: tx.KindTransfer, Time: n.Genesis.Time, In: []tx.Outpoint{n.GenesisCoin(coin)},
		Refs: []tx.ID{n.Genesis.ID()}, ParentHashes: []tx.Infohash{n.Genesis.Infohash()},
	}
	for range tx.MaxOutputs {
		t.Out = append(t.Out, tx.Output{Amount: spent.Amount / 300, Lock: spent.Lock})
	}
	owner := func(tx.Key) (*btcec.PrivateKey, bool) { return n.Owner, true }
	if err := t.SignInputs(n.Genesis.ID(), []tx.Output{spent}, owner); err != nil {
		b.Fatal(err)
	}
	return t
}

// manySignatures is a proof with nearly as many signatures as may be.
func manySignatures(b *testing.B) *Proof {
	const parents, each, inputs = 84, 3, 64
	n := ledgertest.NewNetwork(parents, 0)
	p := &Proof{Subject: n.Genesis, Genesis: n.Genesis}
	for i := range parents {
		parent := split(b, n, i)
		p.Chain = append(p.Chain, parent)
		n.Spend("known", []tx.Outpoint{n.GenesisCoin(i)}, parent)
		for k := range each {
			var coins []tx.Outpoint
			for c := range inputs {
				coins = append(coins, tx.Outpoint{Tx: parent.ID(), Index: uint32(k*inputs + c)})
			}
			p.Chain = append(p.Chain, n.Spend("many", coins))
		}
	}
	return p
}

// manyVotes is a proof of 7,800 payments out of transactions of 255 outputs,
// all of them under the witnesses of 256 voters.
func manyVotes(b *testing.B) *Proof {
	const parents, payments, voters = 33, 7800, 256
	n := ledgertest.NewNetwork(parents, voters)
	p := &Proof{Genesis: n.Genesis}
	for i := range parents {
		p.Chain = append(p.Chain, split(b, n, i))
		n.Spend("known", []tx.Outpoint{n.GenesisCoin(i)}, p.Chain[i]) // the network knows what is referenced
	}
	last := p.Chain[0]
	for i := range payments {
		parent := p.Chain[i%parents]
		last = n.Spend("one", []tx.Outpoint{{Tx: parent.ID(), Index: uint32(i / parents)}}, last)
		p.Chain = append(p.Chain, last)
	}
	p.Subject, p.Chain = last, p.Chain[:len(p.Chain)-1]
	for v := range voters {
		p.Chain = append(p.Chain, n.Vote(v, last))
	}
	if work := newJudge(p).ruleWork(); work > maxRuleWork {
		b.Fatalf("%d is more work than is done", work)
	}
	return p
}
