package wallet

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
	"pgregory.net/rapid"
)

func TestSelection(t *testing.T) {
	f := newFixture(t)
	tests := map[string]struct {
		amount uint64
		coins  []uint64
		want   []uint64
	}{
		"the smallest that is enough":      {10, []uint64{5, 100, 11, 50}, []uint64{11}},
		"two when one is not enough":       {10, []uint64{4, 8, 6, 1}, []uint64{8, 4}},
		"the second as small as it can be": {10, []uint64{9, 8, 7, 2, 3}, []uint64{9, 2}},
		"all of them":                      {10, []uint64{4, 3, 5}, []uint64{5, 4, 3}},
	}
	for name, tt := range tests {
		var coins []uint64
		for _, amount := range tt.coins {
			coins = append(coins, amount*tx.TTX)
		}
		var got []uint64
		for _, spent := range mustBuild(t, f.request(tt.amount*tx.TTX, f.coins(coins...))).Spent {
			got = append(got, spent.Amount/tx.TTX)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: takes %d, expected %d", name, got, tt.want)
		}
	}
}

// TestBoundaries moves the one coin through every amount around those where
// something changes.
func TestBoundaries(t *testing.T) {
	f := newFixture(t)
	amount := uint64(10 * tx.TTX)
	bare := f.request(amount, f.coins(1000*tx.TTX))
	d, err := newDraft(bare)
	if err != nil {
		t.Fatal(err)
	}
	least := d.burn(d.spend(d.coins))
	build := func(in uint64) (*Transfer, error) { return Build(f.request(amount, f.coins(in))) }

	if _, err := build(amount + least - 1); !errors.Is(err, ErrInsufficient) {
		t.Errorf("one unit short: %v", err)
	}
	exact, err := build(amount + least)
	if err != nil || exact.Change != 0 || exact.Burn != least {
		t.Errorf("exact: %+v, %v", exact, err)
	}
	changeless := exact.Size
	// From here on the surplus first is dust, then change.
	first := uint64(0)
	for extra := uint64(1); first == 0; extra += burn / 4 {
		got, err := build(amount + least + extra)
		if err != nil {
			t.Fatalf("%d more: %v", extra, err)
		}
		if got.Change == 0 && (got.Burn != least+extra || got.Size != changeless) {
			t.Fatalf("%d more: %+v", extra, got.Summary)
		}
		first = got.Change
	}
	if limit := DustLimit(burn); first <= limit || first > limit+burn {
		t.Errorf("the first change is %d, the limit %d", first, limit)
	}
}

// TestChangeDigits walks through a surplus where the change has one digit more
// or less, so that no change pays its own size exactly.
func TestChangeDigits(t *testing.T) {
	f := newFixture(t)
	amount := uint64(10 * tx.TTX)
	with9 := func(in uint64) *Transfer { return mustBuild(t, f.request(amount, f.coins(in))) }
	size := uint64(with9(amount + 5*tx.TTX).Size) // change of nine digits
	edge := amount + burn*size + 1_0000_0000      // nine digits just fit
	for _, in := range []uint64{edge - burn - 1, edge - burn, edge - burn + 1, edge - burn/2, edge - 1, edge, edge + 1} {
		got := with9(in)
		if got.Amount+got.Burn+got.Change != in {
			t.Errorf("%d: money is lost: %+v", in, got.Summary)
		}
		excess := got.Burn - burn*uint64(got.Size)
		if in >= edge && (excess != 0 || got.Change != in-amount-burn*size) {
			t.Errorf("%d: %+v", in, got.Summary)
		}
		if in < edge && (got.Change >= 1_0000_0000 || excess > burn) {
			t.Errorf("%d: %+v", in, got.Summary)
		}
	}
	if got := with9(edge - 1); got.Change != 99_999_999 || got.Burn != burn*size {
		t.Errorf("one unit short of nine digits: %+v", got.Summary)
	}
}

func TestInsufficient(t *testing.T) {
	f := newFixture(t)
	for name, coins := range map[string][]Coin{"nothing": nil, "too little": f.coins(tx.TTX, 2*tx.TTX), "dust": f.coins(1, 2, 3)} {
		r := f.request(10*tx.TTX, coins)
		_, err := Build(r)
		var short *InsufficientError
		if !errors.Is(err, ErrInsufficient) || !errors.As(err, &short) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(err.Error(), FormatAmount(short.Missing)+" TTX") {
			t.Errorf("%s: the error does not tell how much: %v", name, err)
		}
		// One more coin of what is missing and its own burn is enough.
		r.Coins = append(r.Coins, f.coin(99, 0, short.Missing+DustLimit(burn)+2*burn))
		if _, err := Build(r); err != nil {
			t.Errorf("%s: with what was missing: %v", name, err)
		}
	}
}

func TestUnspendableCoinsAreLeftAlone(t *testing.T) {
	f := newFixture(t)
	for name, change := range map[string]func(*Coin){
		"verdict":    func(c *Coin) { c.Spendable = false },
		"leaving":    func(c *Coin) { c.Leaving = true },
		"conflicted": func(c *Coin) { c.Status = Conflicted },
		"no status":  func(c *Coin) { c.Status = 0 },
		"other lock": func(c *Coin) { c.Lock = tx.ThresholdLock(1, c.Lock) },
	} {
		coins := f.coins(100 * tx.TTX)
		change(&coins[0])
		if _, err := Build(f.request(tx.TTX, coins)); !errors.Is(err, ErrInsufficient) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooManyInputs(t *testing.T) {
	f := newFixture(t)
	amounts := make([]uint64, tx.MaxInputs+10)
	for i := range amounts {
		amounts[i] = tx.TTX
	}
	coins := f.coins(amounts...)
	_, err := Build(f.request(60*tx.TTX, coins))
	var many *TooManyInputsError
	if !errors.Is(err, ErrTooManyInputs) || !errors.As(err, &many) {
		t.Fatalf("Build: %v", err)
	}
	got, err := Build(f.request(many.Most, coins))
	if err != nil || got.Inputs != tx.MaxInputs {
		t.Errorf("what one transfer could pay: %+v, %v", got, err)
	}
	if _, err := Build(f.request(many.Most+1, coins)); !errors.Is(err, ErrTooManyInputs) {
		t.Errorf("one unit more: %v", err)
	}
	if _, err := Build(f.request(1000*tx.TTX, coins)); !errors.Is(err, ErrInsufficient) {
		t.Errorf("more than there is: %v", err)
	}
}

// drawRequest draws a request of any kind that can be checked: sizes of coins
// and payments over all magnitudes, shared parents, several recipients.
func drawRequest(t *rapid.T, f fixture) Request {
	amount := rapid.Custom(func(t *rapid.T) uint64 {
		digits := rapid.IntRange(0, 16).Draw(t, "digits")
		top := uint64(1)
		for range digits {
			top *= 10
		}
		return rapid.Uint64Range(top, 10*top-1).Draw(t, "amount")
	})
	var coins []Coin
	for i, a := range rapid.SliceOfN(amount, 0, 90).Draw(t, "coins") {
		coins = append(coins, f.coin(i/rapid.IntRange(1, 3).Draw(t, "shared"), i, a))
	}
	r := f.request(1, coins)
	r.BurnPerByte = rapid.SampledFrom([]uint64{0, 1, 7, burn, tx.MaxBurnPerByte}).Draw(t, "burn")
	r.Payments = nil
	for _, a := range rapid.SliceOfN(amount, 1, 4).Draw(t, "payments") {
		r.Payments = append(r.Payments, Payment{tx.KeyLock(f.other), a})
	}
	r.Memo = rapid.StringN(0, 20, 80).Draw(t, "memo")
	if rapid.Bool().Draw(t, "close") {
		r.Coins = append(r.Coins, closeCoin(t, f, r))
	}
	return r
}

// closeCoin draws a coin that alone just pays a request, or nearly does: where
// the change begins, and gets a digit more.
func closeCoin(t *rapid.T, f fixture, r Request) Coin {
	amount := uint64(0)
	for _, p := range r.Payments {
		amount += p.Amount
	}
	bytes := rapid.Uint64Range(300, 900).Draw(t, "bytes")
	units := rapid.SampledFrom([]uint64{0, 1, 9, 10, 99, 100, 999_999, 1_000_000, 99_999_999, 100_000_000}).Draw(t, "units")
	return f.coin(1000, 0, amount+r.BurnPerByte*bytes+units)
}

// TestSelectionProperties: no money is lost, the burn is the least and at most
// what change would have cost, the result does not depend on the coins' order,
// and fewer coins would not do.
func TestSelectionProperties(t *testing.T) {
	f := newFixture(t)
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t, f)
		got, err := Build(r)
		if err != nil {
			checkShortfall(t, r, err)
			return
		}
		in, out := uint64(0), uint64(0)
		for _, spent := range got.Spent {
			in += spent.Amount
		}
		for _, o := range got.Tx.Out {
			out += o.Amount
		}
		if in != out+got.Burn || in != got.Amount+got.Change+got.Burn {
			t.Fatalf("inputs of %d, outputs of %d, %+v", in, out, got.Summary)
		}
		// An output of 19 digits has 69 bytes.
		least := r.BurnPerByte * uint64(got.Size)
		if most := least + DustLimit(r.BurnPerByte) + 69*r.BurnPerByte; got.Burn < least || got.Burn > most {
			t.Fatalf("burns %d, expected %d to %d", got.Burn, least, most)
		}
		if got.Change > 0 && (got.Change <= DustLimit(r.BurnPerByte) || got.Burn > least+r.BurnPerByte) {
			t.Fatalf("change is not worth it: %+v", got.Summary)
		}
		if got.Inputs < 1 || got.Inputs > tx.MaxInputs || got.Inputs != len(got.Tx.In) {
			t.Fatalf("%d inputs", got.Inputs)
		}
		shuffled := r
		shuffled.Coins = append([]Coin(nil), r.Coins...)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled.Coins), func(i, j int) {
			shuffled.Coins[i], shuffled.Coins[j] = shuffled.Coins[j], shuffled.Coins[i]
		})
		again, err := Build(shuffled)
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("in another order: %+v, %v", again, err)
		}
		signAndVerify(t, f, r, got)
	})
}

// checkShortfall holds a refusal against what the coins are worth: all of them
// together, less what each costs, do not pay, or there are too many.
func checkShortfall(t *rapid.T, r Request, err error) {
	if errors.Is(err, ErrTooManyInputs) {
		if len(r.Coins) <= tx.MaxInputs {
			t.Fatalf("%d coins: %v", len(r.Coins), err)
		}
		return
	}
	if !errors.Is(err, ErrInsufficient) {
		t.Fatalf("Build: %v", err)
	}
	worth, amount := uint64(0), uint64(0)
	for _, c := range r.Coins {
		worth += c.Amount - min(c.Amount, DustLimit(r.BurnPerByte))
	}
	for _, p := range r.Payments {
		amount += p.Amount
	}
	// What a transfer has beside inputs: frame, refs, memo, payments.
	if frame := uint64(200 + 80 + 4*69); worth >= amount+r.BurnPerByte*frame {
		t.Fatalf("coins worth %d do not pay %d: %v", worth, amount, err)
	}
}
