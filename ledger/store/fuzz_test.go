package store

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
)

// FuzzDamage writes something into a log, or cuts it. It opens only when
// nothing changed; whatever changed is an error of a known kind.
func FuzzDamage(f *testing.F) {
	store := newMemFolder()
	d, err := openDisk(store, slog.New(slog.DiscardHandler), false)
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(d.Append(numbered(0, 3), counted(3)), d.Append(numbered(3, 2), counted(5)), d.Close()); err != nil {
		f.Fatal(err)
	}
	log, marked := store.files[logName].content, store.files[markName].content
	f.Add(0, []byte("ttx-log 2"), len(log))
	f.Add(headerSize, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, len(log))
	f.Add(headerSize+batchHeaderSize+sumSize, []byte{0xff, 0xff, 0xff, 0xff}, len(log))
	f.Add(len(log)-4, []byte{0, 0, 0, 0}, len(log)-1)
	f.Add(len(log), log, 3*len(log))
	f.Fuzz(func(t *testing.T, at int, patch []byte, size int) {
		if at < 0 || size < 0 || at > 2*len(log) || size > 4*len(log) || len(patch) > 2*len(log) {
			return
		}
		b := resize(bytes.Clone(log), max(len(log), at+len(patch)))
		copy(b[at:], patch)
		b = resize(b, size)
		got, err := openDisk(memFolderOf(b, marked), slog.New(slog.DiscardHandler), false)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		defer got.Close()
		if !bytes.HasPrefix(b, log) {
			t.Fatal("a damaged log was opened")
		}
		wantNumbered(t, got, 5)
	})
}

// FuzzBatch gives the decoders a batch whose own sum is right.
func FuzzBatch(f *testing.F) {
	header := encodeHeader(make([]byte, saltSize))
	s := newSums(make([]byte, saltSize))
	record := s.appendRecord(nil, 0, &Record{Raw: []byte("raw")})
	f.Add(uint32(1), uint32(0), record)
	f.Add(uint32(0), uint32(1), s.appendMeta(nil, metaPlace(uint64(headerSize), 0), "key", nil))
	f.Add(uint32(1<<32-1), uint32(1<<32-1), []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, records, metas uint32, body []byte) {
		batch := append(make([]byte, batchHeaderSize), body...)
		s.putBatchHeader(batch, uint64(headerSize), batchHeader{records: records, metas: metas, size: uint32(len(body))})
		d, err := openDisk(memFolderOf(append(bytes.Clone(header), batch...), s.encodeMark(mark{end: int64(headerSize)})), slog.New(slog.DiscardHandler), false)
		if err != nil {
			t.Fatalf("an unacknowledged batch: %v", err)
		}
		defer d.Close()
		if d.Len() != 0 && d.Len() != uint64(records) {
			t.Errorf("%d records of a batch of %d", d.Len(), records)
		}
	})
}
