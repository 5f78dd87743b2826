package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

// layout is a closed store in memory, and where its records are.
type layout struct {
	log, mark []byte
	starts    []int64 // of the records
	batches   []int64 // of the batches
	firsts    []uint64
}

// build appends batches of these sizes and closes the store.
func build(t *testing.T, sizes ...int) layout {
	t.Helper()
	f, l := newMemFolder(), layout{}
	d := mustOpen(t, f)
	for _, size := range sizes {
		l.batches, l.firsts = append(l.batches, d.mu.end), append(l.firsts, d.Len())
		if err := d.Append(numbered(d.Len(), size), counted(d.Len()+uint64(size))); err != nil {
			t.Fatal(err)
		}
	}
	for pos := range d.Len() {
		l.starts = append(l.starts, d.mu.offsets.at(pos))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	l.log, l.mark = f.files[logName].content, f.files[markName].content
	return l
}

// recordAt is the position of the record that is damaged when the byte at
// offset is: its own, the first one's for a batch's header, the one behind a
// meta value.
func (l layout) recordAt(offset int64) uint64 {
	batch := 0
	for batch+1 < len(l.batches) && l.batches[batch+1] <= offset {
		batch++
	}
	if offset < l.batches[batch]+int64(batchHeaderSize) {
		return l.firsts[batch]
	}
	last := uint64(len(l.starts))
	if batch+1 < len(l.firsts) {
		last = l.firsts[batch+1]
	}
	pos := l.firsts[batch]
	for pos < last {
		if offset < l.starts[pos]+recordSize(l.log[l.starts[pos]:]) {
			return pos
		}
		pos++
	}
	return pos
}

func wantCorrupt(t *testing.T, what string, err error, pos uint64) {
	t.Helper()
	var corrupt *CorruptError
	if !errors.Is(err, ErrCorrupt) || !errors.As(err, &corrupt) || corrupt.Position != pos ||
		!strings.Contains(err.Error(), fmt.Sprintf("record %d:", pos)) {
		t.Errorf("%s: %v; want record %d", what, err, pos)
	}
}

func openErr(f folder, repair bool) error {
	d, err := openDisk(f, slog.New(slog.DiscardHandler), repair)
	if err != nil {
		return err
	}
	return d.Close()
}

// TestEveryByteOfTheLog damages each byte of a log in turn. The store does not
// open, repaired or not, and names the position.
func TestEveryByteOfTheLog(t *testing.T) {
	l := build(t, 2, 0, 3, 1)
	for i := range l.log {
		b, change := bytes.Clone(l.log), []byte{0x01, 0x80, 0xff}[i%3]
		b[i] ^= change
		err := openErr(memFolderOf(b, l.mark), i%2 == 0)
		if i >= headerSize {
			wantCorrupt(t, fmt.Sprintf("byte %d ^ %x", i, change), err, l.recordAt(int64(i)))
		} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) {
			t.Errorf("byte %d ^ %x: %v", i, change, err)
		}
	}
}

// TestEveryLengthOfTheLog cuts the log at each byte.
func TestEveryLengthOfTheLog(t *testing.T) {
	l := build(t, 2, 0, 3, 1)
	for n := range l.log {
		for _, zeros := range []int{0, len(l.log) - n} {
			err := openErr(memFolderOf(resize(bytes.Clone(l.log[:n]), n+zeros), l.mark), false)
			if n < headerSize {
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) {
					t.Errorf("cut at %d: %v", n, err)
				}
				continue
			}
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || corrupt.Position > l.recordAt(int64(n)) {
				t.Errorf("cut at %d, %d zeros: %v; want record %d at most", n, zeros, err, l.recordAt(int64(n)))
			}
		}
	}
}

// TestEveryBlockOfTheLog replaces blocks as a failing disk does.
func TestEveryBlockOfTheLog(t *testing.T) {
	l := build(t, 2, 30, 3, 60, 1)
	for start := 0; start < len(l.log); start += pageSize {
		end := min(start+pageSize, len(l.log))
		other := (start + 3*pageSize) % (len(l.log) - pageSize)
		for name, block := range map[string][]byte{"zeros": make([]byte, pageSize), "another block": l.log[other : other+pageSize]} {
			b := bytes.Clone(l.log)
			if copy(b[start:end], block); bytes.Equal(b, l.log) {
				continue
			}
			first := max(start, headerSize)
			for first < end && b[first] == l.log[first] {
				first++
			}
			err := openErr(memFolderOf(b, l.mark), false)
			if start >= headerSize {
				wantCorrupt(t, fmt.Sprintf("%s at %d", name, start), err, l.recordAt(int64(first)))
			} else if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s at %d: %v", name, start, err)
			}
		}
	}
}

// TestMisplacedRecord swaps two records of one size: each is whole, but stands
// in the other one's place.
func TestMisplacedRecord(t *testing.T) {
	f := newMemFolder()
	d := mustOpen(t, f)
	recs := []Record{{ID: tx.ID{1}, Raw: []byte("one")}, {ID: tx.ID{2}, Raw: []byte("two")}}
	if err := d.Append(recs, nil); err != nil {
		t.Fatal(err)
	}
	a, b := d.mu.offsets.at(0), d.mu.offsets.at(1)
	log, size := f.files[logName].content, recordSize(f.files[logName].content[a:])
	first := bytes.Clone(log[a : a+size])
	copy(log[a:], log[b:b+size])
	copy(log[b:], first)
	_, err := d.Get(tx.ID{1})
	wantCorrupt(t, "Get", err, 0)
	wantCorrupt(t, "open", openErr(memFolderOf(log, f.files[markName].content), false), 0)
}

// TestDamageBeforeAnOlderMark: the power failed before the newest mark was on
// the disk. A damaged batch that another one follows was durable all the same.
func TestDamageBeforeAnOlderMark(t *testing.T) {
	l := build(t, 2, 3, 2)
	old := newSums(l.log[len(magic):][:saltSize]).encodeMark(mark{end: l.batches[1], records: 2})
	for i := l.batches[1]; i < l.batches[2]; i++ {
		b := bytes.Clone(l.log)
		b[i] ^= 0x10
		wantCorrupt(t, fmt.Sprintf("byte %d", i), openErr(memFolderOf(b, old), false), l.recordAt(i))
	}
	wantNumbered(t, mustOpen(t, memFolderOf(l.log, old)), 7)
}

// TestEveryByteOfTheMark: one slot is as good as two; without either the store
// does not open until it is repaired, and then all is there.
func TestEveryByteOfTheMark(t *testing.T) {
	l := build(t, 2, 0, 3, 1)
	for i := range l.mark {
		b := bytes.Clone(l.mark)
		b[i] ^= 0xff
		wantNumbered(t, mustOpen(t, memFolderOf(l.log, b)), 6)
	}
	lost := map[string][]byte{
		"missing":     nil,
		"empty":       {},
		"zeros":       make([]byte, len(l.mark)),
		"cut":         l.mark[:markSize-1],
		"of another":  build(t, 1).mark,
		"both slots":  append(append(bytes.Repeat([]byte{1}, 40), l.mark[40:slotStride]...), bytes.Repeat([]byte{1}, 40)...),
		"in between":  newSums(l.log[len(magic):][:saltSize]).encodeMark(mark{end: l.batches[2] + 1, records: 2}),
		"wrong count": newSums(l.log[len(magic):][:saltSize]).encodeMark(mark{end: l.batches[2], records: 1}),
	}
	for name, b := range lost {
		t.Run(name, func(t *testing.T) {
			f := memFolderOf(l.log, b)
			if err := openErr(f, false); !errors.Is(err, ErrMark) {
				t.Fatalf("open: %v", err)
			}
			if err := openErr(f, true); err != nil {
				t.Fatalf("repair: %v", err)
			}
			wantNumbered(t, mustOpen(t, f), 6)
		})
	}
}

// TestRepairDoesNotGuess: with the mark lost, nobody knows whether the torn end
// of the log was acknowledged.
func TestRepairDoesNotGuess(t *testing.T) {
	l := build(t, 2, 3)
	err := openErr(memFolderOf(l.log[:len(l.log)-1], nil), true)
	wantCorrupt(t, "repair", err, 2)
}

func TestMissingLog(t *testing.T) {
	f := memFolderOf(nil, build(t, 2).mark)
	for _, repair := range []bool{false, true} {
		wantCorrupt(t, "open", openErr(f, repair), 0)
	}
}

func TestFormat(t *testing.T) {
	other := []byte("ttx-log 2\n\x00\x00 of a later program, which has more to say")
	if err := openErr(memFolderOf(other, nil), false); !errors.Is(err, ErrFormat) {
		t.Errorf("a later version: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "CURRENT"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock is given back
		if _, err := OpenDisk(dir, nil); !errors.Is(err, ErrFormat) {
			t.Errorf("a folder of something else: %v", err)
		}
	}
}

// TestDamageUnderAnOpenStore: what is read from a disk that rots meanwhile is
// an error with the position, and never another transaction.
func TestDamageUnderAnOpenStore(t *testing.T) {
	for i := range recordHeaderSize + 20 {
		f := newMemFolder()
		d := mustOpen(t, f)
		recs := numbered(0, 10)
		if err := d.Append(recs, counted(10)); err != nil {
			t.Fatal(err)
		}
		f.files[logName].content[d.mu.offsets.at(4)+int64(i)] ^= 0x10
		_, err := d.Get(recs[4].ID)
		wantCorrupt(t, "Get", err, 4)
		_, err = d.FindInfohash(recs[4].Infohash)
		wantCorrupt(t, "FindInfohash", err, 4)
		last := -1
		err = d.Scan(0, func(pos uint64, _ Record) error { last = int(pos); return nil })
		if wantCorrupt(t, "Scan", err, 4); last != 3 {
			t.Errorf("scan came to %d", last)
		}
		for _, rec := range slices.Concat(recs[:4], recs[5:]) {
			if raw, err := d.Get(rec.ID); err != nil || !bytes.Equal(raw, rec.Raw) {
				t.Errorf("Get of a sound one: %v", err)
			}
		}
	}
}

// TestRepairDisk is the whole of it on a real disk.
func TestRepairDisk(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDisk(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Append(numbered(0, 300), counted(300)), d.Close(), os.Remove(filepath.Join(dir, markName))); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDisk(dir, nil); !errors.Is(err, ErrMark) {
		t.Errorf("open: %v", err)
	}
	if err := RepairDisk(dir, nil); err != nil {
		t.Fatal(err)
	}
	if d, err = OpenDisk(dir, nil); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	wantNumbered(t, d, 300)
}
