package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"go.uber.org/goleak"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a ledger over s, closed at the test's end.
func open(t *testing.T, n *ledgertest.Network, s store.Store, watch ...tx.Key) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s, Watch: watch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// add offers transactions and fails the test unless each has the verdict.
func add(t *testing.T, l *ledger.Ledger, want ledger.Verdict, txs ...*tx.Tx) []ledger.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	outcomes, err := l.Add(ctx, "test", ledgertest.Raws(txs...)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Verdict != want {
			t.Fatalf("transaction %d: verdict %v (%v), want %v", i, o.Verdict, o.Err, want)
		}
	}
	return outcomes
}

func status(t *testing.T, l *ledger.Ledger, id tx.ID) dag.Word {
	t.Helper()
	s, err := l.Status(id)
	if err != nil {
		t.Fatal(err)
	}
	return s.Word
}

func TestEmptyLedgerHoldsTheGenesis(t *testing.T) {
	n := ledgertest.NewNetwork(3, 1)
	s := open(t, n, store.NewMemory()).Snapshot()
	if s.Transactions() != 1 || s.Confirmed != 1 || s.Weight() != 0 || s.U.Count() != 3 {
		t.Fatalf("n %d, confirmed %d, weight %d, unspent %d", s.Transactions(), s.Confirmed, s.Weight(), s.U.Count())
	}
	var supply uint64
	for _, out := range n.Genesis.Out {
		supply += out.Amount
	}
	if s.U.Weight() != supply {
		t.Errorf("u_root sums to %d, want the supply %d", s.U.Weight(), supply)
	}
}

// TestPrototype_OutOfOrderArrivalsAreLost: parents that come after their
// children are waited for, by name, and nothing is lost.
func TestPrototype_OutOfOrderArrivalsAreLost(t *testing.T) {
	n := ledgertest.NewNetwork(4, 0)
	chain := n.Chains(60, 4, rand.New(rand.NewPCG(1, 2)))
	l := open(t, n, store.NewMemory())
	backwards := slices.Clone(chain)
	slices.Reverse(backwards)
	for _, x := range backwards[:len(backwards)-1] {
		add(t, l, ledger.Waiting, x)
	}
	if w := status(t, l, chain[59].ID()); w != ledger.Unsolid {
		t.Errorf("what waits is %q", w)
	}
	missing, _ := l.Wants()
	if !slices.ContainsFunc(missing, func(w ledger.Want) bool { return w.ID == chain[0].ID() && w.Infohash == chain[0].Infohash() }) {
		t.Errorf("the one missing ancestor is not asked for: %v", missing)
	}
	sub := l.Subscribe()
	defer sub.Close()
	add(t, l, ledger.Accepted, chain[0])
	awaitCount(t, l, sub, 61)
	awaitNoneWaiting(t, l)
}

// awaitNoneWaiting waits until the ledger has said that nothing waits any more, which is after it took it.
func awaitNoneWaiting(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		_, changed := l.Wants()
		if l.Waiting() == 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%d still wait", l.Waiting())
		}
	}
}

// awaitCount waits until the ledger holds n transactions.
func awaitCount(t *testing.T, l *ledger.Ledger, sub *ledger.Subscription, n uint64) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for l.Snapshot().Transactions() < n {
		select {
		case <-sub.C:
		case <-deadline:
			t.Fatalf("%d transactions, want %d", l.Snapshot().Transactions(), n)
		}
	}
}

// TestPrototype_StateIDDependsOnArrivalOrder: any order, any batching, one
// state, statuses included.
func TestPrototype_StateIDDependsOnArrivalOrder(t *testing.T) {
	n := ledgertest.NewNetwork(4, 4)
	all := n.Chains(80, 4, rand.New(rand.NewPCG(3, 4)))
	rival := n.Spend("rival", []tx.Outpoint{n.GenesisCoin(0)}, n.Genesis)
	all = append(all, rival)
	for v := range 4 {
		all = append(all, n.Vote(v, all[0], all[79], all[78]))
	}
	var want *ledger.Snapshot
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 0))
		shuffled := slices.Clone(all)
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		l := open(t, n, store.NewMemory())
		sub := l.Subscribe()
		for len(shuffled) > 0 {
			k := min(len(shuffled), 1+rng.IntN(20))
			if _, err := l.Add(t.Context(), fmt.Sprint(seed), ledgertest.Raws(shuffled[:k]...)...); err != nil {
				t.Fatal(err)
			}
			shuffled = shuffled[k:]
		}
		awaitCount(t, l, sub, uint64(len(all))+1)
		sub.Close()
		got := l.Snapshot()
		if want == nil {
			want = got
		}
		if got.State != want.State || got.Confirmed != want.Confirmed {
			t.Fatalf("order %d: state %x with %d confirmed, want %x with %d", seed, got.State, got.Confirmed, want.State, want.Confirmed)
		}
		if w := status(t, l, rival.ID()); w != dag.Rejected {
			t.Errorf("order %d: the rival of a confirmed transfer is %q", seed, w)
		}
	}
	if want.Confirmed < 10 {
		t.Errorf("only %d confirmed: the votes did not reach", want.Confirmed)
	}
}

// TestPrototype_DoubleSpendSplitsNodesForEver: two nodes hear the two sides of
// a double spend first; with the same set they agree.
func TestPrototype_DoubleSpendSplitsNodesForEver(t *testing.T) {
	n := ledgertest.NewNetwork(1, 3)
	a := n.Spend("a", []tx.Outpoint{n.GenesisCoin(0)})
	b := n.Spend("b", []tx.Outpoint{n.GenesisCoin(0)})
	left, right := open(t, n, store.NewMemory()), open(t, n, store.NewMemory())
	add(t, left, ledger.Accepted, a, b)
	add(t, right, ledger.Accepted, b, a)
	if w := status(t, left, a.ID()); w != dag.Conflicted {
		t.Errorf("an open double spend is %q", w)
	}
	if left.Snapshot().State != right.Snapshot().State {
		t.Fatal("the states differ before the vote")
	}
	votes := []*tx.Tx{n.Vote(0, b), n.Vote(1, b), n.Vote(2, a)}
	add(t, left, ledger.Accepted, votes...)
	slices.Reverse(votes)
	add(t, right, ledger.Accepted, votes...)
	for _, l := range []*ledger.Ledger{left, right} {
		if status(t, l, b.ID()) != dag.Confirmed || status(t, l, a.ID()) != dag.Rejected {
			t.Errorf("a %q, b %q", status(t, l, a.ID()), status(t, l, b.ID()))
		}
	}
	if left.Snapshot().State != right.Snapshot().State {
		t.Fatal("the states differ after the vote")
	}
}

func TestInvalidIsDroppedForEverWithItsDescendants(t *testing.T) {
	n := ledgertest.NewNetwork(2, 0)
	bad := n.Spend("bad", []tx.Outpoint{n.GenesisCoin(0)})
	forged, err := tx.Decode(slices.Clone(bad.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	raw := slices.Clone(forged.Raw())
	raw[len(raw)-10] ^= 1 // inside the signature
	l := open(t, n, store.NewMemory())
	for range 2 {
		outcomes, err := l.Add(t.Context(), "test", raw)
		if err != nil {
			t.Fatal(err)
		}
		if o := outcomes[0]; o.Verdict != ledger.Invalid || !errors.Is(o.Err, ledger.ErrInvalid) {
			t.Fatalf("a forged signature: %v %v", o.Verdict, o.Err)
		}
	}
	if l.Snapshot().Transactions() != 1 {
		t.Error("it was counted")
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	chain := n.Chains(ledger.MaxWaitingPerSource+200, 1, rand.New(rand.NewPCG(1, 1)))
	l := open(t, n, store.NewMemory())
	if _, err := l.Add(t.Context(), "flood", ledgertest.Raws(chain[1:]...)...); err != nil {
		t.Fatal(err)
	}
	if got := l.Waiting(); got != ledger.MaxWaitingPerSource {
		t.Errorf("%d wait for one source, want the bound %d", got, ledger.MaxWaitingPerSource)
	}
	other := ledgertest.NewNetwork(1, 0)
	first := other.Spend("other", []tx.Outpoint{other.GenesisCoin(0)})
	add(t, l, ledger.Accepted, first)
}

// TestHeldUntilAThirdOfTheStakeVouches: what is dated too far ahead waits, and
// enters with the witnesses that reference it once they have a third.
func TestHeldUntilAThirdOfTheStakeVouches(t *testing.T) {
	n := ledgertest.NewNetwork(2, 4)
	first := n.Spend("early", []tx.Outpoint{n.GenesisCoin(0)})
	now := time.UnixMilli(first.Time).Add(-ledger.MaxAhead - time.Hour)
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: store.NewMemory(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	add(t, l, ledger.Held, first)
	sub := l.Subscribe()
	defer sub.Close()
	if _, err := l.Add(t.Context(), "one of four", ledgertest.Raws(n.Vote(0, first))...); err != nil {
		t.Fatal(err)
	}
	if l.Has(first.ID()) {
		t.Fatal("a quarter of the stake was enough")
	}
	if _, err := l.Add(t.Context(), "two of four", ledgertest.Raws(n.Vote(1, first))...); err != nil {
		t.Fatal(err)
	}
	awaitCount(t, l, sub, 4)
}

func TestRestartKeepsEverythingAndRefusesOthers(t *testing.T) {
	n := ledgertest.NewNetwork(4, 4)
	chain := n.Chains(200, 4, rand.New(rand.NewPCG(5, 6)))
	dir := t.TempDir()
	disk := func() store.Store {
		s, err := store.OpenDisk(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: disk(), Watch: []tx.Key{tx.PublicKey(n.Owner)}})
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, ledger.Accepted, chain...)
	add(t, l, ledger.Accepted, n.Vote(0, chain[199]), n.Vote(1, chain[199]), n.Vote(2, chain[199]))
	want, balance := l.Snapshot(), l.Balance()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, n, disk(), tx.PublicKey(n.Owner))
	if got := again.Snapshot(); got.State != want.State || got.Confirmed != want.Confirmed || got.Depth != want.Depth {
		t.Errorf("after a restart %+v, want %+v", got, want)
	}
	if again.Balance() != balance {
		t.Errorf("after a restart %+v, want %+v", again.Balance(), balance)
	}
	add(t, again, ledger.Known, chain[7])
}

func TestAnotherNetworksStoreIsRefused(t *testing.T) {
	n, other := ledgertest.NewNetwork(1, 0), ledgertest.NewNetwork(2, 0)
	s := store.NewMemory()
	l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s})
	if err != nil {
		t.Fatal(err)
	}
	l.Add(t.Context(), "x") //nolint:errcheck // nothing is offered
	if _, err := ledger.Open(ledger.Config{Genesis: other.Genesis, Store: s}); !errors.Is(err, ledger.ErrOtherNetwork) {
		t.Errorf("err = %v", err)
	}
	l.Close()
}

func TestRootsThatDoNotFollowFromTheLogAreRefused(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	s := store.NewMemory()
	first := n.Spend("x", []tx.Outpoint{n.GenesisCoin(0)})
	recs := []store.Record{}
	for _, x := range []*tx.Tx{n.Genesis, first} {
		recs = append(recs, store.Record{ID: x.ID(), Infohash: x.Infohash(), Raw: x.Raw()})
	}
	if err := s.Append(recs, map[string][]byte{"ledger/roots": make([]byte, 72)}); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s}); !errors.Is(err, ledger.ErrDiverged) {
		t.Errorf("err = %v", err)
	}
}

func TestCoinsBalanceAndHistoryOfWatchedKeys(t *testing.T) {
	n := ledgertest.NewNetwork(2, 3)
	l := open(t, n, store.NewMemory())
	first := n.Spend("first", []tx.Outpoint{n.GenesisCoin(0)})
	add(t, l, ledger.Accepted, first)
	if err := l.Watch(tx.PublicKey(n.Owner)); err != nil {
		t.Fatal(err)
	}
	half := n.Genesis.Out[1].Amount
	want := ledger.Balance{Confirmed: half, Pending: first.Out[0].Amount}
	if got := l.Balance(); got != want {
		t.Errorf("pending: %+v, want %+v", got, want)
	}
	rival := n.Spend("rival", []tx.Outpoint{n.GenesisCoin(0)})
	add(t, l, ledger.Accepted, rival)
	if got := l.Balance(); got.Confirmed != half || got.Pending != 0 || got.Conflicted == 0 {
		t.Errorf("conflicted: %+v", got)
	}
	for _, c := range l.Coins() {
		if c.Spendable != (c.Outpoint == n.GenesisCoin(1)) {
			t.Errorf("%+v", c)
		}
	}
	add(t, l, ledger.Accepted, n.Vote(0, first), n.Vote(1, first))
	want = ledger.Balance{Confirmed: half + first.Out[0].Amount}
	if got := l.Balance(); got != want {
		t.Errorf("confirmed: %+v, want %+v", got, want)
	}
	history := l.History(0, 10)
	if len(history) != 3 || history[0].ID != rival.ID() || history[1].ID != first.ID() {
		t.Errorf("history %+v", history)
	}
}

// TestUnspentFollowsFromTheConfirmed recomputes u_root from scratch.
func TestUnspentFollowsFromTheConfirmed(t *testing.T) {
	n := ledgertest.NewNetwork(4, 4)
	chain := n.Chains(120, 4, rand.New(rand.NewPCG(7, 8)))
	l := open(t, n, store.NewMemory())
	add(t, l, ledger.Accepted, chain...)
	for v := range 3 {
		add(t, l, ledger.Accepted, n.Vote(v, chain[100], chain[101]))
	}
	edit := trie.Trie{}.Edit()
	var confirmed []tx.ID
	l.Read(func(d *dag.DAG) { confirmed = slices.Clone(d.Ledger()) })
	for _, id := range confirmed {
		x, err := l.Tx(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range x.In {
			edit.Delete(in.Bytes())
		}
		for i, out := range x.Out {
			edit.Insert(tx.Outpoint{Tx: id, Index: uint32(i)}.Bytes(), out.Amount)
		}
	}
	want := edit.Commit()
	if got := l.Snapshot().U; got.Root() != want.Root() || len(confirmed) < 50 {
		t.Errorf("u_root %x over %d confirmed, want %x", got.Root(), len(confirmed), want.Root())
	}
}

// Keys are checked last, after the signature, and what fails there is refused
// like any other ill-formed transaction, with what stands on it.
func TestKeysThatAreNoPoints(t *testing.T) {
	n := ledgertest.NewNetwork(1, 1)
	l := open(t, n, store.NewMemory())
	good := n.Spend("", []tx.Outpoint{n.GenesisCoin(0)})
	own := tx.PublicKey(n.Owner)
	noPoint := tx.Key{31: 5} // 5^3 + 7 is no square
	raw := bytes.Replace(good.Raw(), own[:], noPoint[:], 1)
	bad, err := tx.DecodeKnown(raw)
	if err != nil {
		t.Fatal(err)
	}
	spent := []tx.Output{n.Genesis.Out[n.GenesisCoin(0).Index]}
	old := bad.Witnesses[0].Bytes()
	// It signs, and then refuses to seal.
	var kind *tx.Error
	err = bad.SignInputs(n.Genesis.ID(), spent, func(tx.Key) (*btcec.PrivateKey, bool) { return n.Owner, true })
	if !errors.As(err, &kind) || kind.Kind != tx.ErrKey {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, old, bad.Witnesses[0].Bytes(), 1)
	outcomes, err := l.Add(t.Context(), "test", raw)
	if err != nil {
		t.Fatal(err)
	}
	if o := outcomes[0]; o.Verdict != ledger.Invalid || !errors.As(o.Err, &kind) || kind.Kind != tx.ErrKey {
		t.Errorf("verdict %v (%v), want invalid for its key", o.Verdict, o.Err)
	}
	if l.Snapshot().Transactions() != 1 {
		t.Error("it is in T")
	}
}
