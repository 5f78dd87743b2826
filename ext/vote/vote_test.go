package vote

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reach is a voter's surroundings, fixed.
type reach struct {
	stake uint64
	met   bool
}

func (r reach) Reach() (uint64, <-chan struct{}) { return r.stake, nil }
func (r reach) Met() bool                        { return r.met }

func open(t *testing.T, n *ledgertest.Network, txs ...*tx.Tx) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := l.Add(t.Context(), "test", ledgertest.Raws(txs...)...); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAVoterConfirmsWhatItSees(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	payment := n.Spend("pay", []tx.Outpoint{n.GenesisCoin(0)})
	l := open(t, n, payment)
	sub := l.Subscribe()
	defer sub.Close()
	v, err := New(Config{Ledger: l, Key: n.Voters[0], Reach: reach{stake: 1, met: true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); v.Run(ctx) }()
	event := <-sub.C
	if len(event.Confirmed) != 1 || event.Confirmed[0] != payment.ID() {
		t.Errorf("confirmed %v", event.Confirmed)
	}
	cancel()
	<-done
}

// TestARestoredVoterNeverSigns: the ledger holds a witness of the key that the
// notes of this folder know nothing of.
func TestARestoredVoterNeverSigns(t *testing.T) {
	n := ledgertest.NewNetwork(2, 1)
	first := n.Spend("first", []tx.Outpoint{n.GenesisCoin(0)})
	second := n.Spend("second", []tx.Outpoint{n.GenesisCoin(1)})
	l := open(t, n, first, n.Vote(0, first), second)
	v, err := New(Config{Ledger: l, Key: n.Voters[0], Reach: reach{stake: 1, met: true}})
	if err != nil {
		t.Fatal(err)
	}
	v.Run(t.Context()) // returns by itself
	var witness dag.Witness
	l.Read(func(d *dag.DAG) { witness, _ = d.LatestWitness(v.key) })
	if witness.Seq != 0 {
		t.Errorf("it signed number %d", witness.Seq)
	}
	if err := v.takeNumber(1); !errors.Is(err, ErrRestored) {
		t.Errorf("takeNumber: %v", err)
	}
}

func TestANumberIsNotedBeforeItIsSigned(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	l := open(t, n)
	v, err := New(Config{Ledger: l, Key: n.Voters[0], Reach: reach{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{0, 0, 1} { // a number that never got into T may be taken again
		if err := v.takeNumber(seq); err != nil {
			t.Fatalf("number %d: %v", seq, err)
		}
	}
	if err := v.takeNumber(3); !errors.Is(err, ErrRestored) {
		t.Errorf("a number above the notes: %v", err)
	}
}

// TestNoVoteBeforeEverybodyWasMet: neither without a quorum, nor while a session
// may still know more of this voter than it does itself.
func TestNoVoteBeforeEverybodyWasMet(t *testing.T) {
	n := ledgertest.NewNetwork(1, 3)
	payment := n.Spend("pay", []tx.Outpoint{n.GenesisCoin(0)})
	for r, want := range map[reach]uint64{
		{stake: 1, met: true}:  2,
		{stake: 3, met: false}: 2,
		{stake: 3, met: true}:  3,
	} {
		l := open(t, n, payment)
		v, err := New(Config{Ledger: l, Key: n.Voters[0], Reach: r})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := v.turn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.Snapshot().Transactions(); got != want {
			t.Errorf("reach %+v: %d transactions, want %d", r, got, want)
		}
	}
}

func TestAStrangersKeyIsNoVoter(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	if _, err := New(Config{Ledger: open(t, n), Key: n.Owner}); !errors.Is(err, ErrNoVoter) {
		t.Errorf("err = %v", err)
	}
}
