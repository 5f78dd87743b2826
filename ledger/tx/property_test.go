package tx

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// names of keys that generators draw from.
func keyNames() []string { return []string{"alice", "bob", "carol", "dave"} }

func genKeyLock() *rapid.Generator[Lock] {
	return rapid.Map(rapid.SampledFrom(keyNames()), func(name string) Lock { return KeyLock(keyOf(name)) })
}

// genLock draws locks of at most the given levels, bound or not.
func genLock(levels int) *rapid.Generator[Lock] {
	leaf := rapid.OneOf(
		genKeyLock(),
		rapid.Map(rapid.ByteMax(2), func(n byte) Lock { return HashLock(preimageHash(n)) }),
		rapid.Map(rapid.Int64Range(0, 4), AfterLock),
	)
	if levels == 1 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) Lock {
		of := rapid.SliceOfN(genLock(levels-1), 1, 3).Draw(t, "of")
		return ThresholdLock(rapid.IntRange(1, len(of)).Draw(t, "n"), of...)
	}))
}

// openings returns every minimal way to open a lock: for each, whether it
// includes a signature. It is the definition that boundness stands for.
func openings(l Lock) (signed []bool) {
	if l.Kind() != LockThreshold {
		return []bool{l.Kind() == LockKey}
	}
	var choose func(from, need int, soFar bool)
	choose = func(from, need int, soFar bool) {
		if need == 0 {
			signed = append(signed, soFar)
			return
		}
		for i := from; i+need <= len(l.Of()); i++ {
			for _, s := range distinct(openings(l.Of()[i])) {
				choose(i+1, need-1, soFar || s)
			}
		}
	}
	choose(0, l.Need(), false)
	return distinct(signed)
}

func distinct(bs []bool) (out []bool) {
	var seen [2]bool
	for _, b := range bs {
		i := 0
		if b {
			i = 1
		}
		if !seen[i] {
			seen[i] = true
			out = append(out, b)
		}
	}
	return out
}

func dicts(l Lock) int {
	n := 1
	for _, member := range l.Of() {
		n += dicts(member)
	}
	return n
}

// TestProperty_Bound: a lock is accepted exactly when no way to open it does
// without a signature.
func TestProperty_Bound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLock(4).Draw(t, "lock")
		want := dicts(l) <= MaxLockDicts
		for _, signed := range openings(l) {
			want = want && signed
		}
		if err := CheckLock(l); (err == nil) != want {
			t.Fatalf("CheckLock: %v, want bound and small %v", err, want)
		}
	})
}

// TestProperty_Spend: whatever the secrets at hand open, Verify accepts, at
// the size that was predicted.
func TestProperty_Spend(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lock := genLock(4).Filter(func(l Lock) bool { return CheckLock(l) == nil }).Draw(rt, "lock")
		names := rapid.SliceOfDistinct(rapid.SampledFrom(keyNames()), func(s string) string { return s }).Draw(rt, "keys")
		g := plainGenesis()
		g.Time, g.Out[0].Lock = 0, lock
		n := newNetwork(t, g)
		tx := n.draft(g, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0)
		tx.Time = rapid.Int64Range(0, 5).Draw(rt, "t")
		secrets := Secrets{Key: signerOf(names...), Preimage: func(h [32]byte) ([32]byte, bool) {
			return preimageOf(1), h == preimageHash(1)
		}}
		size, err := tx.SignedSize(n.spent(tx), secrets)
		if err != nil {
			return // not enough secrets
		}
		if err := tx.SignWith(g.ID(), n.spent(tx), secrets); err != nil {
			rt.Fatal(err)
		}
		if err := n.verify(tx); err != nil {
			rt.Fatal(err)
		}
		if len(tx.Raw()) != size {
			rt.Fatalf("%d bytes, predicted %d", len(tx.Raw()), size)
		}
	})
}

func genArray32() *rapid.Generator[[32]byte] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), func(b []byte) [32]byte { return [32]byte(b) })
}

func genWitness(levels int) *rapid.Generator[Witness] {
	leaf := rapid.OneOf(
		rapid.Map(genArray32(), PreimageWitness),
		rapid.Map(genArray32(), func(b [32]byte) Witness { return SignatureWitness(Signature(append(b[:], b[:]...))) }),
		rapid.Just(EmptyWitness()),
	)
	if levels == 1 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) Witness {
		of := rapid.SliceOfN(genWitness(levels-1), 1, 2).Draw(t, "of")
		return ListWitness(append(of, Witness{})...)
	}))
}

// genTransfer draws well-formed transfers, valid or not.
func genTransfer() *rapid.Generator[*Tx] {
	return rapid.Custom(func(t *rapid.T) *Tx {
		id := rapid.Map(genArray32(), func(b [32]byte) ID { return b })
		tx := &Tx{Kind: KindTransfer, Time: rapid.Int64Min(0).Draw(t, "t")}
		tx.Memo = rapid.StringN(0, 40, 200).Draw(t, "m")
		tx.In = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Outpoint {
			return Outpoint{Tx: id.Draw(t, "in"), Index: rapid.Uint32().Draw(t, "index")}
		}), 1, 4, rapid.ID).Draw(t, "in")
		tx.Refs = rapid.SliceOfNDistinct(rapid.OneOf(id, rapid.Just(tx.In[0].Tx)), 1, 4, rapid.ID).Draw(t, "ref")
		tx.ParentHashes = make([]Infohash, len(tx.Parents()))
		lock := genLock(3).Filter(func(l Lock) bool { return CheckLock(l) == nil })
		tx.Out = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Output {
			return Output{Amount: rapid.Uint64Range(1, MaxInt).Draw(t, "a"), Lock: lock.Draw(t, "l")}
		}), 1, 4).Draw(t, "out")
		for range tx.In {
			tx.Witnesses = append(tx.Witnesses, genWitness(3).Draw(t, "w"))
		}
		if rapid.Bool().Draw(t, "has x") {
			tx.Extras = []Extra{{Kind: "memo-2", Data: rapid.SliceOf(rapid.Byte()).Draw(t, "d")}}
		}
		return tx
	})
}

// TestProperty_RoundTrip: a sealed value is what its bytes decode to, field by
// field, and encoding it again gives the same bytes.
func TestProperty_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tx := genTransfer().Draw(t, "tx")
		want := *tx
		if err := tx.Seal(); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(bytes.Clone(tx.Raw()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(tx, again) {
			t.Fatalf("decoded to %+v\nsealed    %+v", again, tx)
		}
		if !bytes.Equal(want.encode(nil, whole), again.encode(nil, whole)) {
			t.Fatal("encoding differs")
		}
		if !bytes.Equal(again.body(), again.encode(nil, body)) {
			t.Fatal("the bytes without `w` differ from the fields without it")
		}
	})
}
