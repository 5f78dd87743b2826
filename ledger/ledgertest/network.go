package ledgertest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger/tx"
)

// startTime is the genesis's time: long past, so that nothing is held back, and
// where the clock of a testing/synctest bubble starts.
const startTime = 946_684_800_000

// supply is what a test network's genesis makes, in base units.
const supply = 1_000_000 * tx.TTX

// Network makes real, signed transactions of a private network. It is
// deterministic: the same calls give the same bytes.
type Network struct {
	Genesis *tx.Tx
	// Owner owns every coin, Voters are in the order of the genesis's table,
	// each with a stake of one.
	Owner  *btcec.PrivateKey
	Voters []*btcec.PrivateKey

	txs    map[tx.ID]*tx.Tx
	latest []*tx.Tx // each voter's last witness
}

// NewNetwork returns a network whose genesis has coins outputs of equal worth.
func NewNetwork(coins, voters int) *Network {
	n := &Network{Owner: testKey(0), txs: make(map[tx.ID]*tx.Tx), latest: make([]*tx.Tx, voters)}
	params := &tx.Params{Name: "test", BurnPerByte: 10, Rules: 1}
	for i := range voters {
		n.Voters = append(n.Voters, testKey(i+1))
	}
	slices.SortFunc(n.Voters, func(a, b *btcec.PrivateKey) int {
		x, y := tx.PublicKey(a), tx.PublicKey(b)
		return slices.Compare(x[:], y[:])
	})
	for _, v := range n.Voters {
		params.Voters = append(params.Voters, tx.Voter{Key: tx.PublicKey(v), Stake: 1})
	}
	n.Genesis = &tx.Tx{Kind: tx.KindGenesis, Time: startTime, Params: params}
	for range coins {
		n.Genesis.Out = append(n.Genesis.Out, tx.Output{Amount: supply / uint64(coins), Lock: n.lock()})
	}
	return n.finish(n.Genesis)
}

func testKey(i int) *btcec.PrivateKey {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[24:], uint64(i)+1)
	key, _ := btcec.PrivKeyFromBytes(seed[:])
	return key
}

func (n *Network) finish(genesis *tx.Tx) *Network {
	must(genesis.Seal())
	n.txs[genesis.ID()] = genesis
	return n
}

// must is for what cannot fail in a test's set-up.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("ledgertest: %v", err))
	}
}

func (n *Network) lock() tx.Lock { return tx.KeyLock(tx.PublicKey(n.Owner)) }

// Coin is the first output of a transaction.
func Coin(t *tx.Tx) tx.Outpoint { return tx.Outpoint{Tx: t.ID()} }

// GenesisCoin is one output of the genesis.
func (n *Network) GenesisCoin(i int) tx.Outpoint {
	return tx.Outpoint{Tx: n.Genesis.ID(), Index: uint32(i)}
}

// Spend returns a signed transfer of whole coins to one output of the owner's,
// less the burn. Memo makes rivals differ. Without refs it references the
// transactions it spends.
func (n *Network) Spend(memo string, coins []tx.Outpoint, refs ...*tx.Tx) *tx.Tx {
	return n.spend(memo, coins, func(size int) uint64 { return uint64(size)*n.Genesis.Params.BurnPerByte + 100 }, refs)
}

// Burning is Spend with a burn of one's own, so that it may be too little.
func (n *Network) Burning(memo string, burn uint64, coins ...tx.Outpoint) *tx.Tx {
	return n.spend(memo, coins, func(int) uint64 { return burn }, nil)
}

// spend returns a transfer that burns what burn says for its size in bytes.
func (n *Network) spend(memo string, coins []tx.Outpoint, burn func(size int) uint64, refs []*tx.Tx) *tx.Tx {
	t := &tx.Tx{Kind: tx.KindTransfer, Memo: memo, In: coins}
	var spent []tx.Output
	var sum uint64
	for _, c := range coins {
		parent := n.txs[c.Tx]
		out := parent.Out[c.Index]
		spent = append(spent, out)
		sum += out.Amount
		if len(refs) == 0 {
			t.Refs = append(t.Refs, c.Tx)
		}
	}
	for _, r := range refs {
		t.Refs = append(t.Refs, r.ID())
		n.txs[r.ID()] = r // it may be somebody else's
	}
	slices.SortFunc(t.Refs, func(a, b tx.ID) int { return slices.Compare(a[:], b[:]) })
	t.Refs = slices.Compact(t.Refs)
	t.Out = []tx.Output{{Amount: sum, Lock: n.lock()}}
	n.adopt(t)
	t.Out[0].Amount = sum - burn(t.KeySpendSize())
	must(t.SignInputs(n.Genesis.ID(), spent, func(tx.Key) (*btcec.PrivateKey, bool) { return n.Owner, true }))
	must(t.Seal())
	n.txs[t.ID()] = t
	return t
}

// adopt sets what a transaction owes its parents.
func (n *Network) adopt(t *tx.Tx) {
	for _, p := range t.Parents() {
		parent := n.txs[p]
		t.ParentHashes = append(t.ParentHashes, parent.Infohash())
		t.Time = max(t.Time, parent.Time)
	}
}

// voteSpacing is the least time between two witnesses of a voter, in
// milliseconds (finality.md, 1).
const voteSpacing = 100

// Vote returns voter's next witness, which references refs.
func (n *Network) Vote(voter int, refs ...*tx.Tx) *tx.Tx { return n.Claim(voter, nil, refs...) }

// Claim is Vote with a claim of state roots.
func (n *Network) Claim(voter int, claim *tx.Claim, refs ...*tx.Tx) *tx.Tx {
	t := n.vote(voter, n.latest[voter], claim, refs)
	n.latest[voter] = t
	return t
}

// Fork returns a second witness with the number of voter's last one.
func (n *Network) Fork(voter int, refs ...*tx.Tx) *tx.Tx {
	last := n.latest[voter]
	var before *tx.Tx
	if last.Seq > 0 {
		before = n.txs[last.Refs[0]]
	}
	return n.vote(voter, before, nil, refs)
}

func (n *Network) vote(voter int, before *tx.Tx, claim *tx.Claim, refs []*tx.Tx) *tx.Tx {
	t := &tx.Tx{Kind: tx.KindWitness, Voter: tx.PublicKey(n.Voters[voter]), Claim: claim}
	if before != nil {
		t.Seq, t.Time = before.Seq+1, before.Time+voteSpacing
		t.Refs = append(t.Refs, before.ID())
	}
	for _, r := range refs {
		t.Refs = append(t.Refs, r.ID())
		n.txs[r.ID()] = r
	}
	n.adopt(t)
	must(t.SignWitness(n.Genesis.ID(), n.Voters[voter]))
	must(t.Seal())
	n.txs[t.ID()] = t
	return t
}

// Chains returns count transfers after the genesis, parents first: payments
// that go round in width chains, each referencing a recent one of another.
func (n *Network) Chains(count, width int, rng *rand.Rand) []*tx.Tx {
	return n.Extend(make([]*tx.Tx, width), count, "payment", rng)
}

// Extend goes on with chains at their heads, nil for one that begins: count more
// transfers, parents first, whose memos begin with a word.
func (n *Network) Extend(heads []*tx.Tx, count int, word string, rng *rand.Rand) []*tx.Tx {
	heads = slices.Clone(heads)
	all := make([]*tx.Tx, 0, count)
	for i := range count {
		k := i % len(heads)
		coin := n.GenesisCoin(k)
		refs := []*tx.Tx{n.Genesis}
		if heads[k] != nil {
			coin, refs = Coin(heads[k]), []*tx.Tx{heads[k]}
		}
		if len(all) > 0 {
			if other := all[len(all)-1-rng.IntN(min(len(all), len(heads)))]; other != refs[0] {
				refs = append(refs, other)
			}
		}
		heads[k] = n.Spend(fmt.Sprintf("%s %d", word, i), []tx.Outpoint{coin}, refs...)
		all = append(all, heads[k])
	}
	return all
}

// Forge returns the bytes of a transaction with one bit of its last signature
// turned: well-formed, with an id of its own, and invalid.
func Forge(t *tx.Tx) []byte {
	raw := slices.Clone(t.Raw())
	raw[len(raw)-10] ^= 1
	return raw
}

// Raws returns the bytes of transactions, each a copy.
func Raws(txs ...*tx.Tx) [][]byte {
	out := make([][]byte, len(txs))
	for i, t := range txs {
		out[i] = slices.Clone(t.Raw())
	}
	return out
}
