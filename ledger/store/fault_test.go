package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/torrenttx/ttx/ledger/tx"
)

func mustOpen(t *testing.T, f folder) *Disk {
	t.Helper()
	d, err := openDisk(f, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// numbered are records that are a function of their positions, of sizes that
// end anywhere in a page.
func numbered(first uint64, n int) []Record {
	recs := make([]Record, n)
	for i := range recs {
		pos := first + uint64(i)
		recs[i].Raw = bytes.Repeat(fmt.Appendf(nil, "record %d,", pos), 1+int(pos*7%40))
		binary.BigEndian.PutUint64(recs[i].ID[:], pos)
		binary.BigEndian.PutUint64(recs[i].Infohash[4:], pos)
	}
	return recs
}

// counted is the meta value that goes with the first n records.
func counted(n uint64) map[string][]byte {
	return map[string][]byte{"n": binary.BigEndian.AppendUint64(nil, n)}
}

// wantNumbered checks that a store holds exactly n numbered records, by
// position and by name, and the meta value of that many.
func wantNumbered(t *testing.T, d *Disk, n uint64) {
	t.Helper()
	next, want := uint64(0), numbered(0, int(n))
	err := d.Scan(0, func(pos uint64, rec Record) error {
		if pos != next || pos >= n || rec.ID != want[pos].ID || rec.Infohash != want[pos].Infohash || !bytes.Equal(rec.Raw, want[pos].Raw) {
			t.Errorf("record %d of %d is %s", pos, n, rec.ID)
		}
		next++
		return nil
	})
	if err != nil || next != n || d.Len() != n {
		t.Fatalf("scan: %d records of %d, length %d, %v", next, n, d.Len(), err)
	}
	for _, rec := range want {
		raw, err := d.Get(rec.ID)
		if err != nil || !bytes.Equal(raw, rec.Raw) {
			t.Errorf("Get: %q, %v", raw, err)
		}
		if id, err := d.FindInfohash(rec.Infohash); err != nil || id != rec.ID {
			t.Errorf("FindInfohash: %s, %v", id, err)
		}
	}
	if got, err := d.Meta("n"); n > 0 && (err != nil || binary.BigEndian.Uint64(got) != n) {
		t.Errorf("the meta value is %x, %v; %d records", got, err, n)
	}
}

// batchSizes are those of the batches that a test of faults appends. A zero is
// a batch of meta values alone.
func batchSizes() []int { return []int{1, 3, 0, 20, 1, 160, 2} }

// TestEveryFault fails one change of the disk, or several in a row, at every
// point of a store's life: the making, writes, syncs, truncations. Whatever was
// acknowledged before stays readable while it lasts, the next try goes through
// once it is over, and all of it is there after a power failure at the end.
func TestEveryFault(t *testing.T) {
	for count, cause := range map[int]error{1: syscall.ENOSPC, 2: errFault, 5: syscall.ENOSPC} {
		for n, hit := 0, true; hit; n++ {
			hit = false
			f := newMemFolder()
			f.change = failing(n, count, cause, &hit)
			t.Run(fmt.Sprintf("%d of %v from %d", count, cause, n), func(t *testing.T) { liveThroughFaults(t, f, cause) })
		}
	}
}

func liveThroughFaults(t *testing.T, f *memFolder, cause error) {
	d := openThroughFaults(t, f, cause)
	for _, size := range batchSizes() {
		n := d.Len()
		for tries := 0; ; tries++ {
			err := d.Append(numbered(n, size), counted(n+uint64(size)))
			if err == nil {
				break
			}
			if !errors.Is(err, cause) || tries > 10 {
				t.Fatalf("Append: %v", err)
			}
			if n == 0 {
				continue
			}
			wantNumbered(t, d, n)
			if err := d.SetMeta(map[string][]byte{"note": {1}}); err != nil && !errors.Is(err, cause) {
				t.Fatalf("SetMeta: %v", err)
			}
		}
		wantNumbered(t, d, n+uint64(size))
	}
	n := d.Len()
	for seed := range uint64(4) {
		after := f.afterPowerLoss(rand.New(rand.NewPCG(seed, n)))
		wantNumbered(t, mustOpen(t, after), n)
	}
}

func openThroughFaults(t *testing.T, f *memFolder, cause error) *Disk {
	t.Helper()
	for tries := 0; ; tries++ {
		d, err := openDisk(f, slog.New(slog.DiscardHandler), false)
		if err == nil {
			t.Cleanup(func() { _ = d.Close() })
			return d
		}
		if !errors.Is(err, cause) || tries > 10 {
			t.Fatalf("open: %v", err)
		}
	}
}

// TestPowerLossEverywhere cuts the power at every change of the disk. What was
// acknowledged is there, a batch is there whole or not at all, and the store
// goes on.
func TestPowerLossEverywhere(t *testing.T) {
	for n, hit := 0, true; hit; n++ {
		hit = false
		f := newMemFolder()
		f.change = failing(n, 1<<30, errFault, &hit)
		acked, tried := appendUntilFault(f)
		for seed := range uint64(8) {
			after := f.afterPowerLoss(rand.New(rand.NewPCG(seed, uint64(n))))
			t.Run(fmt.Sprintf("%d/%d", n, seed), func(t *testing.T) {
				d := mustOpen(t, after)
				if got := d.Len(); got != acked && got != tried {
					t.Fatalf("%d records after a power failure, acknowledged were %d, tried %d", got, acked, tried)
				}
				wantNumbered(t, d, d.Len())
				if err := d.Append(numbered(d.Len(), 5), counted(d.Len()+5)); err != nil {
					t.Fatalf("Append: %v", err)
				}
				wantNumbered(t, d, d.Len())
				wantNumbered(t, mustOpen(t, after.afterPowerLoss(rand.New(rand.NewPCG(seed, 0)))), d.Len())
			})
		}
	}
}

// TestKilledAtAFault ends the process, not the power, at every change of the
// disk that fails. What the next process finds in the log it may build upon: a
// power failure does not take it away any more.
func TestKilledAtAFault(t *testing.T) {
	for n, hit := 0, true; hit; n++ {
		hit = false
		f := newMemFolder()
		f.change = failing(n, 1<<30, errFault, &hit)
		acked, tried := appendUntilFault(f)
		f.change, f.locked = nil, false
		found := mustOpen(t, f).Len()
		if found != acked && found != tried {
			t.Errorf("fault %d: %d records, acknowledged were %d, tried %d", n, found, acked, tried)
		}
		for seed := range uint64(8) {
			wantNumbered(t, mustOpen(t, f.afterPowerLoss(rand.New(rand.NewPCG(seed, uint64(n))))), found)
		}
	}
}

// appendUntilFault returns the length that was acknowledged last, and the one
// that was tried then.
func appendUntilFault(f *memFolder) (acked, tried uint64) {
	d, err := openDisk(f, slog.New(slog.DiscardHandler), false)
	if err != nil {
		return 0, 0
	}
	for _, size := range batchSizes() {
		tried = acked + uint64(size)
		if d.Append(numbered(acked, size), counted(tried)) != nil {
			return acked, tried
		}
		acked = tried
	}
	return acked, acked
}

// TestKilledWriter leaves a process's last batch torn at every byte, as a kill
// does: with what was written so far, and zeros or nothing behind it.
func TestKilledWriter(t *testing.T) {
	f := newMemFolder()
	d := mustOpen(t, f)
	if err := d.Append(numbered(0, 5), counted(5)); err != nil {
		t.Fatal(err)
	}
	before, marked := bytes.Clone(f.files[logName].content[:d.mu.end]), bytes.Clone(f.files[markName].content)
	if err := d.Append(numbered(5, 3), counted(8)); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(f.files[logName].content[:d.mu.end])
	for end := len(before); end <= len(whole); end++ {
		behind := []int{0, 700}
		if end%50 == 0 {
			behind = append(behind, ahead)
		}
		for _, zeros := range behind {
			torn := memFolderOf(resize(bytes.Clone(whole[:end]), end+zeros), marked)
			want := uint64(5)
			if end == len(whole) {
				want = 8
			}
			wantNumbered(t, mustOpen(t, torn), want)
		}
	}
}

func memFolderOf(log, marked []byte) *memFolder {
	f := newMemFolder()
	for name, b := range map[string][]byte{logName: log, markName: marked} {
		if b != nil {
			f.files[name] = &memData{content: bytes.Clone(b), dirty: map[int]bool{}}
		}
	}
	return f
}

// TestForgedBatch: a transaction whose bytes are a batch of this format is
// nothing but bytes, wherever it is cut.
func TestForgedBatch(t *testing.T) {
	forger := sums{}
	batch := forger.appendRecord(make([]byte, batchHeaderSize), 1, &Record{ID: tx.ID{9}, Raw: []byte("forged")})
	forger.putBatchHeader(batch, 0, batchHeader{records: 1, size: uint32(len(batch) - batchHeaderSize), first: 1})
	f := newMemFolder()
	d := mustOpen(t, f)
	if err := d.Append([]Record{{ID: tx.ID{1}, Raw: bytes.Repeat(batch, 20)}}, nil); err != nil {
		t.Fatal(err)
	}
	empty := newSums(f.files[logName].content[len(magic):][:saltSize]).encodeMark(mark{end: int64(headerSize)})
	log := f.files[logName].content[:d.mu.end]
	for end := headerSize; end < len(log); end += 3 {
		if got := mustOpen(t, memFolderOf(log[:end], empty)).Len(); got != 0 {
			t.Fatalf("cut at %d the log has %d records", end, got)
		}
	}
}
