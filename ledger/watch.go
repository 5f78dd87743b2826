package ledger

import (
	"fmt"
	"slices"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// watchlist indexes what concerns the watched keys: their outputs, and the
// transactions that pay or spend them. Ledger.mu guards it.
type watchlist struct {
	keys    map[tx.Key]struct{}
	coins   map[tx.Outpoint]ownCoin
	order   []tx.Outpoint // of coins, in order of arrival
	history []tx.ID       // in order of arrival
	// unspent are those of order that may not be gone. It is swept whenever it
	// has doubled, so that a balance costs what a wallet has and not what it
	// ever had.
	unspent []tx.Outpoint
	sweepAt int
}

// sweepLeast is below how many coins a sweep is not worth it.
const sweepLeast = 64

type ownCoin struct {
	key    tx.Key
	amount uint64
}

func newWatchlist(keys []tx.Key) *watchlist {
	w := &watchlist{keys: make(map[tx.Key]struct{}, len(keys)), coins: make(map[tx.Outpoint]ownCoin)}
	for _, k := range keys {
		w.keys[k] = struct{}{}
	}
	return w
}

func (w *watchlist) add(t *tx.Tx) {
	if len(w.keys) == 0 {
		return
	}
	touched := false
	for _, in := range t.In {
		_, own := w.coins[in]
		touched = touched || own
	}
	for i, out := range t.Out {
		key := out.Lock.Key()
		if _, own := w.keys[key]; own && out.Lock.Kind() == tx.LockKey {
			op := tx.Outpoint{Tx: t.ID(), Index: uint32(i)}
			w.coins[op] = ownCoin{key, out.Amount}
			w.order, w.unspent = append(w.order, op), append(w.unspent, op)
			touched = true
		}
	}
	if touched {
		w.history = append(w.history, t.ID())
	}
}

// sweep lets go of the coins that are gone. That is for ever, unless a third of
// the stake has forked: then what was dead may be confirmed too. The caller
// holds mu for writing.
func (l *Ledger) sweep(w *watchlist) {
	if l.mu.dag.Alarm() {
		if len(w.unspent) != len(w.order) {
			w.unspent = slices.Clone(w.order)
		}
		return
	}
	if len(w.unspent) < w.sweepAt {
		return
	}
	w.unspent = slices.DeleteFunc(slices.Clone(w.unspent), func(op tx.Outpoint) bool {
		_, there := l.coin(w, op)
		return !there
	})
	w.sweepAt = max(sweepLeast, 2*len(w.unspent))
}

// Watch adds keys to those whose coins and history are kept at hand, and looks
// for them in the log once. The ledger goes on meanwhile.
func (l *Ledger) Watch(keys ...tx.Key) error {
	next := l.extendedWatchlist(keys)
	if next == nil {
		return nil
	}
	pos := uint64(0)
	collect := func(p uint64, rec store.Record) error {
		t, err := tx.DecodeKnown(rec.Raw)
		if err != nil {
			return fmt.Errorf("log position %d: %w", p, err)
		}
		next.add(t)
		pos = p + 1
		return nil
	}
	if err := l.store.Scan(0, collect); err != nil {
		return fmt.Errorf("look for the coins of new addresses: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// What the applier added since, durable or not, is in the DAG in order.
	for id := range l.mu.dag.From(pos) {
		next.add(l.mustLoad(id))
	}
	l.sweep(next)
	l.mu.watched = next
	return nil
}

// extendedWatchlist returns an empty list over the old keys and the new ones,
// or nil when there is nothing new.
func (l *Ledger) extendedWatchlist(keys []tx.Key) *watchlist {
	l.mu.RLock()
	defer l.mu.RUnlock()
	next := newWatchlist(keys)
	fresh := false
	for k := range next.keys {
		if _, ok := l.mu.watched.keys[k]; !ok {
			fresh = true
		}
	}
	if !fresh {
		return nil
	}
	for k := range l.mu.watched.keys {
		next.keys[k] = struct{}{}
	}
	return next
}
