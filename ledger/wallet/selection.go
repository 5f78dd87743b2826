package wallet

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/torrenttx/ttx/ledger/tx"
)

// What spending an output under a plain key adds to a transaction, in bytes:
// its outpoint in `in`, a signature in `w`, a parent's infohash in `ih`.
const spendSize = len("36:") + tx.OutpointSize + len("64:") + len(tx.Signature{}) + len(tx.Infohash{})

// sizeSlack is by how much two transfers with equally many inputs can differ in
// size: by one infohash when a coin shares its parent, and by a digit of the
// length of `ih`.
const sizeSlack = uint64(len(tx.Infohash{}) + 1)

// DustLimit is what a later transfer burns at least to spend one more coin.
// Change that is not above it is burnt at once.
func DustLimit(burnPerByte uint64) uint64 { return burnPerByte * uint64(spendSize) }

// InsufficientError says how much is missing. It is an ErrInsufficient.
type InsufficientError struct {
	// Missing is what a further coin would have to add, its own burn left
	// aside, in base units.
	Missing uint64
}

// Error names what is missing.
func (e *InsufficientError) Error() string {
	return fmt.Sprintf("%v: %s TTX are missing for amount and burn", ErrInsufficient, FormatAmount(e.Missing))
}

// Is makes it an ErrInsufficient.
func (e *InsufficientError) Is(target error) bool { return target == ErrInsufficient }

// TooManyInputsError says that the amount is there but spread over too many
// coins. It is an ErrTooManyInputs.
type TooManyInputsError struct {
	// Most is about the largest amount that one transfer can pay now, in base
	// units. Paying it to oneself puts the coins together.
	Most uint64
}

// Error says what to do.
func (e *TooManyInputsError) Error() string {
	return fmt.Sprintf("%v: one transfer has room for coins that pay %s TTX; consolidate by paying that to yourself first",
		ErrTooManyInputs, FormatAmount(e.Most))
}

// Is makes it an ErrTooManyInputs.
func (e *TooManyInputsError) Is(target error) bool { return target == ErrTooManyInputs }

func tooLarge(size int) error {
	return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, size, tx.MaxSize)
}

// draft is a request that was checked.
type draft struct {
	Request
	// amount is the sum of the payments.
	amount uint64
	// coins are the spendable ones, the largest first.
	coins []Coin
}

func newDraft(r Request) (*draft, error) {
	d := &draft{Request: r}
	if err := d.checkPayments(); err != nil {
		return nil, err
	}
	if r.BurnPerByte > tx.MaxBurnPerByte {
		return nil, fmt.Errorf("%w: burn of %d base units a byte", ErrRequest, r.BurnPerByte)
	}
	if !r.Change.Valid() {
		return nil, fmt.Errorf("%w: the change has no valid key", ErrRequest)
	}
	for _, c := range r.Coins {
		if c.spendable() {
			d.coins = append(d.coins, c)
		}
	}
	slices.SortFunc(d.coins, largestFirst)
	if _, ok := sum(d.coins); !ok {
		return nil, fmt.Errorf("%w: the coins exceed any supply", ErrRequest)
	}
	return d, nil
}

func (d *draft) checkPayments() error {
	if len(d.Payments) == 0 || len(d.Payments) > MaxPayments {
		return fmt.Errorf("%w: %d payments, there can be 1 to %d", ErrRequest, len(d.Payments), MaxPayments)
	}
	for i, p := range d.Payments {
		if p.Amount == 0 {
			return fmt.Errorf("%w: payment %d of nothing", ErrRequest, i)
		}
		if d.amount = add(d.amount, p.Amount); d.amount > tx.MaxSupply {
			return fmt.Errorf("%w: the payments exceed any supply", ErrRequest)
		}
	}
	return nil
}

// largestFirst orders coins by amount, then by outpoint, so that every order
// of a request's coins gives one result.
func largestFirst(a, b Coin) int {
	if a.Amount != b.Amount {
		return cmp.Compare(b.Amount, a.Amount)
	}
	x, y := a.Outpoint.Bytes(), b.Outpoint.Bytes()
	return bytes.Compare(x[:], y[:])
}

// sum adds coins up; false when the sum exceeds what a ledger can hold.
func sum(coins []Coin) (total uint64, ok bool) {
	for _, c := range coins {
		total = add(total, c.Amount)
	}
	return total, total <= tx.MaxSupply
}

// choose returns the fewest coins that cover amount and burn. The largest ones
// tell how many are needed; the last of them is then exchanged for the smallest
// that still does, which leaves the large ones for large payments.
func (d *draft) choose() ([]Coin, error) {
	missing := add(d.amount, d.burn(d.spend(nil)))
	most := min(len(d.coins), tx.MaxInputs)
	for n := 1; n <= most; n++ {
		short, size := d.shortOf(d.coins[:n])
		switch {
		case size > tx.MaxSize && n == 1:
			return nil, tooLarge(size)
		case size > tx.MaxSize:
			return nil, d.shortfall(n-1, missing)
		case short == 0:
			return d.tighten(n), nil
		}
		missing = min(missing, short)
	}
	return nil, d.shortfall(most, missing)
}

// shortOf returns what a choice of coins lacks to cover amount and burn without
// change, and the size of the transfer.
func (d *draft) shortOf(chosen []Coin) (short uint64, size int) {
	t := d.spend(chosen)
	need := add(d.amount, d.burn(t))
	in, _ := sum(chosen)
	return need - min(need, in), t.KeySpendSize()
}

// tighten exchanges the last of the n largest coins, which cover the need.
func (d *draft) tighten(n int) []Coin {
	chosen := slices.Clone(d.coins[:n])
	rest := d.coins[n-1:]
	others, _ := sum(chosen[:n-1])
	need := add(d.amount, d.burn(d.spend(chosen))) + d.BurnPerByte*sizeSlack
	enough := sort.Search(len(rest), func(i int) bool { return add(others, rest[i].Amount) < need })
	if enough == 0 {
		return chosen
	}
	chosen[n-1] = rest[enough-1]
	if short, _ := d.shortOf(chosen); short > 0 {
		chosen[n-1] = rest[0]
	}
	return chosen
}

// shortfall says why no choice of at most n coins is enough: the others, less
// what spending them burns, make up for what is missing, or they do not.
func (d *draft) shortfall(n int, missing uint64) error {
	rest := uint64(0)
	for _, c := range d.coins[n:] {
		rest = add(rest, c.Amount-min(c.Amount, DustLimit(d.BurnPerByte)))
	}
	if len(d.coins) > n && rest >= missing {
		return &TooManyInputsError{Most: d.amount - min(d.amount, missing)}
	}
	return &InsufficientError{Missing: missing}
}

// burn is the least burn of a transfer as it stands.
func (d *draft) burn(t *tx.Tx) uint64 { return d.BurnPerByte * uint64(t.KeySpendSize()) }

// spend returns the transfer that spends the coins and has no change.
func (d *draft) spend(chosen []Coin) *tx.Tx {
	t := &tx.Tx{Kind: tx.KindTransfer, Time: d.Now, Memo: d.Memo, Extras: d.Extras}
	hashes := make(map[tx.ID]tx.Infohash, len(chosen)+len(d.Refs))
	for _, ref := range d.Refs {
		t.Refs = append(t.Refs, ref.ID)
		t.Time = max(t.Time, ref.Time)
		hashes[ref.ID] = ref.Infohash
	}
	for _, c := range chosen {
		t.In = append(t.In, c.Outpoint)
		t.Time = max(t.Time, c.Time)
		hashes[c.Outpoint.Tx] = c.Infohash
	}
	for _, p := range d.Payments {
		t.Out = append(t.Out, tx.Output{Amount: p.Amount, Lock: p.Lock})
	}
	for _, id := range t.Parents() {
		t.ParentHashes = append(t.ParentHashes, hashes[id])
	}
	return t
}

// change returns the change of a transfer that has none yet, given what its
// inputs leave after the payments; 0 when all of that is better burnt.
//
// Change and burn depend on each other: the burn on the size, the size on the
// change's digits. Change plus burn strictly grows with the change, so there is
// one largest change that the surplus pays. It is looked for among the numbers
// of each length. Where one digit more would just be too much, up to one byte's
// burn remains and is burnt.
func (d *draft) change(t *tx.Tx, surplus uint64) uint64 {
	with := *t
	with.Out = append(slices.Clip(t.Out), tx.Output{Amount: 1, Lock: tx.KeyLock(d.Change)})
	size := uint64(with.KeySpendSize())
	best, smallest := uint64(0), uint64(1) // smallest number of the length
	for ; smallest <= surplus; smallest, size = smallest*10, size+1 {
		burn := d.BurnPerByte * size
		if surplus < burn || surplus-burn < smallest {
			break
		}
		best = min(surplus-burn, smallest*10-1)
		if smallest > tx.MaxInt/10 {
			break
		}
	}
	if best <= DustLimit(d.BurnPerByte) {
		return 0
	}
	return best
}
