package tx

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// sized is a transfer with one input, two outputs of 12 digits and refs other
// than its input's parent.
func sized(refs int) *Tx {
	t := &Tx{
		Kind: KindTransfer,
		Time: genesisTime,
		In:   []Outpoint{{Tx: ID{1}}},
		Out: []Output{
			{Amount: 123_456_789_012, Lock: KeyLock(keyOf("alice"))},
			{Amount: 210_987_654_321, Lock: KeyLock(keyOf("bob"))},
		},
		Refs:         manyIDs(refs),
		ParentHashes: make([]Infohash, refs+1),
		Witnesses:    []Witness{SignatureWitness(Signature{1})},
	}
	return t
}

func sizedWitness(refs int, seq uint64) *Tx {
	return &Tx{
		Kind: KindWitness, Time: genesisTime, Voter: keyOf("voter a"), Seq: seq,
		Refs: manyIDs(refs), ParentHashes: make([]Infohash, refs),
	}
}

func manyIDs(n int) []ID {
	ids := make([]ID, n)
	for i := range ids {
		ids[i] = ID{2, byte(i)}
	}
	return ids
}

// TestSizes holds the sizes that the specification states.
func TestSizes(t *testing.T) {
	claimed := sizedWitness(1, 0)
	claimed.Claim = &Claim{}
	for _, c := range []struct {
		name string
		tx   *Tx
		want int
	}{
		{"transfer with 1 input, 2 outputs, 2 refs", sized(2), 413},
		{"transfer with 1 input, 2 outputs, 8 refs", sized(8), 727},
		{"witness with 1 ref", sizedWitness(1, 0), 207},
		{"witness with 8 refs, number of 4 digits", sizedWitness(8, 1000), 576},
		{"witness with 1 ref and r", claimed, 207 + 70},
	} {
		if err := c.tx.Seal(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := len(c.tx.Raw()); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
}

// TestSizes_FullVoterTable: 256 voters leave room for 93 outputs.
func TestSizes_FullVoterTable(t *testing.T) {
	voters := make([]Voter, 0, MaxVoters)
	for i := uint32(0); len(voters) < MaxVoters; i++ {
		key := keyOf(string(binary.BigEndian.AppendUint32(nil, i)))
		voters = append(voters, Voter{Key: key, Stake: 1})
	}
	slices.SortFunc(voters, func(a, b Voter) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	g := plainGenesis()
	g.Params.Voters = voters
	out := Output{Amount: 100_000_000_000_000, Lock: KeyLock(keyOf("alice"))}
	g.Out = slices.Repeat([]Output{out}, 93)
	if err := g.Seal(); err != nil {
		t.Fatalf("93 outputs: %v", err)
	}
	g.Out = append(g.Out, out)
	if err := g.Seal(); KindOf(err) != ErrTooLarge {
		t.Errorf("94 outputs: %v, want %v", err, ErrTooLarge)
	}
}

func TestSizeLimit(t *testing.T) {
	fill := func(size int) *Tx {
		tx := sized(1)
		tx.Extras = []Extra{{Kind: "fill"}}
		tx.Extras[0].Data = make([]byte, size-len(tx.encode(nil, whole))-len("16000")+len("0"))
		return tx
	}
	exact := fill(MaxSize)
	if err := exact.Seal(); err != nil || len(exact.Raw()) != MaxSize {
		t.Errorf("16384 bytes: %v, %d", err, len(exact.Raw()))
	}
	if err := fill(MaxSize + 1).Seal(); KindOf(err) != ErrTooLarge {
		t.Errorf("16385 bytes: %v", err)
	}
}

// TestMaxLockSize shows that the limit on dictionaries implies the limit on
// the size of a lock, which is therefore not checked.
func TestMaxLockSize(t *testing.T) {
	keys := func(n int) Lock {
		return ThresholdLock(n, slices.Repeat([]Lock{KeyLock(keyOf("alice"))}, n)...)
	}
	flat := keys(MaxLockDicts - 1)
	nested := ThresholdLock(1, ThresholdLock(1, keys(MaxLockDicts-3)))
	for _, l := range []Lock{flat, nested} {
		if err := CheckLock(l); err != nil {
			t.Fatal(err)
		}
		if n := len(l.Encode()); n > MaxLockSize*2/3 {
			t.Errorf("%d bytes", n)
		}
	}
}

func TestSignedSize(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	tx := n.draft(n.genesis, []Output{{Amount: 5, Lock: KeyLock(keyOf("bob"))}}, 0, 1)
	tx.ParentHashes = nil
	secrets := Secrets{Key: signerOf("alice", "bob")}
	size, err := tx.SignedSize(n.spent(tx), secrets)
	if err != nil {
		t.Fatal(err)
	}
	simple := tx.KeySpendSize()
	n.sign(n.link(tx), "alice", "bob")
	if got := len(tx.Raw()); got != size || got != simple {
		t.Errorf("%d bytes, SignedSize said %d, KeySpendSize %d", got, size, simple)
	}
}
