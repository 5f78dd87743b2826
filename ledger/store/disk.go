package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Disk is a Store in a directory. Its log is one file that only grows, its
// indexes are made from the log in memory when it is opened. A batch is synced
// before Append returns.
//
// A write that fails (a full disk, a fault) fails the Append, and nothing else:
// what was acknowledged stays readable, and the next Append tries anew.
type Disk struct {
	gate  gate
	log   *slog.Logger
	file  file
	marks marks
	sums  sums
	lock  io.Closer

	// writing is held by the one who appends, and guards what follows.
	writing sync.Mutex
	buf     []byte
	// torn is set after a failed write, which may have left something behind
	// the end of the log.
	torn bool
	// size is that of the file: behind the log's end stand zeros.
	size int64

	// next is the length of the log, stored after a batch is durable.
	next atomic.Uint64
	mu   struct {
		sync.RWMutex
		ids, infohashes *index
		offsets         offsets
		meta            map[string][]byte
		end             int64 // of the log, in bytes
	}
}

var _ Store = (*Disk)(nil)

// keptBuffer is how large a buffer for batches may be to be kept: that of a
// batch of 1,000 usual transactions.
const keptBuffer = 1 << 20

// Append is Store's Append. One synced write carries the batch.
func (d *Disk) Append(recs []Record, meta map[string][]byte) error {
	if err := d.gate.enter(); err != nil {
		return err
	}
	defer d.gate.leave()
	d.writing.Lock()
	defer d.writing.Unlock()
	next := d.next.Load()
	if next+uint64(len(recs)) > maxRecords {
		return fmt.Errorf("appending at %d: the log holds at most %d records", next, maxRecords)
	}
	if err := checkBatch(recs, d.stored); err != nil {
		return err
	}
	if len(recs) == 0 && len(meta) == 0 {
		return nil
	}
	at, err := d.encode(recs, meta)
	if err == nil {
		err = d.write()
	}
	if err != nil {
		return fmt.Errorf("appending %d records at %d: %w", len(recs), next, err)
	}
	d.publish(recs, at, meta)
	return nil
}

// stored reports whether the log has a record with this id.
func (d *Disk) stored(id tx.ID) (bool, error) {
	_, err := d.find(d.mu.ids, id[:], func(rec *Record) bool { return rec.ID == id })
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// encode makes the batch in d.buf and returns where in the file its records
// begin. Only who appends moves the end of the log.
func (d *Disk) encode(recs []Record, meta map[string][]byte) ([]int64, error) {
	end, next := d.mu.end, d.next.Load()
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	b := append(d.buf[:0], make([]byte, batchHeaderSize)...)
	at := make([]int64, len(recs))
	for i := range recs {
		at[i] = end + int64(len(b))
		if b = d.sums.appendRecord(b, next+uint64(i), &recs[i]); len(b) > maxBatchSize {
			return nil, fmt.Errorf("a batch of more than %d bytes", maxBatchSize)
		}
	}
	for i, key := range slices.Sorted(maps.Keys(meta)) {
		if b = d.sums.appendMeta(b, metaPlace(uint64(end), i), key, meta[key]); len(b) > maxBatchSize {
			return nil, fmt.Errorf("a batch of more than %d bytes", maxBatchSize)
		}
	}
	d.sums.putBatchHeader(b, uint64(end), batchHeader{
		records: uint32(len(recs)), metas: uint32(len(meta)), size: uint32(len(b) - batchHeaderSize), first: next,
	})
	d.buf = b
	return at, nil
}

// write brings d.buf to the disk at the end of the log. After a failure the
// whole batch has to be written again, also when only the sync failed: the
// system may have dropped pages that it could not write and call them clean.
func (d *Disk) write() error {
	if d.torn {
		if err := d.file.Truncate(d.mu.end); err != nil {
			return fmt.Errorf("cutting off what a failed write left: %w", err)
		}
		d.size = d.mu.end
	}
	b := d.buf
	if d.mu.end+int64(len(b)) > d.size {
		b = append(b, make([]byte, ahead)...)
		d.buf = b[:len(d.buf)]
	}
	d.torn = true
	if _, err := d.file.WriteAt(b, d.mu.end); err != nil {
		_ = d.file.Truncate(d.mu.end) // gives the room back; tried again before the next write
		return err
	}
	if err := d.file.Sync(); err != nil {
		return err
	}
	d.torn = false
	d.size = max(d.size, d.mu.end+int64(len(b)))
	return nil
}

// ahead is how many zeros are written behind a batch that makes the file
// longer. The next ones, about a hundred single payments, then change neither
// the file's size nor where it lies, and their syncs take a third of the time.
const ahead = 64 << 10

// publish lets readers see a durable batch.
func (d *Disk) publish(recs []Record, at []int64, meta map[string][]byte) {
	d.mu.Lock()
	for i := range recs {
		d.addLocked(recs[i].ID, recs[i].Infohash, at[i])
	}
	d.setMetaLocked(meta)
	d.mu.end += int64(len(d.buf))
	now := mark{d.mu.end, d.mu.offsets.count}
	d.mu.Unlock()
	d.next.Store(now.records)
	if err := d.marks.write(now); err != nil {
		// The mark is a lower bound, and the batch is durable without it.
		d.log.Warn("the mark behind the log's end was not written", "err", err)
	}
}

func (d *Disk) addLocked(id tx.ID, h tx.Infohash, offset int64) {
	pos := d.mu.offsets.count
	d.mu.offsets.add(offset)
	d.mu.ids.add(id[:], pos)
	d.mu.infohashes.add(h[:], pos)
}

func (d *Disk) setMetaLocked(kv map[string][]byte) {
	for key, value := range kv {
		if value == nil {
			delete(d.mu.meta, key)
			continue
		}
		d.mu.meta[key] = copyOf(value)
	}
}

// Len is Store's Len.
func (d *Disk) Len() uint64 { return d.next.Load() }

// Size returns the size of the log in bytes.
func (d *Disk) Size() int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.mu.end
}

// Get is Store's Get.
func (d *Disk) Get(id tx.ID) ([]byte, error) {
	if err := d.gate.enter(); err != nil {
		return nil, err
	}
	defer d.gate.leave()
	rec, err := d.find(d.mu.ids, id[:], func(rec *Record) bool { return rec.ID == id })
	return rec.Raw, err
}

// FindInfohash is Store's FindInfohash.
func (d *Disk) FindInfohash(h tx.Infohash) (tx.ID, error) {
	if err := d.gate.enter(); err != nil {
		return tx.ID{}, err
	}
	defer d.gate.leave()
	rec, err := d.find(d.mu.infohashes, h[:], func(rec *Record) bool { return rec.Infohash == h })
	return rec.ID, err
}

// find returns the first record that an index offers for a name and that has
// it, or ErrNotFound.
func (d *Disk) find(x *index, name []byte, has func(*Record) bool) (Record, error) {
	var room [4]uint64
	d.mu.RLock()
	found := x.find(room[:0], name)
	d.mu.RUnlock()
	slices.Sort(found)
	for _, pos := range found {
		rec, err := d.record(pos)
		if err != nil {
			return Record{}, err
		}
		if has(&rec) {
			return rec, nil
		}
	}
	return Record{}, ErrNotFound
}

// Meta is Store's Meta.
func (d *Disk) Meta(key string) ([]byte, error) {
	if err := d.gate.enter(); err != nil {
		return nil, err
	}
	defer d.gate.leave()
	d.mu.RLock()
	defer d.mu.RUnlock()
	value, found := d.mu.meta[key]
	if !found {
		return nil, ErrNotFound
	}
	return value, nil
}

// SetMeta is Store's SetMeta.
func (d *Disk) SetMeta(kv map[string][]byte) error { return d.Append(nil, kv) }

// Close is Store's Close.
func (d *Disk) Close() error {
	if err := d.gate.close(); err != nil {
		return err
	}
	err := errors.Join(d.file.Truncate(d.mu.end), d.marks.fill(mark{d.mu.end, d.mu.offsets.count}))
	if err != nil {
		d.log.Warn("the store was not tidied up; nothing is lost", "err", err)
	}
	return d.release()
}

// release gives back what an open store holds.
func (d *Disk) release() error {
	var errs []error
	for _, c := range []io.Closer{d.file, d.marks.file, d.lock} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
