package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// TestALateRefusalNamesItsSource: an invalid transaction that waited for its
// parent is nobody's any more when the parent comes, and yet somebody brought it.
func TestALateRefusalNamesItsSource(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	parent := n.Spend("parent", []tx.Outpoint{n.GenesisCoin(0)})
	forged := ledgertest.Forge(n.Spend("child", []tx.Outpoint{ledgertest.Coin(parent)}))
	l := open(t, n, store.NewMemory())
	outcomes, err := l.Add(t.Context(), "liar", forged)
	if err != nil || outcomes[0].Verdict != ledger.Waiting {
		t.Fatalf("%v, %v", outcomes, err)
	}
	add(t, l, ledger.Accepted, parent)
	id, _ := tx.Identify(forged)
	if r := <-l.Refusals(); r.Source != "liar" || r.ID != id || !errors.Is(r.Err, tx.ErrSignature) {
		t.Errorf("refusal %+v", r)
	}
	if _, err := l.Add(t.Context(), "other", forged); err != nil {
		t.Fatal(err)
	}
	select { // who waits for the verdict has it from Add
	case r := <-l.Refusals():
		t.Errorf("told twice: %+v", r)
	default:
	}
}

// TestAForgedVoteIsNotHeld: what is held back counts as a voter's word, so its
// signature is verified first, and once.
func TestAForgedVoteIsNotHeld(t *testing.T) {
	n := ledgertest.NewNetwork(2, 4)
	early := n.Spend("early", []tx.Outpoint{n.GenesisCoin(0)})
	now := time.UnixMilli(early.Time).Add(-ledger.MaxAhead - time.Hour)
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	add(t, l, ledger.Held, early)
	stranger := ledgertest.NewNetwork(2, 5) // has a voter more
	for name, raw := range map[string][]byte{
		"signature": ledgertest.Forge(n.Vote(0, early)),
		"voter":     stranger.Vote(voterBeyond(n, stranger), stranger.Genesis).Raw(),
	} {
		outcomes, err := l.Add(t.Context(), "liar", raw)
		if err != nil || outcomes[0].Verdict != ledger.Invalid {
			t.Errorf("a forged %s: %v, %v", name, outcomes, err)
		}
	}
	if l.Has(early.ID()) {
		t.Error("forged votes vouched")
	}
}

// voterBeyond is a voter of other that n does not have.
func voterBeyond(n, other *ledgertest.Network) int {
	has := make(map[tx.Key]bool)
	for _, v := range n.Voters {
		has[tx.PublicKey(v)] = true
	}
	for i, v := range other.Voters {
		if !has[tx.PublicKey(v)] {
			return i
		}
	}
	return -1
}
