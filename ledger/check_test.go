package ledger_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// recordsOf are the records of a sound log.
func recordsOf(txs ...*tx.Tx) []store.Record {
	recs := make([]store.Record, len(txs))
	for i, x := range txs {
		recs[i] = store.Record{ID: x.ID(), Infohash: x.Infohash(), Raw: x.Raw()}
	}
	return recs
}

// TestCheckNamesTheRecord: each log has whole records and something that only
// the ledger can tell is wrong.
func TestCheckNamesTheRecord(t *testing.T) {
	n := ledgertest.NewNetwork(4, 0)
	chain := n.Chains(2000, 4, rand.New(rand.NewPCG(5, 6)))
	all := append([]*tx.Tx{n.Genesis}, chain...)
	forged := n.Spend("forged", []tx.Outpoint{ledgertest.Coin(chain[1999])})
	forged = withOtherSignature(t, forged)
	tests := map[string]struct {
		change func(recs []store.Record) []store.Record
		full   bool
		want   uint64
	}{
		"other bytes":     {func(r []store.Record) []store.Record { r[1500].Raw = r[7].Raw; return r }, false, 1500},
		"no transaction":  {func(r []store.Record) []store.Record { r[3].Raw = []byte("d3:foo"); return r }, false, 3},
		"another torrent": {func(r []store.Record) []store.Record { r[1999].Infohash[0] ^= 1; return r }, false, 1999},
		"a parent behind": {func(r []store.Record) []store.Record { r[1], r[2000] = r[2000], r[1]; return r }, false, 1},
		"one is missing":  {func(r []store.Record) []store.Record { return append(r[:1], r[5:]...) }, false, 1},
		"not signed":      {func(r []store.Record) []store.Record { return append(r, recordsOf(forged)...) }, true, 2001},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := store.NewMemory()
			if err := s.Append(tt.change(recordsOf(all...)), nil); err != nil {
				t.Fatal(err)
			}
			_, err := ledger.Check(t.Context(), ledger.Config{Genesis: n.Genesis, Store: s}, ledger.CheckOptions{Full: tt.full, Repair: true})
			var bad *store.CorruptError
			if !errors.As(err, &bad) || bad.Position != tt.want {
				t.Errorf("%v; want record %d", err, tt.want)
			}
			if _, err := s.Meta("x"); !errors.Is(err, store.ErrClosed) {
				t.Errorf("the store was not closed: %v", err)
			}
		})
	}
}

// withOtherSignature changes the last byte of a transaction that leaves it well
// formed: its signature's.
func withOtherSignature(t *testing.T, x *tx.Tx) *tx.Tx {
	t.Helper()
	for i := len(x.Raw()) - 1; i > 0; i-- {
		raw := append([]byte(nil), x.Raw()...)
		raw[i] ^= 1
		if other, err := tx.Decode(raw); err == nil {
			return other
		}
	}
	t.Fatal("no byte can be changed")
	return nil
}

func TestCheckRepairsRoots(t *testing.T) {
	n := ledgertest.NewNetwork(4, 0)
	chain := n.Chains(100, 4, rand.New(rand.NewPCG(5, 6)))
	dir := t.TempDir()
	open := func() store.Store {
		s, err := store.OpenDisk(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	if err := s.Append(recordsOf(append([]*tx.Tx{n.Genesis}, chain...)...), map[string][]byte{"ledger/roots": make([]byte, 72)}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	check := func(repair bool) (ledger.CheckReport, error) {
		return ledger.Check(t.Context(), ledger.Config{Genesis: n.Genesis, Store: open()}, ledger.CheckOptions{Repair: repair})
	}
	if _, err := check(false); !errors.Is(err, ledger.ErrDiverged) {
		t.Errorf("check: %v", err)
	}
	if report, err := check(true); err != nil || !report.NewRoots || report.Records != 101 {
		t.Errorf("repair: %+v, %v", report, err)
	}
	if report, err := check(false); err != nil || report.NewRoots || report.Snapshot.Transactions() != 101 {
		t.Errorf("check: %+v, %v", report, err)
	}
}

func TestCheckOfAnEmptyLog(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	report, err := ledger.Check(t.Context(), ledger.Config{Genesis: n.Genesis, Store: store.NewMemory()}, ledger.CheckOptions{})
	if err != nil || report.Records != 0 || report.Snapshot != nil {
		t.Errorf("%+v, %v", report, err)
	}
}
