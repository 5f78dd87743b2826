package ledger

import (
	"errors"
	"fmt"
	"sync"

	"github.com/torrenttx/ttx/ledger/store"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Raw returns the canonical bytes of a transaction of T, or ErrNotFound.
func (l *Ledger) Raw(id tx.ID) ([]byte, error) {
	if t := l.inMemory(id); t != nil {
		return t.Raw(), nil
	}
	raw, err := l.store.Get(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return raw, err
}

// Tx returns a decoded transaction of T, or ErrNotFound.
func (l *Ledger) Tx(id tx.ID) (*tx.Tx, error) { return l.load(id) }

// FindInfohash returns the transaction whose torrent has this infohash, or
// ErrNotFound.
func (l *Ledger) FindInfohash(h tx.Infohash) (tx.ID, error) {
	id, err := l.store.FindInfohash(h)
	if errors.Is(err, store.ErrNotFound) {
		return tx.ID{}, fmt.Errorf("%w: infohash %s", ErrNotFound, h)
	}
	return id, err
}

// inMemory returns a transaction that need not be read from the store, or that
// is not there yet: nil when it is neither.
func (l *Ledger) inMemory(id tx.ID) *tx.Tx {
	if t := l.parents.get(id); t != nil {
		return t
	}
	if fresh := l.fresh.Load(); fresh != nil {
		return (*fresh)[id]
	}
	return nil
}

func (l *Ledger) load(id tx.ID) (*tx.Tx, error) {
	if t := l.inMemory(id); t != nil {
		return t, nil
	}
	raw, err := l.Raw(id)
	if err != nil {
		return nil, err
	}
	t, err := tx.DecodeKnown(raw)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", id, err)
	}
	l.parents.put(t)
	return t, nil
}

// mustLoad is load for what the DAG says is in T. The store checks each
// record, so a failure is a broken disk under a running node: stopping is the
// only answer that invents no state.
func (l *Ledger) mustLoad(id tx.ID) *tx.Tx {
	t, err := l.load(id)
	if err != nil {
		panic(fmt.Sprintf("ledger: cannot read %s of its own log: %v", id, err))
	}
	return t
}

// burnOf is what a transaction of the log burns; its parents precede it there.
func (l *Ledger) burnOf(t *tx.Tx) (burn uint64, err error) {
	return t.Burn(func(id tx.ID) *tx.Tx {
		parent, loadErr := l.load(id)
		if loadErr != nil {
			err = loadErr
		}
		return parent
	}), err
}

// Burn returns what a transaction of T burns, in base units, or ErrNotFound.
func (l *Ledger) Burn(id tx.ID) (uint64, error) {
	t, err := l.load(id)
	if err != nil {
		return 0, err
	}
	return l.burnOf(t)
}

// txCache keeps decoded transactions in two generations: when the young one is
// full it becomes the old one. A hit in the old one moves up. It is cheaper
// than a linked list and keeps at most twice its size.
type txCache struct {
	mu         sync.Mutex
	size       int
	young, old map[tx.ID]*tx.Tx
}

func newTxCache(size int) *txCache {
	return &txCache{size: size / 2, young: make(map[tx.ID]*tx.Tx)}
}

func (c *txCache) get(id tx.ID) *tx.Tx {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.young[id]; t != nil {
		return t
	}
	t := c.old[id]
	if t != nil {
		c.insert(t)
	}
	return t
}

func (c *txCache) put(t *tx.Tx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.insert(t)
}

func (c *txCache) insert(t *tx.Tx) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[tx.ID]*tx.Tx, c.size)
	}
	c.young[t.ID()] = t
}
