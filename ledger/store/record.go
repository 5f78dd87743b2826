package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/torrenttx/ttx/ledger/tx"
)

// Keys in pebble are a table's letter followed by:
//
//	'f'                                    -> format version
//	'h' || infohash || position u64 BE     -> id
//	'i' || id                              -> position u64 BE
//	'm' || meta key                        -> meta value
//	'r' || position u64 BE                 -> record
//	'x'                                    -> present while indexes are rebuilt
//
// The position in an 'h' key keeps all records of one infohash, first one
// first, and spares a read before each write. 'h' and 'i' are indexes; 'r' is
// the truth.
const (
	tableFormat   = 'f'
	tableInfohash = 'h'
	tableID       = 'i'
	tableMeta     = 'm'
	tableRecord   = 'r'
	tableRebuild  = 'x'
)

const (
	positionSize    = 8
	idKeySize       = 1 + len(tx.ID{})
	infohashKeySize = 1 + len(tx.Infohash{}) + positionSize
	recordKeySize   = 1 + positionSize
)

// A stored record is a CRC-32C of everything else, its position included, then
// id, infohash and raw bytes. The position in the sum catches a whole record
// that stands in another one's place.
const (
	checksumSize     = 4
	recordHeaderSize = checksumSize + len(tx.ID{}) + len(tx.Infohash{})
)

func appendIDKey(b []byte, id tx.ID) []byte {
	return append(append(b, tableID), id[:]...)
}

func appendInfohashKey(b []byte, h tx.Infohash, pos uint64) []byte {
	b = append(append(b, tableInfohash), h[:]...)
	return binary.BigEndian.AppendUint64(b, pos)
}

func appendRecordKey(b []byte, pos uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, tableRecord), pos)
}

func metaKey(key string) []byte {
	return append([]byte{tableMeta}, key...)
}

// putRecord encodes rec into b, which has exactly its size.
func putRecord(b []byte, pos uint64, rec *Record) {
	body := append(b[checksumSize:checksumSize], rec.ID[:]...)
	body = append(body, rec.Infohash[:]...)
	body = append(body, rec.Raw...)
	binary.BigEndian.PutUint32(b, checksum(pos, body))
}

// parseRecord verifies and decodes the record stored at pos. Raw is a copy, as
// pebble takes its buffers back.
func parseRecord(pos uint64, b []byte) (Record, error) {
	if len(b) < recordHeaderSize {
		return Record{}, &CorruptError{Position: pos, Reason: fmt.Sprintf("%d bytes are too few", len(b))}
	}
	body := b[checksumSize:]
	if checksum(pos, body) != binary.BigEndian.Uint32(b) {
		return Record{}, &CorruptError{Position: pos, Reason: "checksum does not match"}
	}
	var rec Record
	n := copy(rec.ID[:], body)
	n += copy(rec.Infohash[:], body[n:])
	rec.Raw = append(make([]byte, 0, len(body)-n), body[n:]...)
	return rec, nil
}

func checksum(pos uint64, body []byte) uint32 {
	var p [positionSize]byte
	binary.BigEndian.PutUint64(p[:], pos)
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, table, p[:]), table, body)
}
