package store

import (
	"encoding/binary"
	"errors"
	"io"
)

// mark says how far the log was acknowledged. It stands in a file of its own,
// in two slots that are written in turn, so that a write that tears leaves the
// other one:
//
//	sum u32 | end of the log u64 | records u64
//
// It is written after each batch and not synced, since the batch was: a killed
// process leaves the last one, a power failure perhaps an older one. Damage
// before the end it names is damage of what was acknowledged. Behind it, a last
// batch that is not whole was never acknowledged.
type mark struct {
	end     int64
	records uint64
}

const (
	markSize = sumSize + 2*8
	// slotStride puts the slots into different sectors.
	slotStride   = 512
	markFileSize = 2 * slotStride
)

func (s sums) encodeMark(m mark) []byte {
	b := make([]byte, markSize)
	binary.BigEndian.PutUint64(b[4:], uint64(m.end))
	binary.BigEndian.PutUint64(b[12:], m.records)
	binary.BigEndian.PutUint32(b, s.of(kindMark, 0, b[sumSize:]))
	return b
}

func (s sums) parseMark(b []byte) (m mark, ok bool) {
	m.end = int64(binary.BigEndian.Uint64(b[4:]))
	m.records = binary.BigEndian.Uint64(b[12:])
	return m, s.of(kindMark, 0, b[sumSize:]) == binary.BigEndian.Uint32(b)
}

// marks writes and reads the mark.
type marks struct {
	file file
	sums sums
	slot int64
}

// write replaces the older slot.
func (m *marks) write(next mark) error {
	m.slot = 1 - m.slot
	_, err := m.file.WriteAt(m.sums.encodeMark(next), m.slot*slotStride)
	return err
}

// fill writes both slots and syncs them.
func (m *marks) fill(now mark) error {
	return errors.Join(m.write(now), m.write(now), m.file.Sync())
}

// read returns the newer slot, ErrMark when neither can be read.
func (m *marks) read() (newest mark, err error) {
	b, found := make([]byte, markSize), false
	for slot := range int64(2) {
		if _, err := m.file.ReadAt(b, slot*slotStride); err != nil && !errors.Is(err, io.EOF) {
			return mark{}, err
		}
		if got, ok := m.sums.parseMark(b); ok && (!found || got.end > newest.end) {
			newest, found, m.slot = got, true, slot
		}
		clear(b)
	}
	if !found {
		return mark{}, ErrMark
	}
	return newest, nil
}
