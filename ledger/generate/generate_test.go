package generate_test

import (
	"errors"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/dag"
	"github.com/torrenttx/ttx/ledger/generate"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/trie"
	"github.com/torrenttx/ttx/ledger/tx"
)

func key(n byte) *btcec.PrivateKey {
	k, _ := btcec.PrivKeyFromBytes([]byte{31: n})
	return k
}

func config(seed uint64) generate.Config {
	return generate.Config{
		Seed: seed, Wallets: 50,
		Own:    []*btcec.PrivateKey{key(1), key(2)},
		Voters: []*btcec.PrivateKey{key(3), key(4), key(5), key(6)},
	}
}

func generator(t *testing.T, cfg generate.Config) *generate.Generator {
	t.Helper()
	g, err := generate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func open(t *testing.T, genesis *tx.Tx) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{
		Genesis: genesis, Store: store.NewMemory(),
		Watch: []tx.Key{tx.PublicKey(key(1)), tx.PublicKey(key(2))},
	})
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

func fill(t *testing.T, l *ledger.Ledger, g *generate.Generator, n uint64) {
	t.Helper()
	last := uint64(0)
	if err := generate.Fill(t.Context(), l, g, n, func(done uint64) { last = done }); err != nil {
		t.Fatal(err)
	}
	if got := l.Snapshot().Transactions(); got < n || got != last {
		t.Fatalf("%d transactions, %d reported, wanted %d", got, last, n)
	}
}

func state(l *ledger.Ledger) trie.Hash { return l.Snapshot().State }

// TestFill takes a generated ledger through the verification that every
// transaction gets, and looks whether it has what a used ledger has.
func TestFill(t *testing.T) {
	g := generator(t, config(1))
	l := open(t, g.Genesis())
	fill(t, l, g, 4000)
	words := make(map[dag.Word]int)
	l.Read(func(d *dag.DAG) {
		for id := range d.From(0) {
			words[d.Status(id).Word]++
		}
	})
	witnesses := 4000 / 10
	undecided := words[dag.Pending] - witnesses
	if words[dag.Rejected] < 5 || words[dag.Confirmed] < 3400 || undecided > 200 || words[dag.Conflicted] > 8 {
		t.Errorf("of 4000: %v", words)
	}
	if b := l.Balance(); b.Confirmed == 0 || len(l.History(0, 10_000)) < 40 {
		t.Errorf("the folder's wallet: %+v, %d entries", b, len(l.History(0, 10_000)))
	}
}

// TestFillIsDeterministic makes one ledger twice, the second time in three
// goes, and others that differ.
func TestFillIsDeterministic(t *testing.T) {
	g := generator(t, config(1))
	whole := open(t, g.Genesis())
	fill(t, whole, g, 1200)

	parts := open(t, g.Genesis())
	for _, n := range []uint64{300, 700, 1200} {
		fill(t, parts, generator(t, config(1)), n)
	}
	if state(parts) != state(whole) {
		t.Error("in goes it is another ledger")
	}
	if other := generator(t, config(2)); other.Genesis().ID() == g.Genesis().ID() {
		t.Error("the seed changes nothing")
	}
}

// TestFillAgainAfterAnEnd goes on where a Fill was cut in the middle of a
// round.
func TestFillAgainAfterAnEnd(t *testing.T) {
	g := generator(t, config(1))
	whole := open(t, g.Genesis())
	fill(t, whole, g, 400)

	cut, again := open(t, g.Genesis()), generator(t, config(1))
	txs, err := again.Round()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range txs[:len(txs)-3] {
		if _, err := cut.Add(t.Context(), "test", x.Raw()); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, cut, generator(t, config(1)), 400)
	if state(cut) != state(whole) {
		t.Error("after the cut it is another ledger")
	}
}

// TestFillRefusesAnother does not go on with what it would not have made.
func TestFillRefusesAnother(t *testing.T) {
	cfg := config(1)
	cfg.Wallets = 200
	g := generator(t, cfg)
	l := open(t, g.Genesis())
	fill(t, l, g, 400)
	cfg.Wallets = 199
	err := generate.Fill(t.Context(), l, generator(t, cfg), 800, func(uint64) {})
	if !errors.Is(err, generate.ErrOther) {
		t.Errorf("a ledger of 200 wallets went on with 199: %v", err)
	}
}
