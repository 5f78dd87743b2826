package store

import (
	"slices"
	"sync"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Memory is a Store that keeps everything in memory and forgets it when it is
// closed: for tests, demonstrations and nodes that want no disk.
type Memory struct {
	gate gate
	mu   struct {
		sync.RWMutex
		log       []Record
		positions map[tx.ID]uint64
		infohash  map[tx.Infohash]tx.ID
		meta      map[string][]byte
	}
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	m := new(Memory)
	m.mu.positions = make(map[tx.ID]uint64)
	m.mu.infohash = make(map[tx.Infohash]tx.ID)
	m.mu.meta = make(map[string][]byte)
	return m
}

// Append is Store's Append; nothing is durable here.
func (m *Memory) Append(recs []Record, meta map[string][]byte) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	m.mu.Lock()
	defer m.mu.Unlock()
	err := checkBatch(recs, func(id tx.ID) (bool, error) {
		_, found := m.mu.positions[id]
		return found, nil
	})
	if err != nil {
		return err
	}
	for _, rec := range recs {
		m.appendLocked(rec)
	}
	m.setMetaLocked(meta)
	return nil
}

func (m *Memory) appendLocked(rec Record) {
	rec.Raw = copyOf(rec.Raw)
	m.mu.positions[rec.ID] = uint64(len(m.mu.log))
	if _, taken := m.mu.infohash[rec.Infohash]; !taken {
		m.mu.infohash[rec.Infohash] = rec.ID
	}
	m.mu.log = append(m.mu.log, rec)
}

// Len is Store's Len.
func (m *Memory) Len() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return uint64(len(m.mu.log))
}

// Get is Store's Get.
func (m *Memory) Get(id tx.ID) ([]byte, error) {
	if err := m.gate.enter(); err != nil {
		return nil, err
	}
	defer m.gate.leave()
	m.mu.RLock()
	defer m.mu.RUnlock()
	pos, found := m.mu.positions[id]
	if !found {
		return nil, ErrNotFound
	}
	return m.mu.log[pos].Raw, nil
}

// FindInfohash is Store's FindInfohash.
func (m *Memory) FindInfohash(h tx.Infohash) (tx.ID, error) {
	if err := m.gate.enter(); err != nil {
		return tx.ID{}, err
	}
	defer m.gate.leave()
	m.mu.RLock()
	defer m.mu.RUnlock()
	id, found := m.mu.infohash[h]
	if !found {
		return tx.ID{}, ErrNotFound
	}
	return id, nil
}

// Scan is Store's Scan.
func (m *Memory) Scan(from uint64, fn func(pos uint64, rec Record) error) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	m.mu.RLock()
	log := slices.Clip(m.mu.log)
	m.mu.RUnlock()
	for pos := from; pos < uint64(len(log)); pos++ {
		if m.gate.isClosed() {
			return ErrClosed
		}
		if err := fn(pos, log[pos]); err != nil {
			return err
		}
	}
	return nil
}

// Meta is Store's Meta.
func (m *Memory) Meta(key string) ([]byte, error) {
	if err := m.gate.enter(); err != nil {
		return nil, err
	}
	defer m.gate.leave()
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, found := m.mu.meta[key]
	if !found {
		return nil, ErrNotFound
	}
	return value, nil
}

// SetMeta is Store's SetMeta; nothing is durable here.
func (m *Memory) SetMeta(kv map[string][]byte) error {
	return m.Append(nil, kv)
}

func (m *Memory) setMetaLocked(kv map[string][]byte) {
	for key, value := range kv {
		if value == nil {
			delete(m.mu.meta, key)
			continue
		}
		m.mu.meta[key] = copyOf(value)
	}
}

// copyOf returns a copy that is not nil, also of nothing.
func copyOf(b []byte) []byte { return append([]byte{}, b...) }

// Close is Store's Close.
func (m *Memory) Close() error { return m.gate.close() }
