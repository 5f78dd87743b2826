package tx

import (
	"crypto/sha256"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

// These build small valid networks, deterministically: keys come from names.

// secret returns the private key of a name.
func secret(name string) *btcec.PrivateKey {
	h := sha256.Sum256([]byte("ttx test key " + name))
	key, _ := btcec.PrivKeyFromBytes(h[:])
	return key
}

func preimageOf(n byte) [32]byte { return [32]byte{0: n, 31: n} }

func preimageHash(n byte) [32]byte {
	p := preimageOf(n)
	return sha256.Sum256(p[:])
}

func keyOf(name string) Key { return PublicKey(secret(name)) }

// signerOf holds the keys of the names.
func signerOf(names ...string) Signer {
	return func(k Key) (*btcec.PrivateKey, bool) {
		for _, name := range names {
			if keyOf(name) == k {
				return secret(name), true
			}
		}
		return nil, false
	}
}

// network is a set of transactions to verify against.
type network struct {
	t       testing.TB
	genesis *Tx
	byID    map[ID]*Tx
}

const genesisTime = 1_700_000_000_000

// plainGenesis pays alice and bob and has two voters.
func plainGenesis() *Tx {
	voters := []Voter{{Key: keyOf("voter a"), Stake: 3}, {Key: keyOf("voter b"), Stake: 1}}
	if string(voters[0].Key[:]) > string(voters[1].Key[:]) {
		voters[0], voters[1] = voters[1], voters[0]
	}
	return &Tx{
		Kind: KindGenesis,
		Time: genesisTime,
		Out: []Output{
			{Amount: 1000 * TTX, Lock: KeyLock(keyOf("alice"))},
			{Amount: 500 * TTX, Lock: KeyLock(keyOf("bob"))},
		},
		Params: &Params{Name: "test-net", BurnPerByte: 100_000, Rules: Rules, Voters: voters},
	}
}

func newNetwork(t testing.TB, genesis *Tx) *network {
	t.Helper()
	n := &network{t: t, genesis: genesis, byID: map[ID]*Tx{}}
	if err := genesis.Seal(); err != nil {
		t.Fatalf("sealing the genesis: %v", err)
	}
	n.byID[genesis.ID()] = genesis
	return n
}

func (n *network) parent(id ID) *Tx { return n.byID[id] }

func (n *network) add(t *Tx) *Tx { n.byID[t.ID()] = t; return t }

// link fills in the parents' infohashes.
func (n *network) link(t *Tx) *Tx {
	t.ParentHashes = nil
	for _, id := range t.Parents() {
		p := n.byID[id]
		if p == nil {
			n.t.Fatalf("no parent %s", id)
		}
		t.ParentHashes = append(t.ParentHashes, p.Infohash())
	}
	return t
}

// spent returns the outputs that t spends.
func (n *network) spent(t *Tx) []Output {
	var outs []Output
	for _, in := range t.In {
		outs = append(outs, n.byID[in.Tx].Out[in.Index])
	}
	return outs
}

// draft returns an unsigned transfer of the outputs of one transaction.
func (n *network) draft(from *Tx, outputs []Output, index ...uint32) *Tx {
	t := &Tx{Kind: KindTransfer, Time: from.Time + 1000, Out: outputs, Refs: []ID{n.genesis.ID()}}
	for _, i := range index {
		t.In = append(t.In, Outpoint{Tx: from.ID(), Index: i})
	}
	return n.link(t)
}

// sign signs with the named keys.
func (n *network) sign(t *Tx, names ...string) *Tx {
	n.t.Helper()
	if err := t.SignInputs(n.genesis.ID(), n.spent(t), signerOf(names...)); err != nil {
		n.t.Fatalf("signing: %v", err)
	}
	return t
}

// payment is a signed transfer from alice to bob.
func (n *network) payment() *Tx {
	n.t.Helper()
	return n.sign(n.draft(n.genesis, []Output{
		{Amount: 12345678901, Lock: KeyLock(keyOf("bob"))},
		{Amount: 87600000000, Lock: KeyLock(keyOf("alice"))},
	}, 0), "alice")
}

// vote is a signed witness transaction; the first reference comes first.
func (n *network) vote(voter string, seq uint64, t int64, refs ...ID) *Tx {
	n.t.Helper()
	w := n.link(&Tx{Kind: KindWitness, Time: t, Voter: keyOf(voter), Seq: seq, Refs: refs})
	if err := w.SignWitness(n.genesis.ID(), secret(voter)); err != nil {
		n.t.Fatalf("signing a witness: %v", err)
	}
	return w
}

func (n *network) verify(t *Tx) error { return t.Verify(n.genesis, n.parent) }
