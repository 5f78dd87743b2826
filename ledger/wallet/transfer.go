package wallet

import (
	"fmt"

	"github.com/torrenttx/ttx/ledger/tx"
)

// MaxPayments is how many payments a transfer can make: one output is for the
// change.
const MaxPayments = tx.MaxOutputs - 1

// Payment is one output that a transfer is made for.
type Payment struct {
	Lock tx.Lock
	// Amount is in base units, above zero.
	Amount uint64
}

// Parent is a transaction that a transfer references without spending it.
type Parent struct {
	ID       tx.ID
	Infohash tx.Infohash
	Time     int64
}

// Request says what a transfer should do and out of what.
type Request struct {
	// Coins are all coins of the wallet; what may not be spent is left alone.
	Coins []Coin
	// Payments are 1 to MaxPayments outputs, in their order.
	Payments []Payment
	// Change is the key of an own address for what is left.
	Change tx.Key
	// Refs are 1 to 8 distinct transactions to reference, in their order.
	Refs   []Parent
	Memo   string
	Extras []tx.Extra
	// BurnPerByte is the network's parameter.
	BurnPerByte uint64
	// Now is the time in milliseconds since 1970. The transfer's own is no
	// earlier than that of any parent.
	Now int64
}

// Transfer is a transfer that is ready to be signed.
type Transfer struct {
	// Tx is complete but for its witnesses.
	Tx *tx.Tx
	// Spent are the outputs it spends, parallel to Tx.In.
	Spent []tx.Output
	Summary
}

// Summary says what a transfer costs, in base units. The inputs are worth
// exactly Amount + Burn + Change.
type Summary struct {
	// Amount is the sum of the payments.
	Amount uint64
	// Burn is at least the network's burn per byte times Size. It is more by
	// change that would have cost more than it is worth.
	Burn uint64
	// Change is what comes back, 0 when there is no such output.
	Change uint64
	// Size is the exact size of the signed transaction, in bytes.
	Size int
	// Inputs is how many coins it spends.
	Inputs int
}

// Build makes the transfer that a request asks for. It takes the fewest coins
// that do, and is a function of the request: the order of the coins in it does
// not matter. Errors are ErrRequest, ErrInsufficient, ErrTooManyInputs and
// ErrTooLarge.
func Build(r Request) (*Transfer, error) {
	t, err := build(r)
	if err != nil {
		return nil, fmt.Errorf("building a transfer: %w", err)
	}
	return t, nil
}

func build(r Request) (*Transfer, error) {
	d, err := newDraft(r)
	if err != nil {
		return nil, err
	}
	chosen, err := d.choose()
	if err != nil {
		return nil, err
	}
	return d.finish(chosen)
}

// finish adds the change, if it is worth its place, and checks the result as a
// node will, with signatures that are only as long as real ones.
func (d *draft) finish(chosen []Coin) (*Transfer, error) {
	t := &Transfer{Tx: d.spend(chosen)}
	in, _ := sum(chosen)
	surplus := in - d.amount
	change := d.change(t.Tx, surplus)
	if change > 0 {
		t.Tx.Out = append(t.Tx.Out, tx.Output{Amount: change, Lock: tx.KeyLock(d.Change)})
	}
	t.Summary = Summary{Amount: d.amount, Burn: surplus - change, Change: change, Size: t.Tx.KeySpendSize(), Inputs: len(chosen)}
	if t.Size > tx.MaxSize {
		return nil, tooLarge(t.Size)
	}
	for _, c := range chosen {
		t.Spent = append(t.Spent, tx.Output{Amount: c.Amount, Lock: c.Lock})
	}
	trial := *t.Tx
	for range chosen {
		trial.Witnesses = append(trial.Witnesses, tx.SignatureWitness(tx.Signature{}))
	}
	if err := trial.Seal(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return t, nil
}

// Sign signs every input and seals the transaction for the network whose
// genesis has that id. ErrNotOurs when a coin's key is not among the wallet's.
func (k *Keys) Sign(genesis tx.ID, t *Transfer) error {
	for i, out := range t.Spent {
		if _, ours := k.indexes[out.Lock.Key()]; !ours {
			return fmt.Errorf("signing input %d: %w", i, ErrNotOurs)
		}
	}
	if err := t.Tx.SignInputs(genesis, t.Spent, k.PrivateFor); err != nil {
		return fmt.Errorf("signing a transfer: %w", err)
	}
	return nil
}
