package ledger_test

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torrenttx/ttx/ledger"
	"github.com/torrenttx/ttx/ledger/ledgertest"
	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// fullStore refuses to append while it is full. It lets the first refusal wait
// for release.
type fullStore struct {
	store.Store
	full             atomic.Bool
	refused, release chan struct{}
}

func (s *fullStore) Append(recs []store.Record, meta map[string][]byte) error {
	if !s.full.Load() {
		return s.Store.Append(recs, meta)
	}
	select {
	case s.refused <- struct{}{}:
		<-s.release
	default:
	}
	return syscall.ENOSPC
}

// TestFullDisk: everybody who waits is answered when the disk is full, also for
// what stood behind; nothing more is taken; and all that was taken is accepted,
// once and in order, when there is room.
func TestFullDisk(t *testing.T) {
	n := ledgertest.NewNetwork(1, 0)
	var chain []*tx.Tx
	for coin := n.GenesisCoin(0); len(chain) < 5; coin = ledgertest.Coin(chain[len(chain)-1]) {
		chain = append(chain, n.Spend("", []tx.Outpoint{coin}))
	}
	synctest.Test(t, func(t *testing.T) {
		s := &fullStore{Store: store.NewMemory(), refused: make(chan struct{}, 1), release: make(chan struct{})}
		l, err := ledger.Open(ledger.Config{Genesis: n.Genesis, Store: s, Workers: 1, Now: func() time.Time { return time.UnixMilli(chain[4].Time) }})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		add(t, l, ledger.Accepted, chain[0])
		durable := l.Snapshot().State
		sub := l.Subscribe()
		defer sub.Close()

		s.full.Store(true)
		var offers []*ledger.Offer
		for _, x := range chain[1:4] {
			offer, err := l.Offer(t.Context(), "local", x.Raw())
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the one before is on its way to the disk, or waits behind it
			offers = append(offers, offer)
		}
		<-s.refused
		s.release <- struct{}{}
		for i, offer := range offers {
			outcomes, err := offer.Wait(t.Context())
			if err != nil || outcomes[0].Verdict != ledger.Failed || !errors.Is(outcomes[0].Err, ledger.ErrStore) || !errors.Is(outcomes[0].Err, syscall.ENOSPC) {
				t.Errorf("offer %d: %+v, %v", i, outcomes, err)
			}
		}
		if err := l.Failure(); !errors.Is(err, ledger.ErrStore) {
			t.Errorf("Failure: %v", err)
		}
		if _, err := l.Add(t.Context(), "local", chain[4].Raw()); !errors.Is(err, ledger.ErrStore) {
			t.Errorf("Add while the disk is full: %v", err)
		}
		if raw, err := l.Raw(chain[0].ID()); err != nil || string(raw) != string(chain[0].Raw()) {
			t.Errorf("Raw while the disk is full: %v", err)
		}
		// What is in the DAG alone is found, however much is read meanwhile.
		if x, err := l.Tx(chain[1].ID()); err != nil || x.ID() != chain[1].ID() {
			t.Errorf("Tx of what is not written yet: %v", err)
		}
		l.Forget()
		if _, err := l.Tips(8); err != nil {
			t.Errorf("Tips while the disk is full: %v", err)
		}
		if l.Snapshot().State != durable {
			t.Error("the snapshot holds what is not on the disk")
		}

		s.full.Store(false)
		for _, x := range chain[1:4] {
			if e := <-sub.C; len(e.Accepted) != 1 || e.Accepted[0].ID != x.ID() {
				t.Errorf("event %+v, want %s", e, x.ID())
			}
		}
		synctest.Wait()
		if err := l.Failure(); err != nil || s.Len() != 5 {
			t.Errorf("with room again: %v, %d records", err, s.Len())
		}
		add(t, l, ledger.Known, chain[2])
		add(t, l, ledger.Accepted, chain[4])
	})
}
