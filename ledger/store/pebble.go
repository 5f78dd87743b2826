package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/torrenttx/ttx/ledger/tx"
)

// Pebble is a Store in a directory. A batch is synced to disk before Append
// returns.
//
// Should the disk refuse a write the process panics: pebble cannot go on, and
// a node that acknowledges what it may have lost must not.
type Pebble struct {
	gate gate
	db   *pebble.DB
	lock *pebble.Lock
	// next is the length of the log, stored after a batch is durable. Only the
	// holder of writing changes it.
	next    atomic.Uint64
	writing sync.Mutex
}

var _ Store = (*Pebble)(nil)

// Append is Store's Append. One synced write carries the batch.
func (p *Pebble) Append(recs []Record, meta map[string][]byte) error {
	if err := p.gate.enter(); err != nil {
		return err
	}
	defer p.gate.leave()
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := p.checkNew(recs); err != nil {
		return err
	}
	next := p.next.Load()
	batch := p.db.NewBatchWithSize(batchSize(recs))
	defer batch.Close()
	for i := range recs {
		if err := addRecord(batch, next+uint64(i), &recs[i]); err != nil {
			return fmt.Errorf("preparing record %d: %w", next+uint64(i), err)
		}
	}
	if err := addMeta(batch, meta); err != nil {
		return fmt.Errorf("preparing meta values: %w", err)
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("appending %d records at %d: %w", len(recs), next, err)
	}
	p.next.Store(next + uint64(len(recs)))
	return nil
}

// checkNew refuses duplicates. They hardly ever occur, so that one iterator
// serves the batch and the filters of every level answer for nearly all ids;
// a Get leaves out the last level's, where most of the ids are.
func (p *Pebble) checkNew(recs []Record) error {
	if len(recs) == 0 {
		return nil
	}
	iter, err := p.db.NewIter(&pebble.IterOptions{UseL6Filters: true})
	if err != nil {
		return fmt.Errorf("looking for duplicates: %w", pebbleError(err))
	}
	defer iter.Close()
	key := make([]byte, 0, idKeySize)
	return checkBatch(recs, func(id tx.ID) (bool, error) {
		if iter.SeekPrefixGE(appendIDKey(key, id)) {
			return true, nil
		}
		if err := iter.Error(); err != nil {
			return false, fmt.Errorf("looking for %s: %w", id, pebbleError(err))
		}
		return false, nil
	})
}

// batchSize estimates what a batch of recs takes, so that it is allocated
// once.
func batchSize(recs []Record) int {
	const framing = 16 // pebble's header, and kind and lengths of each entry
	perRecord := recordKeySize + recordHeaderSize + idKeySize + positionSize + infohashKeySize + len(tx.ID{}) + 3*framing
	size := framing + len(recs)*perRecord
	for i := range recs {
		size += len(recs[i].Raw)
	}
	return size
}

// addRecord adds a record and its index entries, encoded into the batch's own
// memory.
func addRecord(batch *pebble.Batch, pos uint64, rec *Record) error {
	op := batch.SetDeferred(recordKeySize, recordHeaderSize+len(rec.Raw))
	appendRecordKey(op.Key[:0], pos)
	putRecord(op.Value, pos, rec)
	if err := op.Finish(); err != nil {
		return err
	}
	return addIndexes(batch, pos, rec)
}

// addIndexes adds what finds a record by its names.
func addIndexes(batch *pebble.Batch, pos uint64, rec *Record) error {
	op := batch.SetDeferred(idKeySize, positionSize)
	appendIDKey(op.Key[:0], rec.ID)
	binary.BigEndian.PutUint64(op.Value, pos)
	if err := op.Finish(); err != nil {
		return err
	}
	op = batch.SetDeferred(infohashKeySize, len(rec.ID))
	appendInfohashKey(op.Key[:0], rec.Infohash, pos)
	copy(op.Value, rec.ID[:])
	return op.Finish()
}

func addMeta(batch *pebble.Batch, kv map[string][]byte) error {
	for key, value := range kv {
		if value == nil {
			if err := batch.Delete(metaKey(key), nil); err != nil {
				return err
			}
			continue
		}
		if err := batch.Set(metaKey(key), value, nil); err != nil {
			return err
		}
	}
	return nil
}

// Len is Store's Len.
func (p *Pebble) Len() uint64 { return p.next.Load() }

// Get is Store's Get.
func (p *Pebble) Get(id tx.ID) ([]byte, error) {
	if err := p.gate.enter(); err != nil {
		return nil, err
	}
	defer p.gate.leave()
	pos, err := p.position(id)
	if err != nil {
		return nil, err
	}
	rec, err := p.record(pos)
	if err != nil {
		return nil, err
	}
	if rec.ID != id {
		return nil, &CorruptError{Position: pos, Reason: fmt.Sprintf("is %s, the index says %s", rec.ID, id)}
	}
	return rec.Raw, nil
}

func (p *Pebble) position(id tx.ID) (pos uint64, err error) {
	err = p.read(appendIDKey(make([]byte, 0, idKeySize), id), func(value []byte) error {
		if len(value) != positionSize {
			return fmt.Errorf("%w: index entry of %d bytes", ErrCorrupt, len(value))
		}
		pos = binary.BigEndian.Uint64(value)
		return nil
	})
	switch {
	case err == nil, errors.Is(err, ErrNotFound):
		return pos, err
	default:
		return 0, fmt.Errorf("looking up %s: %w", id, err)
	}
}

func (p *Pebble) record(pos uint64) (rec Record, err error) {
	err = p.read(appendRecordKey(make([]byte, 0, recordKeySize), pos), func(value []byte) (err error) {
		rec, err = parseRecord(pos, value)
		return err
	})
	return rec, atPosition(pos, err)
}

// atPosition gives an error from below the position that was being read. A
// record that is not there is damage: whoever asked knew its position.
func atPosition(pos uint64, err error) error {
	var known *CorruptError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, ErrNotFound):
		return &CorruptError{Position: pos, Reason: "is missing"}
	case errors.Is(err, ErrCorrupt):
		return &CorruptError{Position: pos, Reason: "is unreadable", Err: err}
	default:
		return fmt.Errorf("reading record %d: %w", pos, err)
	}
}

// read calls fn with the value of key, which is only valid during the call.
func (p *Pebble) read(key []byte, fn func(value []byte) error) error {
	value, closer, err := p.db.Get(key)
	if err != nil {
		return pebbleError(err)
	}
	defer closer.Close()
	return fn(value)
}

// pebbleError turns pebble's kinds of error into ours.
func pebbleError(err error) error {
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return ErrNotFound
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	default:
		return err
	}
}

// FindInfohash is Store's FindInfohash.
func (p *Pebble) FindInfohash(h tx.Infohash) (tx.ID, error) {
	if err := p.gate.enter(); err != nil {
		return tx.ID{}, err
	}
	defer p.gate.leave()
	first := appendInfohashKey(make([]byte, 0, infohashKeySize), h, 0)
	end := appendInfohashKey(make([]byte, 0, infohashKeySize), h, ^uint64(0))
	iter, err := p.db.NewIter(&pebble.IterOptions{LowerBound: first, UpperBound: end})
	if err != nil {
		return tx.ID{}, fmt.Errorf("looking up infohash %s: %w", h, pebbleError(err))
	}
	defer iter.Close()
	if !iter.First() {
		if err := iter.Error(); err != nil {
			return tx.ID{}, fmt.Errorf("looking up infohash %s: %w", h, pebbleError(err))
		}
		return tx.ID{}, ErrNotFound
	}
	var id tx.ID
	if copy(id[:], iter.Value()) != len(id) {
		return tx.ID{}, fmt.Errorf("%w: index entry of infohash %s is too short", ErrCorrupt, h)
	}
	return id, nil
}

// Scan is Store's Scan.
func (p *Pebble) Scan(from uint64, fn func(pos uint64, rec Record) error) error {
	if err := p.gate.enter(); err != nil {
		return err
	}
	defer p.gate.leave()
	return p.scan(from, p.next.Load(), func(pos uint64, rec Record) error {
		if p.gate.isClosed() {
			return ErrClosed
		}
		return fn(pos, rec)
	})
}

// scan reads the log from position from up to, and without, end.
func (p *Pebble) scan(from, end uint64, fn func(pos uint64, rec Record) error) error {
	if from >= end {
		return nil
	}
	iter, err := p.db.NewIter(&pebble.IterOptions{
		LowerBound: appendRecordKey(nil, from),
		UpperBound: appendRecordKey(nil, end),
	})
	if err != nil {
		return fmt.Errorf("scanning from %d: %w", from, pebbleError(err))
	}
	defer iter.Close()
	iter.First()
	for pos := from; pos < end; pos++ {
		rec, err := recordAt(iter, pos)
		if err != nil {
			return atPosition(pos, err)
		}
		if err := fn(pos, rec); err != nil {
			return err
		}
		iter.Next()
	}
	return nil
}

// recordAt decodes what the iterator stands on, which has to be the record at
// pos.
func recordAt(iter *pebble.Iterator, pos uint64) (Record, error) {
	if !iter.Valid() {
		if err := iter.Error(); err != nil {
			return Record{}, pebbleError(err)
		}
		return Record{}, ErrNotFound
	}
	if got, err := positionOf(iter.Key()); err != nil || got != pos {
		return Record{}, ErrNotFound
	}
	return parseRecord(pos, iter.Value())
}

// positionOf decodes the key of a record.
func positionOf(key []byte) (uint64, error) {
	if len(key) != recordKeySize || key[0] != tableRecord {
		return 0, fmt.Errorf("%w: key %x among records", ErrCorrupt, key)
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

// Meta is Store's Meta.
func (p *Pebble) Meta(key string) (value []byte, err error) {
	if err := p.gate.enter(); err != nil {
		return nil, err
	}
	defer p.gate.leave()
	err = p.read(metaKey(key), func(b []byte) error {
		value = copyOf(b)
		return nil
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("reading meta value %q: %w", key, err)
	}
	return value, err
}

// SetMeta is Store's SetMeta.
func (p *Pebble) SetMeta(kv map[string][]byte) error { return p.Append(nil, kv) }

// Close is Store's Close.
func (p *Pebble) Close() error {
	if err := p.gate.close(); err != nil {
		return err
	}
	return errors.Join(p.db.Close(), p.lock.Close())
}
