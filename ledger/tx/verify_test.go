package tx

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
)

func TestVerify_AcceptsValid(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.add(n.payment())
	first := n.add(n.vote("voter a", 0, pay.Time, pay.ID()))
	second := n.add(n.vote("voter a", 1, first.Time+WitnessInterval, first.ID(), n.genesis.ID()))
	other := n.vote("voter b", 0, second.Time, pay.ID(), second.ID())
	for _, tx := range []*Tx{n.genesis, pay, first, second, other} {
		if err := n.verify(tx); err != nil {
			t.Errorf("kind %d: %v", tx.Kind, err)
		}
		again, err := Decode(tx.Raw())
		if err != nil || again.ID() != tx.ID() || again.Infohash() != tx.Infohash() {
			t.Errorf("kind %d: decoding again: %v", tx.Kind, err)
		}
	}
}

// TestVerify_AsksEachParentOnce: ledgers may keep parents in a store.
func TestVerify_AsksEachParentOnce(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	tx := n.sign(n.draft(n.genesis, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0, 1), "alice", "bob")
	asked := map[ID]int{}
	if err := tx.Verify(n.genesis, func(id ID) *Tx { asked[id]++; return n.parent(id) }); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 1 || asked[n.genesis.ID()] != 1 {
		t.Errorf("asked %v", asked)
	}
}

// transferCase spoils a valid draft of alice's, before it is signed.
type transferCase struct {
	name string
	edit func(n *network, t *Tx)
	want ErrorKind
}

func TestVerify_RefusesTransfers(t *testing.T) {
	for _, c := range []transferCase{
		{"time before its parent's", func(n *network, t *Tx) { t.Time = genesisTime - 1 }, ErrTime},
		{"time of its parent", func(n *network, t *Tx) { t.Time = genesisTime }, ""},
		{"output beyond the parent's", func(n *network, t *Tx) { t.In[0].Index = 2 }, ErrNoOutput},
		{"output of largest index", func(n *network, t *Tx) { t.In[0].Index = math.MaxUint32 }, ErrNoOutput},
		{"infohash of another", func(n *network, t *Tx) { t.ParentHashes[0][19] ^= 1 }, ErrParentHashes},
		{"outputs above inputs", func(n *network, t *Tx) { t.Out[0].Amount = 1000*TTX + 1 }, ErrOverspent},
		{"outputs above 2^64", func(n *network, t *Tx) {
			t.Out[0].Amount = MaxInt
			t.Out = append(t.Out, t.Out[0], Output{Amount: 3, Lock: t.Out[0].Lock})
		}, ErrOverspent},
		{"nothing burned", func(n *network, t *Tx) { t.Out[0].Amount = 1000 * TTX }, ErrBurn},
		{"one unit too little burned", func(n *network, t *Tx) {
			t.Out[0].Amount = 1000*TTX - 100_000*uint64(t.KeySpendSize()) + 1
		}, ErrBurn},
		{"just enough burned", func(n *network, t *Tx) {
			t.Out[0].Amount = 1000*TTX - 100_000*uint64(t.KeySpendSize())
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNetwork(t, plainGenesis())
			tx := n.draft(n.genesis, []Output{{Amount: 99 * TTX * 10, Lock: KeyLock(keyOf("bob"))}}, 0)
			c.edit(n, tx)
			spent := []Output{n.genesis.Out[0]}
			if err := tx.SignInputs(n.genesis.ID(), spent, signerOf("alice")); err != nil {
				t.Fatal(err)
			}
			wantKind(t, n.verify(tx), c.want)
		})
	}
}

func wantKind(t *testing.T, err error, want ErrorKind) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if !errors.Is(err, want) || KindOf(err) != want {
		t.Errorf("%v, want %v", err, want)
	}
}

// TestVerify_Supply: both sides of a double spend are in T, so a transfer could
// name both; without the rule the amounts would double for ever.
func TestVerify_Supply(t *testing.T) {
	g := plainGenesis()
	g.Params.BurnPerByte = 0
	g.Out = []Output{{Amount: MaxSupply, Lock: KeyLock(keyOf("alice"))}}
	n := newNetwork(t, g)
	all := func(to string) *Tx {
		return n.add(n.sign(n.draft(g, []Output{{Amount: MaxSupply, Lock: KeyLock(keyOf(to))}}, 0), "alice"))
	}
	left, right := all("alice"), all("bob")
	third := n.add(n.sign(n.draft(g, []Output{{Amount: MaxSupply, Lock: KeyLock(keyOf("carol"))}}, 0), "alice"))
	join := func(parents ...*Tx) *Tx {
		tx := &Tx{Kind: KindTransfer, Time: left.Time, Refs: []ID{g.ID()},
			Out: []Output{{Amount: MaxSupply, Lock: KeyLock(keyOf("alice"))}}}
		for _, p := range parents {
			tx.In = append(tx.In, Outpoint{Tx: p.ID()})
		}
		return n.sign(n.link(tx), "alice", "bob", "carol")
	}
	wantKind(t, n.verify(join(left)), "")
	wantKind(t, n.verify(join(left, right)), ErrSupply)
	wantKind(t, n.verify(join(left, right, third)), ErrSupply) // past 2^64
}

func TestVerify_RefusesSignatures(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	other := plainGenesis()
	other.Params.Name = "other-net"
	m := newNetwork(t, other)
	base := func() *Tx {
		return n.draft(n.genesis, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0, 1)
	}
	signed := func(genesis ID, spoil func(*Tx)) *Tx {
		tx := base()
		if err := tx.SignInputs(genesis, n.spent(tx), signerOf("alice", "bob")); err != nil {
			t.Fatal(err)
		}
		spoil(tx)
		if err := tx.Seal(); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	for name, c := range map[string]struct {
		tx   *Tx
		want ErrorKind
	}{
		"valid":                       {signed(n.genesis.ID(), func(*Tx) {}), ""},
		"signed for another network":  {signed(m.genesis.ID(), func(*Tx) {}), ErrSignature},
		"witnesses exchanged":         {signed(n.genesis.ID(), func(t *Tx) { slices.Reverse(t.Witnesses) }), ErrSignature},
		"input 0's signature twice":   {signed(n.genesis.ID(), func(t *Tx) { t.Witnesses[1] = t.Witnesses[0] }), ErrSignature},
		"amount changed after":        {signed(n.genesis.ID(), func(t *Tx) { t.Out[0].Amount++ }), ErrSignature},
		"receiver changed after":      {signed(n.genesis.ID(), func(t *Tx) { t.Out[0].Lock = KeyLock(keyOf("eve")) }), ErrSignature},
		"memo added after":            {signed(n.genesis.ID(), func(t *Tx) { t.Memo = "x" }), ErrSignature},
		"extra added after":           {signed(n.genesis.ID(), func(t *Tx) { t.Extras = []Extra{{Kind: "x"}} }), ErrSignature},
		"time changed after":          {signed(n.genesis.ID(), func(t *Tx) { t.Time++ }), ErrSignature},
		"preimage for a key":          {signed(n.genesis.ID(), func(t *Tx) { t.Witnesses[0] = PreimageWitness([32]byte{}) }), ErrWitness},
		"empty witness for a key":     {signed(n.genesis.ID(), func(t *Tx) { t.Witnesses[0] = EmptyWitness() }), ErrWitness},
		"list for a key":              {signed(n.genesis.ID(), func(t *Tx) { t.Witnesses[0] = ListWitness(t.Witnesses[0]) }), ErrWitness},
		"zero signature":              {signed(n.genesis.ID(), func(t *Tx) { t.Witnesses[0] = SignatureWitness(Signature{}) }), ErrSignature},
		"inputs exchanged after sign": {signed(n.genesis.ID(), func(t *Tx) { slices.Reverse(t.In); slices.Reverse(t.Witnesses) }), ErrSignature},
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, n.verify(c.tx), c.want) })
	}
}

func TestVerify_Votes(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	g := n.genesis.ID()
	zero := n.add(n.vote("voter a", 0, genesisTime, g))
	one := n.add(n.vote("voter a", 1, genesisTime+100, zero.ID(), g))
	foreign := n.add(n.vote("voter b", 0, genesisTime, g))
	pay := n.add(n.payment())
	late := pay.Time
	resigned := n.vote("voter a", 0, genesisTime, g)
	resigned.Sig[40] ^= 1
	if err := resigned.Seal(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tx   *Tx
		want ErrorKind
	}{
		{"first", zero, ""},
		{"second", one, ""},
		{"second, 100 ms later exactly", n.vote("voter a", 1, genesisTime+100, zero.ID()), ""},
		{"second, 99 ms later", n.vote("voter a", 1, genesisTime+99, zero.ID()), ErrTime},
		{"second, other refs too", n.vote("voter a", 1, late, zero.ID(), pay.ID(), foreign.ID()), ""},
		{"third over the second and, besides, the first", n.vote("voter a", 2, late, one.ID(), zero.ID()), ""},
		{"not a voter", n.vote("eve", 0, late, g), ErrVoter},
		{"the receiver of genesis money", n.vote("alice", 0, late, g), ErrVoter},
		{"number 0 over an own witness", n.vote("voter a", 0, late, g, zero.ID()), ErrChain},
		{"number 0 over another's witness", n.vote("voter a", 0, late, g, foreign.ID()), ""},
		{"number 1 without number 0", n.vote("voter a", 1, late, g), ErrChain},
		{"number 1 with number 0 not first", n.vote("voter a", 1, late, g, zero.ID()), ErrChain},
		{"number 1 over another's number 0", n.vote("voter a", 1, late, foreign.ID()), ErrChain},
		{"number 2 over number 0", n.vote("voter a", 2, late, zero.ID()), ErrChain},
		{"number 1 over number 1", n.vote("voter a", 1, late, one.ID()), ErrChain},
		{"largest number", n.vote("voter a", MaxInt, late, one.ID()), ErrChain},
		{"before its parent", n.vote("voter a", 0, genesisTime-1, g), ErrTime},
		{"signature changed", resigned, ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) { wantKind(t, n.verify(c.tx), c.want) })
	}
}

// TestVerify_WitnessHasNoOutputs: an input may name a witness
// transaction, which has no outputs.
func TestVerify_WitnessHasNoOutputs(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	vote := n.add(n.vote("voter a", 0, genesisTime, n.genesis.ID()))
	tx := n.draft(vote, []Output{{Amount: 1, Lock: KeyLock(keyOf("bob"))}}, 0)
	tx.Witnesses = []Witness{SignatureWitness(Signature{})}
	if err := tx.Seal(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, n.verify(tx), ErrNoOutput)
}

func TestVerify_CannotAnswer(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	wantKind(t, pay.Verify(n.genesis, func(ID) *Tx { return nil }), ErrMissingParent)
	wantKind(t, new(Tx).Verify(n.genesis, n.parent), ErrUnsealed)
	wantKind(t, pay.Verify(new(Tx), n.parent), ErrUnsealed)
	wantKind(t, pay.Verify(pay, n.parent), ErrUnsealed)
}

// TestVerifyPart: what a transaction owes the parents that are at hand is
// checked, and nothing is made of those that are not.
func TestVerifyPart(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.add(n.payment())
	tip := n.add(n.vote("voter a", 0, pay.Time, pay.ID()))
	second := n.add(n.vote("voter a", 1, tip.Time+100, tip.ID(), pay.ID()))
	spend := n.draft(pay, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0)
	spend.Refs, spend.Time = []ID{tip.ID()}, second.Time
	n.add(n.sign(n.link(spend), "bob"))
	without := func(absent ...*Tx) func(ID) *Tx {
		return func(id ID) *Tx {
			for _, a := range absent {
				if a.ID() == id {
					return nil
				}
			}
			return n.parent(id)
		}
	}
	for _, c := range []struct {
		name   string
		tx     *Tx
		parent func(ID) *Tx
		absent int
		signed bool
	}{
		{"all there", spend, without(), 0, true},
		{"a ref is absent", spend, without(tip), 1, true},
		{"what it spends from is absent", spend, without(pay), 1, false},
		{"nothing is there", spend, without(tip, pay), 2, false},
		{"witness without its chain", second, without(tip), 1, true},
		{"witness without anything", second, without(tip, pay), 2, true},
		{"genesis", n.genesis, without(), 0, true},
	} {
		part, err := c.tx.VerifyPart(n.genesis, c.parent)
		if err != nil || len(part.Absent) != c.absent || part.Signed != c.signed {
			t.Errorf("%s: %+v, %v", c.name, part, err)
		}
	}
	early := n.vote("voter a", 2, second.Time+99, second.ID(), tip.ID())
	forged := *second
	forged.Sig[5] ^= 1
	nowhere := n.draft(pay, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 7)
	nowhere.In = append(nowhere.In, Outpoint{Tx: tip.ID()})
	nowhere.Witnesses = []Witness{SignatureWitness(Signature{}), SignatureWitness(Signature{})}
	for _, broken := range []*Tx{&forged, n.link(nowhere)} {
		if err := broken.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		tx     *Tx
		parent func(ID) *Tx
		want   ErrorKind
	}{
		{"too soon after the witness before", early, without(tip), ErrTime},
		{"forged, and no parent there", &forged, without(tip, pay), ErrSignature},
		{"an output that is not there, another parent absent", nowhere, without(tip), ErrNoOutput},
	} {
		_, err := c.tx.VerifyPart(n.genesis, c.parent)
		t.Run(c.name, func(t *testing.T) { wantKind(t, err, c.want) })
	}
}

func TestBurn(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	pay := n.payment()
	if got, want := pay.Burn(n.parent), uint64(1000*TTX-12345678901-87600000000); got != want {
		t.Errorf("Burn = %d, want %d", got, want)
	}
	if n.genesis.Burn(n.parent) != 0 || n.vote("voter a", 0, genesisTime, n.genesis.ID()).Burn(n.parent) != 0 {
		t.Error("a genesis or a witness burns")
	}
	if pay.Burn(func(ID) *Tx { return nil }) != 0 {
		t.Error("burn without parents")
	}
	minting := n.draft(n.genesis, []Output{{Amount: MaxInt, Lock: KeyLock(keyOf("bob"))}}, 0)
	if minting.Burn(n.parent) != 0 {
		t.Error("burn below zero")
	}
}

// spend opens an output with the given lock by the given witness shape, every
// signature in it being made by the key at its place.
func spend(t *testing.T, lock Lock, at int64, w Witness) error {
	t.Helper()
	g := plainGenesis()
	g.Out[0].Lock = lock
	n := newNetwork(t, g)
	tx := n.draft(g, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0)
	tx.Time = at
	tx.Witnesses = []Witness{resign(t, lock, w, tx.InputHash(g.ID(), 0, w))}
	if err := tx.Seal(); err != nil {
		t.Fatal(err)
	}
	return n.verify(tx)
}

func resign(t *testing.T, l Lock, w Witness, msg [32]byte) Witness {
	if w.Kind() == WitnessSignature && l.Kind() == LockKey {
		for _, name := range []string{"alice", "bob", "carol"} {
			if keyOf(name) == l.Key() {
				sig, err := Sign(secret(name), msg)
				if err != nil {
					t.Fatal(err)
				}
				return SignatureWitness(sig)
			}
		}
	}
	if w.Kind() != WitnessList || len(w.Of()) > len(l.Of()) {
		return w
	}
	var of []Witness
	for i, member := range w.Of() {
		of = append(of, resign(t, l.Of()[i], member, msg))
	}
	return ListWitness(of...)
}

func TestVerify_Locks(t *testing.T) {
	sig, none := SignatureWitness(Signature{}), Witness{}
	pre := func(n byte) Witness { return PreimageWitness(preimageOf(n)) }
	list := ListWitness
	a, b, c := KeyLock(keyOf("alice")), KeyLock(keyOf("bob")), KeyLock(keyOf("carol"))
	twoOfThree := ThresholdLock(2, a, b, c)
	due := int64(genesisTime + 60_000)
	for _, c := range []struct {
		name string
		lock Lock
		at   int64
		w    Witness
		want ErrorKind
	}{
		{"2 of 3: first two", twoOfThree, due, list(sig, sig, none), ""},
		{"2 of 3: outer two", twoOfThree, due, list(sig, none, sig), ""},
		{"2 of 3: all three", twoOfThree, due, list(sig, sig, sig), ErrWitness},
		{"2 of 3: one", twoOfThree, due, list(none, sig, none), ErrWitness},
		{"2 of 3: list too short", twoOfThree, due, list(sig, sig), ErrWitness},
		{"2 of 3: list too long", twoOfThree, due, list(sig, sig, none, none), ErrWitness},
		{"2 of 3: one signature alone", twoOfThree, due, sig, ErrWitness},
		{"2 of 3: a preimage for a key", twoOfThree, due, list(sig, pre(7), none), ErrWitness},
		{"swap: preimage", swapLock(), due - 1, list(list(pre(7), sig), none), ""},
		{"swap: wrong preimage", swapLock(), due, list(list(pre(8), sig), none), ErrPreimage},
		{"swap: signature for the hash", swapLock(), due, list(list(sig, sig), none), ErrWitness},
		{"swap: refund when due", swapLock(), due, list(none, list(EmptyWitness(), sig)), ""},
		{"swap: refund 1 ms early", swapLock(), due - 1, list(none, list(EmptyWitness(), sig)), ErrLocked},
		{"swap: refund without the time", swapLock(), due, list(none, list(none, sig)), ErrWitness},
		{"swap: both branches", swapLock(), due, list(list(pre(7), sig), list(EmptyWitness(), sig)), ErrWitness},
		{"swap: empty for the hash", swapLock(), due, list(list(EmptyWitness(), sig), none), ErrWitness},
	} {
		t.Run(c.name, func(t *testing.T) { wantKind(t, spend(t, c.lock, c.at, c.w), c.want) })
	}
}

// TestVerify_BranchIsSigned: a signature made for one branch does not serve
// another, so nobody can move it.
func TestVerify_BranchIsSigned(t *testing.T) {
	a := KeyLock(keyOf("alice"))
	g := plainGenesis()
	g.Out[0].Lock = ThresholdLock(1, a, a)
	n := newNetwork(t, g)
	tx := n.sign(n.draft(g, []Output{{Amount: TTX, Lock: a}}, 0), "alice")
	wantKind(t, n.verify(tx), "")
	moved := *tx
	of := slices.Clone(tx.Witnesses[0].Of())
	slices.Reverse(of)
	moved.Witnesses = []Witness{ListWitness(of...)}
	if err := moved.Seal(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, n.verify(&moved), ErrSignature)
}

// TestVerify_NoThirdPartyMalleability flips every bit of a valid payment: what
// still decodes must not be valid.
func TestVerify_NoThirdPartyMalleability(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	raw := n.payment().Raw()
	for bit := range 8 * len(raw) {
		mutant := slices.Clone(raw)
		mutant[bit/8] ^= 1 << (bit % 8)
		if tx, err := Decode(mutant); err == nil && n.verify(tx) == nil {
			t.Errorf("bit %d can be flipped", bit)
		}
	}
}

func TestSignWith_TakesTheShortestBranch(t *testing.T) {
	a, b := KeyLock(keyOf("alice")), KeyLock(keyOf("bob"))
	lock := ThresholdLock(1, ThresholdLock(2, a, b), ThresholdLock(2, a, AfterLock(5)), swapLock())
	secrets := Secrets{
		Key: signerOf("alice", "bob"),
		Preimage: func(h [32]byte) ([32]byte, bool) {
			return preimageOf(7), h == preimageHash(7)
		},
	}
	w, ok := satisfy(lock, 5, secrets)
	if !ok || w.Of()[1].Kind() != WitnessList || w.Of()[0].Kind() != WitnessAbsent {
		t.Errorf("not the branch of one signature and a time: %v", w)
	}
	if _, ok := satisfy(lock, 4, Secrets{Key: signerOf("carol")}); ok {
		t.Error("opened without keys")
	}
	if w, ok := satisfy(swapLock(), 0, secrets); !ok || w.Of()[0].Kind() != WitnessList {
		t.Error("the swap opens by its preimage")
	}
	lying := Secrets{Key: secrets.Key, Preimage: func([32]byte) ([32]byte, bool) { return [32]byte{1}, true }}
	if _, ok := satisfy(swapLock(), 0, lying); ok {
		t.Error("opened by a wrong preimage")
	}
}

func TestSign_Refuses(t *testing.T) {
	n := newNetwork(t, plainGenesis())
	tx := n.draft(n.genesis, []Output{{Amount: TTX, Lock: KeyLock(keyOf("bob"))}}, 0)
	wantKind(t, tx.SignInputs(n.genesis.ID(), n.spent(tx), signerOf("bob")), ErrUnsatisfiable)
	wantKind(t, tx.SignInputs(n.genesis.ID(), n.spent(tx), nil), ErrUnsatisfiable)
	wantKind(t, tx.SignInputs(n.genesis.ID(), nil, signerOf("alice")), ErrNoOutput)
	wrong := func(Key) (*btcec.PrivateKey, bool) { return secret("eve"), true }
	wantKind(t, tx.SignInputs(n.genesis.ID(), n.spent(tx), wrong), ErrUnsatisfiable)
	if _, err := tx.SignedSize(n.spent(tx), Secrets{}); KindOf(err) != ErrUnsatisfiable {
		t.Errorf("SignedSize: %v", err)
	}
	vote := n.link(&Tx{Kind: KindWitness, Time: genesisTime, Voter: keyOf("voter a"), Refs: []ID{n.genesis.ID()}})
	wantKind(t, vote.SignWitness(n.genesis.ID(), secret("voter b")), ErrVoter)
}
