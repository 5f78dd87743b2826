package store

import (
	"errors"
	"fmt"
	"io"
)

const (
	// firstRead is how much of the log is read for one record at first: more
	// than most transactions take.
	firstRead = 4096
	// scanRead is how much a scan reads at once.
	scanRead = 256 << 10
)

// record reads the record at a position that is in the log.
func (d *Disk) record(pos uint64) (Record, error) {
	d.mu.RLock()
	from, to := d.mu.offsets.at(pos), d.mu.end
	if pos+1 < d.mu.offsets.count {
		to = d.mu.offsets.at(pos + 1)
	}
	d.mu.RUnlock()
	b := make([]byte, min(to-from, firstRead))
	if err := d.readAt(b, from, pos); err != nil {
		return Record{}, err
	}
	size := recordSize(b)
	if size > to-from {
		return Record{}, tooLong(pos, from)
	}
	if size > int64(len(b)) {
		b = append(b, make([]byte, size-int64(len(b)))...)
		if err := d.readAt(b[firstRead:], from+firstRead, pos); err != nil {
			return Record{}, err
		}
	}
	return d.parse(b[:size:size], pos, from)
}

// parse is parseRecord with an error.
func (d *Disk) parse(b []byte, pos uint64, offset int64) (Record, error) {
	rec, ok := d.sums.parseRecord(b, pos)
	if !ok {
		return rec, &CorruptError{Position: pos, Reason: "its checksum does not match" + atByte(offset)}
	}
	return rec, nil
}

func atByte(offset int64) string { return fmt.Sprintf(" (byte %d of the log)", offset) }

func tooLong(pos uint64, offset int64) error {
	return &CorruptError{Position: pos, Reason: "its size does not fit" + atByte(offset)}
}

// readAt reads a part of the record at pos. A file that ends early is damage.
func (d *Disk) readAt(b []byte, offset int64, pos uint64) error {
	n, err := d.file.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return &CorruptError{Position: pos, Reason: "the log ends before it does" + atByte(offset)}
	default:
		return &CorruptError{Position: pos, Reason: "cannot be read" + atByte(offset), Err: err}
	}
}

// Scan is Store's Scan.
func (d *Disk) Scan(from uint64, fn func(pos uint64, rec Record) error) error {
	if err := d.gate.enter(); err != nil {
		return err
	}
	defer d.gate.leave()
	d.mu.RLock()
	s := scanner{d: d, offsets: d.mu.offsets, end: d.mu.end}
	d.mu.RUnlock()
	for pos := from; pos < s.offsets.count; pos++ {
		if d.gate.isClosed() {
			return ErrClosed
		}
		rec, err := s.record(pos)
		if err != nil {
			return err
		}
		if err := fn(pos, rec); err != nil {
			return err
		}
	}
	return nil
}

// scanner reads records one behind the other, through a window on the log.
type scanner struct {
	d       *Disk
	offsets offsets
	end     int64
	window  []byte
	start   int64 // of the window
}

func (s *scanner) record(pos uint64) (Record, error) {
	offset := s.offsets.at(pos)
	b, err := s.bytes(offset, int64(recordHeaderSize), pos)
	if err != nil {
		return Record{}, err
	}
	size := recordSize(b)
	if size > s.end-offset {
		return Record{}, tooLong(pos, offset)
	}
	if b, err = s.bytes(offset, size, pos); err != nil {
		return Record{}, err
	}
	rec, err := s.d.parse(b, pos, offset)
	rec.Raw = copyOf(rec.Raw)
	return rec, err
}

// bytes returns n bytes of the log at an offset, valid until the next call.
func (s *scanner) bytes(offset, n int64, pos uint64) ([]byte, error) {
	if offset < s.start || offset+n > s.start+int64(len(s.window)) {
		size := min(max(scanRead, n), s.end-offset)
		if size < n {
			return nil, tooLong(pos, offset)
		}
		if int64(cap(s.window)) < size {
			s.window = make([]byte, size)
		}
		s.window, s.start = s.window[:size], offset
		if err := s.d.readAt(s.window, offset, pos); err != nil {
			s.window = s.window[:0]
			return nil, err
		}
	}
	i := offset - s.start
	return s.window[i : i+n], nil
}
