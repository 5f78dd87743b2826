package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/torrenttx/ttx/ledger/tx"
)

// load reads the log from its beginning, verifies it and fills the indexes. A
// nil mark means that it is not known how far the log was acknowledged, and so
// does, to a repair, one that does not fit the log.
func (d *Disk) load(known *mark, repair bool) (err error) {
	if d.size, err = d.file.Size(); err != nil {
		return err
	}
	l := &loader{d: d, offset: int64(headerSize)}
	l.r = bufio.NewReaderSize(io.NewSectionReader(d.file, l.offset, d.size-l.offset), scanRead)
	agreed := known == nil || known.is(l)
	var bad *CorruptError
	for bad == nil && l.offset < d.size {
		bad = l.batch()
		agreed = agreed || known.is(l)
	}
	if repair && !agreed && l.offset >= known.end {
		known, agreed = nil, true
	}
	if bad != nil {
		if err := d.tail(l.offset, known, bad); err != nil {
			return err
		}
	}
	switch {
	case agreed:
		return d.begin(l.offset, known)
	case l.offset < known.end:
		return &CorruptError{Position: d.mu.offsets.count,
			Reason: fmt.Sprintf("the log ends at byte %d, but %d bytes with %d records were acknowledged", l.offset, known.end, known.records)}
	default:
		return fmt.Errorf("%w: it says byte %d with %d records, where no batch ends", ErrMark, known.end, known.records)
	}
}

// is reports whether a loader is where the mark is.
func (m *mark) is(l *loader) bool {
	return *m == mark{l.offset, l.d.mu.offsets.count}
}

// tail judges what follows the last whole batch. What was acknowledged is
// damaged; zeros are room for the next batch; the rest was never acknowledged.
func (d *Disk) tail(offset int64, known *mark, bad *CorruptError) error {
	blank, err := d.blank(offset)
	switch {
	case err != nil:
		return err
	case blank:
		return nil
	case known == nil, offset < known.end, bad.Err != nil:
		return bad
	default:
		return d.cutTail(offset, bad)
	}
}

// begin sets the store to its end, and the mark with it.
func (d *Disk) begin(end int64, known *mark) error {
	d.mu.end = end
	now := mark{end, d.mu.offsets.count}
	d.next.Store(now.records)
	if known != nil && *known == now {
		return nil
	}
	if err := d.settle(known, end); err != nil {
		return fmt.Errorf("writing the end of the log again: %w", err)
	}
	err := d.marks.fill(now)
	if err != nil && known != nil { // the old one still holds
		d.log.Warn("the mark behind the log's end was not written", "err", err)
		return nil
	}
	return err
}

// settle makes durable what is in the log and was perhaps never synced, because
// the process that wrote it was killed before, or could not. It is written
// again: after a sync that failed, another one alone would do nothing. Without
// a mark that is the whole log.
func (d *Disk) settle(known *mark, end int64) error {
	from := int64(headerSize)
	if known != nil {
		from = known.end
	}
	for b := make([]byte, scanRead); from < end; from += int64(len(b)) {
		b = b[:min(int64(len(b)), end-from)]
		if _, err := d.file.ReadAt(b, from); err != nil {
			return err
		}
		if _, err := d.file.WriteAt(b, from); err != nil {
			return err
		}
	}
	return d.file.Sync()
}

// blank reports whether only zeros follow, as many as a batch is written with at
// most.
func (d *Disk) blank(from int64) (bool, error) {
	if d.size-from > ahead {
		return false, nil
	}
	b := make([]byte, d.size-from)
	if _, err := d.file.ReadAt(b, from); err != nil {
		return false, fmt.Errorf("reading the log at byte %d: %w", from, err)
	}
	return len(bytes.Trim(b, "\x00")) == 0, nil
}

// cutTail drops a last batch that is not whole and that was never acknowledged.
// Each batch was synced before the next one was begun: a whole one behind it
// proves that this one is damaged.
func (d *Disk) cutTail(offset int64, bad *CorruptError) error {
	later, err := d.wholeHeader(offset + 1)
	switch {
	case err != nil:
		return fmt.Errorf("looking behind byte %d of the log: %w", offset, err)
	case later > 0:
		bad.Reason += fmt.Sprintf("; another batch follows at byte %d", later)
		return bad
	}
	d.log.Warn("dropping the unfinished end of the log, which was never acknowledged",
		"bytes", d.size-offset, "records", d.mu.offsets.count, "reason", bad.Reason)
	if err := errors.Join(d.file.Truncate(offset), d.file.Sync()); err != nil {
		return fmt.Errorf("cutting off the unfinished end of the log: %w", err)
	}
	d.size = offset
	return nil
}

// wholeHeader returns the offset of the first header of a batch at from or
// behind, 0 when there is none.
func (d *Disk) wholeHeader(from int64) (int64, error) {
	b := make([]byte, scanRead)
	for ; d.size-from >= int64(batchHeaderSize); from += int64(len(b) - batchHeaderSize + 1) {
		b = b[:min(int64(len(b)), d.size-from)]
		if _, err := d.file.ReadAt(b, from); err != nil {
			return 0, err
		}
		for i := 0; i+batchHeaderSize <= len(b); i++ {
			at := from + int64(i)
			h, ok := d.sums.parseBatchHeader(b[i:i+batchHeaderSize], uint64(at))
			if ok && h.first >= d.mu.offsets.count {
				return at, nil
			}
		}
	}
	return 0, nil
}

// loader reads batches one behind the other.
type loader struct {
	d      *Disk
	r      *bufio.Reader
	offset int64 // of the next batch
	body   []byte
	found  []entry
}

type entry struct {
	id       tx.ID
	infohash tx.Infohash
	offset   int64
}

// batch reads and verifies a batch and takes it in, all or nothing.
func (l *loader) batch() *CorruptError {
	h, bad := l.header()
	if bad != nil {
		return bad
	}
	start := l.offset + int64(batchHeaderSize)
	if cap(l.body) < int(h.size) {
		l.body = make([]byte, h.size)
	}
	l.body = l.body[:h.size]
	if err := l.read(l.body); err != nil {
		return err
	}
	rest, bad := l.records(l.body, h, start)
	if bad != nil {
		return bad
	}
	metas, bad := l.metas(rest, h)
	if bad != nil {
		return bad
	}
	for _, e := range l.found {
		l.d.addLocked(e.id, e.infohash, e.offset)
	}
	l.d.setMetaLocked(metas)
	l.offset = start + int64(h.size)
	return nil
}

// header reads the header of a batch.
func (l *loader) header() (h batchHeader, bad *CorruptError) {
	left := l.d.size - l.offset - int64(batchHeaderSize)
	if left < 0 {
		return h, l.bad(0, "the header of its batch is not whole")
	}
	var b [batchHeaderSize]byte
	if bad := l.read(b[:]); bad != nil {
		return h, bad
	}
	h, ok := l.d.sums.parseBatchHeader(b[:], uint64(l.offset))
	switch {
	case !ok:
		return h, l.bad(0, "the checksum of its batch does not match")
	case h.first != l.d.mu.offsets.count:
		return h, l.bad(0, fmt.Sprintf("a batch that begins with record %d stands in its place", h.first))
	case int64(h.size) > left:
		return h, l.bad(0, fmt.Sprintf("its batch lacks %d bytes", int64(h.size)-left))
	}
	return h, nil
}

// records verifies the records at the beginning of a batch's body, into
// l.found, and returns what follows them.
func (l *loader) records(body []byte, h batchHeader, start int64) ([]byte, *CorruptError) {
	l.found = l.found[:0]
	rest := body
	for i := range uint64(h.records) {
		if len(rest) < recordHeaderSize || recordSize(rest) > int64(len(rest)) {
			return nil, l.bad(i, "its size does not fit")
		}
		n := recordSize(rest)
		rec, ok := l.d.sums.parseRecord(rest[:n], h.first+i)
		if !ok {
			return nil, l.bad(i, "its checksum does not match")
		}
		l.found = append(l.found, entry{rec.ID, rec.Infohash, start + int64(len(body)-len(rest))})
		rest = rest[n:]
	}
	return rest, nil
}

// metas verifies and decodes the metas that are all that is left of a batch.
func (l *loader) metas(rest []byte, h batchHeader) (map[string][]byte, *CorruptError) {
	metas, behind := make(map[string][]byte), uint64(h.records)
	for i := range int(h.metas) {
		if len(rest) < metaHeaderSize || metaSize(rest) > int64(len(rest)) {
			return nil, l.bad(behind, "the size of a value before it does not fit")
		}
		n := metaSize(rest)
		key, value, ok := l.d.sums.parseMeta(rest[:n], metaPlace(uint64(l.offset), i))
		if !ok {
			return nil, l.bad(behind, "the checksum of a value before it does not match")
		}
		metas[key], rest = value, rest[n:]
	}
	if len(rest) > 0 {
		return nil, l.bad(behind, "the batch before it is longer than what is in it")
	}
	return metas, nil
}

func (l *loader) read(b []byte) *CorruptError {
	if _, err := io.ReadFull(l.r, b); err != nil {
		bad := l.bad(0, "its batch cannot be read")
		bad.Err = err
		return bad
	}
	return nil
}

// bad names the nth record of the batch that is being read.
func (l *loader) bad(n uint64, reason string) *CorruptError {
	return &CorruptError{Position: l.d.mu.offsets.count + n, Reason: reason + atByte(l.offset)}
}
