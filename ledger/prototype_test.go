package ledger_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// countingStore counts what is read.
type countingStore struct {
	store.Store
	gets, scans atomic.Int64
}

func (s *countingStore) Get(id tx.ID) ([]byte, error) {
	s.gets.Add(1)
	return s.Store.Get(id)
}

func (s *countingStore) Scan(from uint64, fn func(uint64, store.Record) error) error {
	s.scans.Add(1)
	return s.Store.Scan(from, fn)
}

// TestPrototype_EveryAcceptedTransactionRereadsAllFiles: accepting one reads at
// most its parents, and with them at hand nothing at all.
func TestPrototype_EveryAcceptedTransactionRereadsAllFiles(t *testing.T) {
	n := ledgertest.NewNetwork(8, 0)
	s := &countingStore{Store: store.NewMemory()}
	l := open(t, n, s)
	for _, x := range n.Chains(300, 8, rand.New(rand.NewPCG(1, 1))) {
		add(t, l, ledger.Accepted, x)
	}
	if s.scans.Load() != 0 || s.gets.Load() != 0 {
		t.Errorf("accepting 300 transactions scanned the log %d times and read %d records", s.scans.Load(), s.gets.Load())
	}
}
