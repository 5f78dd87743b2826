package wallet

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
	"pgregory.net/rapid"
)

// burn is the default of a network: 0.001 TTX a byte.
const burn = tx.TTX / 1000

// fixture makes requests that differ in little.
type fixture struct {
	keys  *Keys
	pool  []tx.Key
	other tx.Key
}

func newFixture(t testing.TB) fixture {
	keys := artKeys(t, 4)
	return fixture{keys: keys, pool: keys.addresses(), other: keys.VoterKey()}
}

// coin makes the coin that output `index` of the n-th transaction is.
func (f fixture) coin(n, index int, amount uint64) Coin {
	id := sha256.Sum256(fmt.Append(nil, "transaction ", n))
	return Coin{
		Outpoint:  tx.Outpoint{Tx: id, Index: uint32(index)},
		Amount:    amount,
		Lock:      tx.KeyLock(f.pool[n%len(f.pool)]),
		Infohash:  tx.Infohash(id[:20]),
		Time:      int64(1_700_000_000_000 + n),
		Status:    Confirmed,
		Spendable: true,
	}
}

// coins makes a coin of each amount, each of another transaction.
func (f fixture) coins(amounts ...uint64) []Coin {
	coins := make([]Coin, len(amounts))
	for i, amount := range amounts {
		coins[i] = f.coin(i, 0, amount)
	}
	return coins
}

func (f fixture) request(amount uint64, coins []Coin) Request {
	return Request{
		Coins:       coins,
		Payments:    []Payment{{tx.KeyLock(f.other), amount}},
		Change:      f.pool[0],
		Refs:        []Parent{{ID: tx.ID{1}, Infohash: tx.Infohash{1}, Time: 5}, {ID: tx.ID{2}, Infohash: tx.Infohash{2}, Time: 6}},
		BurnPerByte: burn,
		Now:         1_800_000_000_000,
	}
}

func mustBuild(t testing.TB, r Request) *Transfer {
	t.Helper()
	transfer, err := Build(r)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return transfer
}

func TestBuild(t *testing.T) {
	f := newFixture(t)
	r := f.request(10*tx.TTX, f.coins(3*tx.TTX, 25*tx.TTX, 100*tx.TTX))
	r.Memo = "thanks"
	got := mustBuild(t, r)
	size := 413 + len("1:m6:thanks")
	want := Summary{Amount: 10 * tx.TTX, Burn: uint64(size) * burn, Size: size, Inputs: 1}
	want.Change = 25*tx.TTX - want.Amount - want.Burn
	// The sizes in the ledger's specification have amounts of their own.
	if diff := got.Size - want.Size; diff < -12 || diff > 12 {
		t.Errorf("size is %d, the specification says about %d", got.Size, want.Size)
	}
	if got.Amount != want.Amount || got.Inputs != 1 || got.Burn != burn*uint64(got.Size) || got.Change != 25*tx.TTX-got.Amount-got.Burn {
		t.Errorf("%+v", got.Summary)
	}
	wantTx := &tx.Tx{
		Kind:         tx.KindTransfer,
		Time:         1_800_000_000_000,
		Memo:         "thanks",
		In:           []tx.Outpoint{r.Coins[1].Outpoint},
		Out:          []tx.Output{{Amount: 10 * tx.TTX, Lock: tx.KeyLock(f.other)}, {Amount: got.Change, Lock: tx.KeyLock(f.pool[0])}},
		Refs:         []tx.ID{{1}, {2}},
		ParentHashes: []tx.Infohash{r.Coins[1].Infohash, {1}, {2}},
	}
	if !reflect.DeepEqual(got.Tx, wantTx) {
		t.Errorf("transfer is %+v, expected %+v", got.Tx, wantTx)
	}
	signAndVerify(t, f, r, got)
}

// signAndVerify checks the transfer as a node would, parents included.
func signAndVerify(t rapid.TB, f fixture, r Request, transfer *Transfer) {
	t.Helper()
	genesis, parents := world(t, f, r)
	// The parents that were made have ids of their own.
	for i, in := range transfer.Tx.In {
		transfer.Tx.In[i].Tx = parents.moved[in.Tx]
	}
	for i, ref := range transfer.Tx.Refs {
		transfer.Tx.Refs[i] = parents.moved[ref]
	}
	for i, id := range transfer.Tx.Parents() {
		transfer.Tx.ParentHashes[i] = parents.byID[id].Infohash()
	}
	if err := f.keys.Sign(genesis.ID(), transfer); err != nil {
		t.Fatalf("Sign: %v", err)
	}
	if got := len(transfer.Tx.Raw()); got != transfer.Size {
		t.Fatalf("signed it has %d bytes, the summary says %d", got, transfer.Size)
	}
	lookup := func(id tx.ID) *tx.Tx { return parents.byID[id] }
	if err := transfer.Tx.Verify(genesis, lookup); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if got := transfer.Tx.Burn(lookup); got != transfer.Burn {
		t.Fatalf("it burns %d, the summary says %d", got, transfer.Burn)
	}
}

// parents are transactions that have the outputs a request's coins claim, and
// the ids that their invented ones became.
type parents struct {
	byID  map[tx.ID]*tx.Tx
	moved map[tx.ID]tx.ID
}

// world makes a genesis and a parent for each transaction that a request
// names. They are not valid themselves, which Verify does not look at.
func world(t rapid.TB, f fixture, r Request) (*tx.Tx, parents) {
	t.Helper()
	genesis := &tx.Tx{
		Kind:   tx.KindGenesis,
		Out:    []tx.Output{{Amount: tx.MaxSupply, Lock: tx.KeyLock(f.other)}},
		Params: &tx.Params{Name: "test", BurnPerByte: r.BurnPerByte, Rules: tx.Rules},
	}
	mustSeal(t, genesis)
	outs := make(map[tx.ID][]tx.Output)
	for _, ref := range r.Refs {
		outs[ref.ID] = nil
	}
	for _, c := range r.Coins {
		id := c.Outpoint.Tx
		for len(outs[id]) <= int(c.Outpoint.Index) {
			outs[id] = append(outs[id], tx.Output{Amount: 1, Lock: tx.KeyLock(f.other)})
		}
		outs[id][c.Outpoint.Index] = tx.Output{Amount: c.Amount, Lock: c.Lock}
	}
	p := parents{byID: make(map[tx.ID]*tx.Tx), moved: make(map[tx.ID]tx.ID)}
	for id, out := range outs {
		if out == nil {
			out = []tx.Output{{Amount: 1, Lock: tx.KeyLock(f.other)}}
		}
		parent := &tx.Tx{
			Kind: tx.KindTransfer, Out: out, In: []tx.Outpoint{{Tx: id}}, Refs: []tx.ID{id}, ParentHashes: []tx.Infohash{{}},
			Witnesses: []tx.Witness{tx.SignatureWitness(tx.Signature{})},
		}
		mustSeal(t, parent)
		p.byID[parent.ID()], p.moved[id] = parent, parent.ID()
	}
	return genesis, p
}

func mustSeal(t rapid.TB, x *tx.Tx) {
	t.Helper()
	if err := x.Seal(); err != nil {
		t.Fatalf("Seal: %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	f := newFixture(t)
	r := f.request(tx.TTX, f.coins(1_000_000*tx.TTX))
	r.Memo = strings.Repeat("m", tx.MaxMemo)
	for len(r.Payments) < MaxPayments {
		r.Payments = append(r.Payments, Payment{tx.KeyLock(f.other), 1000 * tx.TTX})
	}
	if _, err := Build(r); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d payments: %v", len(r.Payments), err)
	}
	// As many as fit without change must not turn the change into burn.
	for len(r.Payments) > 0 {
		r.Payments = r.Payments[1:]
		got, err := Build(r)
		if errors.Is(err, ErrTooLarge) {
			continue
		}
		if err != nil || got.Change == 0 || got.Size < tx.MaxSize-200 {
			t.Errorf("%d payments: %+v, %v", len(r.Payments), got, err)
		}
		break
	}
}

// TestTooLargeForItsInputs has payments that leave room for a few coins only,
// where more would be needed.
func TestTooLargeForItsInputs(t *testing.T) {
	f := newFixture(t)
	amounts := make([]uint64, 40)
	for i := range amounts {
		amounts[i] = 100 * tx.TTX
	}
	r := f.request(tx.TTX, f.coins(amounts...))
	for len(r.Payments) < 240 {
		r.Payments = append(r.Payments, Payment{tx.KeyLock(f.other), 10 * tx.TTX})
	}
	_, err := Build(r)
	var many *TooManyInputsError
	if !errors.As(err, &many) || many.Most == 0 || many.Most > 1500*tx.TTX {
		t.Errorf("Build: %v", err)
	}
}

func TestImpossibleRequests(t *testing.T) {
	f := newFixture(t)
	for name, change := range map[string]func(*Request){
		"no payment":       func(r *Request) { r.Payments = nil },
		"too many":         func(r *Request) { r.Payments = make([]Payment, MaxPayments+1) },
		"payment of zero":  func(r *Request) { r.Payments[0].Amount = 0 },
		"beyond supply":    func(r *Request) { r.Payments[0].Amount = tx.MaxSupply + 1 },
		"sum beyond":       func(r *Request) { r.Payments = append(r.Payments, Payment{tx.KeyLock(f.other), tx.MaxSupply}) },
		"overflow":         func(r *Request) { r.Payments = append(r.Payments, Payment{tx.KeyLock(f.other), ^uint64(0)}) },
		"coins beyond":     func(r *Request) { r.Coins = f.coins(tx.MaxSupply, 1) },
		"burn":             func(r *Request) { r.BurnPerByte = tx.MaxBurnPerByte + 1 },
		"unbound lock":     func(r *Request) { r.Payments[0].Lock = tx.HashLock([32]byte{1}) },
		"no lock":          func(r *Request) { r.Payments[0].Lock = tx.Lock{} },
		"key off curve":    func(r *Request) { r.Payments[0].Lock = tx.KeyLock(tx.Key{}) },
		"no change":        func(r *Request) { r.Change = tx.Key{} },
		"no refs":          func(r *Request) { r.Refs = nil },
		"too many refs":    func(r *Request) { r.Refs = make([]Parent, tx.MaxRefs+1) },
		"one ref twice":    func(r *Request) { r.Refs = append(r.Refs, r.Refs[0]) },
		"one coin twice":   func(r *Request) { r.Coins = append(f.coins(6*tx.TTX), f.coins(6*tx.TTX)...) },
		"memo too long":    func(r *Request) { r.Memo = strings.Repeat("m", tx.MaxMemo+1) },
		"memo not in UTF8": func(r *Request) { r.Memo = "\xff" },
		"extra":            func(r *Request) { r.Extras = []tx.Extra{{Kind: "Upper"}} },
		"time":             func(r *Request) { r.Now = -1; r.Coins[0].Time = -1; r.Refs[0].Time = -1; r.Refs[1].Time = -1 },
	} {
		r := f.request(10*tx.TTX, f.coins(100*tx.TTX))
		change(&r)
		if got, err := Build(r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestTimeIsNotBeforeParents(t *testing.T) {
	f := newFixture(t)
	r := f.request(tx.TTX, f.coins(100*tx.TTX))
	for _, tt := range []struct{ now, coin, ref, want int64 }{{9, 5, 6, 9}, {1, 5, 3, 5}, {1, 2, 3, 3}} {
		r.Now, r.Coins[0].Time, r.Refs[0].Time, r.Refs[1].Time = tt.now, tt.coin, tt.ref, 0
		if got := mustBuild(t, r).Tx.Time; got != tt.want {
			t.Errorf("%+v: time is %d", tt, got)
		}
	}
}

// TestRefOfACoinsTransaction references the transaction whose coin is spent:
// its infohash stands once.
func TestRefOfACoinsTransaction(t *testing.T) {
	f := newFixture(t)
	coins := []Coin{f.coin(1, 0, 6*tx.TTX), f.coin(1, 3, 6*tx.TTX)}
	r := f.request(10*tx.TTX, coins)
	r.Refs = append(r.Refs, Parent{ID: coins[0].Outpoint.Tx, Infohash: coins[0].Infohash})
	got := mustBuild(t, r)
	if len(got.Tx.In) != 2 || len(got.Tx.ParentHashes) != 3 {
		t.Errorf("%d inputs, %d infohashes", len(got.Tx.In), len(got.Tx.ParentHashes))
	}
	signAndVerify(t, f, r, got)
}

func TestSignRefusesForeignCoins(t *testing.T) {
	f := newFixture(t)
	coins := f.coins(100 * tx.TTX)
	coins[0].Lock = tx.KeyLock(f.other)
	if err := f.keys.Sign(tx.ID{}, mustBuild(t, f.request(tx.TTX, coins))); !errors.Is(err, ErrNotOurs) {
		t.Errorf("Sign: %v", err)
	}
}

func BenchmarkBuild(b *testing.B) {
	f := newFixture(b)
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d inputs of 10000 coins", n), func(b *testing.B) {
			amounts := make([]uint64, 10_000)
			for i := range amounts {
				amounts[i] = 10*tx.TTX + uint64(i)
			}
			r := f.request(uint64(n)*9*tx.TTX, f.coins(amounts...))
			for b.Loop() {
				if got := mustBuild(b, r); got.Inputs > n {
					b.Fatalf("%d inputs", got.Inputs)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	f := newFixture(b)
	r := f.request(tx.TTX, f.coins(100*tx.TTX))
	for b.Loop() {
		if err := f.keys.Sign(tx.ID{}, mustBuild(b, r)); err != nil {
			b.Fatal(err)
		}
	}
}
