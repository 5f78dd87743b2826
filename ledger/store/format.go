package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/torrenttx/ttx/ledger/tx"
)

// The log is one file: a header, then batches one behind the other. Integers
// are big endian, sums CRC-32C.
//
//	header:  "ttx-log 1\n\0\0" | salt, 16 random bytes | sum u32
//	batch:   sum u32 | records u32 | metas u32 | size of what follows u32 |
//	         position of its first record u64, then its records, then its metas
//	record:  sum u32 | size of raw u32 | id | infohash | raw
//	meta:    sum u32 | size of key u32 | size of value u32 | key | value
//
// A sum covers the salt, where the thing stands (a batch its offset, a record
// its position, a meta its place behind the offset of its batch) and all that
// follows the sum. Nothing that stands in another place, and nothing that a
// stranger wrote into a transaction, passes for a part of this log.
const (
	headerSize = len(magic) + saltSize + sumSize
	saltSize   = 16
	sumSize    = 4

	batchHeaderSize  = sumSize + 3*4 + 8
	recordHeaderSize = sumSize + 4 + len(tx.ID{}) + len(tx.Infohash{})
	metaHeaderSize   = sumSize + 2*4
)

const (
	magicName = "ttx-log "
	magic     = magicName + "1\n\x00\x00"
)

// deleted is the size of the value of a key that is deleted.
const deleted = ^uint32(0)

// maxBatchSize bounds a batch on disk: its size is a u32. The ledger's largest,
// 1,024 transactions of 16 KiB, is 17 MiB.
const maxBatchSize = 1 << 31

// sums computes the sums of one log.
type sums struct{ base uint32 }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func newSums(salt []byte) sums { return sums{crc32.Checksum(salt, castagnoli())} }

// The kinds keep a sum of one kind from being one of another.
const (
	kindBatch  = 'b'
	kindRecord = 'r'
	kindMeta   = 'm'
	kindMark   = 'e'
)

// of is the sum of a thing of a kind that stands at a place. Kind and place
// begin the sum instead of standing in front of what is summed: a change there
// changes the sum as surely, and this runs for every record of a log.
func (s sums) of(kind byte, place uint64, content []byte) uint32 {
	const spread = 0x9e3779b1 // odd, so that no two places below 2^32 meet
	begin := uint32(place)*spread ^ uint32(place>>32) ^ uint32(kind)
	return crc32.Update(s.base^begin, castagnoli(), content)
}

// encodeHeader returns the header of a log with this salt.
func encodeHeader(salt []byte) []byte {
	b := append([]byte(magic), salt...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli()))
}

// parseHeader returns the sums of a log: ErrFormat when it is something else,
// ErrCorrupt when it is damaged.
func parseHeader(b []byte) (sums, error) {
	body := b[:headerSize-sumSize]
	intact := crc32.Checksum(body, castagnoli()) == binary.BigEndian.Uint32(b[len(body):])
	switch {
	case intact && bytes.HasPrefix(b, []byte(magic)):
		return newSums(body[len(magic):]), nil
	case bytes.HasPrefix(b, []byte(magicName)) && !bytes.HasPrefix(b, []byte(magic)):
		return sums{}, fmt.Errorf("%w: %q, expected %q", ErrFormat, b[:len(magic)], magic)
	default:
		return sums{}, fmt.Errorf("%w: the header of the log", ErrCorrupt)
	}
}

// batchHeader stands before a batch.
type batchHeader struct {
	records, metas, size uint32
	first                uint64
}

func (s sums) putBatchHeader(b []byte, offset uint64, h batchHeader) {
	binary.BigEndian.PutUint32(b[4:], h.records)
	binary.BigEndian.PutUint32(b[8:], h.metas)
	binary.BigEndian.PutUint32(b[12:], h.size)
	binary.BigEndian.PutUint64(b[16:], h.first)
	binary.BigEndian.PutUint32(b, s.of(kindBatch, offset, b[sumSize:batchHeaderSize]))
}

func (s sums) parseBatchHeader(b []byte, offset uint64) (h batchHeader, ok bool) {
	h.records = binary.BigEndian.Uint32(b[4:])
	h.metas = binary.BigEndian.Uint32(b[8:])
	h.size = binary.BigEndian.Uint32(b[12:])
	h.first = binary.BigEndian.Uint64(b[16:])
	return h, s.of(kindBatch, offset, b[sumSize:batchHeaderSize]) == binary.BigEndian.Uint32(b)
}

func (s sums) appendRecord(b []byte, pos uint64, rec *Record) []byte {
	start := len(b)
	b = append(b, make([]byte, sumSize)...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(rec.Raw)))
	b = append(append(append(b, rec.ID[:]...), rec.Infohash[:]...), rec.Raw...)
	binary.BigEndian.PutUint32(b[start:], s.of(kindRecord, pos, b[start+sumSize:]))
	return b
}

// recordSize is what the record takes whose header b begins with.
func recordSize(b []byte) int64 {
	return int64(recordHeaderSize) + int64(binary.BigEndian.Uint32(b[sumSize:]))
}

// parseRecord verifies and decodes the record at pos, which b is all of. Raw
// points into b.
func (s sums) parseRecord(b []byte, pos uint64) (rec Record, ok bool) {
	if s.of(kindRecord, pos, b[sumSize:]) != binary.BigEndian.Uint32(b) {
		return rec, false
	}
	rest := b[sumSize+4:]
	rest = rest[copy(rec.ID[:], rest):]
	rec.Raw = rest[copy(rec.Infohash[:], rest):]
	return rec, true
}

// metaPlace is where the nth meta of a batch stands, for its sum.
func metaPlace(batch uint64, n int) uint64 { return batch + uint64(n) }

func (s sums) appendMeta(b []byte, place uint64, key string, value []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, sumSize)...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	size := uint32(len(value))
	if value == nil {
		size = deleted
	}
	b = binary.BigEndian.AppendUint32(b, size)
	b = append(append(b, key...), value...)
	binary.BigEndian.PutUint32(b[start:], s.of(kindMeta, place, b[start+sumSize:]))
	return b
}

// metaSize is what the meta takes whose header b begins with.
func metaSize(b []byte) int64 {
	size := int64(metaHeaderSize) + int64(binary.BigEndian.Uint32(b[sumSize:]))
	if n := binary.BigEndian.Uint32(b[sumSize+4:]); n != deleted {
		size += int64(n)
	}
	return size
}

// parseMeta verifies and decodes the meta that b is all of. The value is a
// copy, nil when the key is deleted.
func (s sums) parseMeta(b []byte, place uint64) (key string, value []byte, ok bool) {
	if s.of(kindMeta, place, b[sumSize:]) != binary.BigEndian.Uint32(b) {
		return "", nil, false
	}
	n := binary.BigEndian.Uint32(b[sumSize:])
	key = string(b[metaHeaderSize : metaHeaderSize+n])
	if binary.BigEndian.Uint32(b[sumSize+4:]) != deleted {
		value = copyOf(b[metaHeaderSize+n:])
	}
	return key, value, true
}
