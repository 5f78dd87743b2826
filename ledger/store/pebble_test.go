package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/torrenttx/ttx/ledger/tx"
)

func openTest(t *testing.T, dir string, disk vfs.FS) *Pebble {
	t.Helper()
	p, err := openPebble(dir, disk, nil)
	if err != nil {
		t.Fatalf("openPebble: %v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// fill appends n records and returns them.
func fill(t *testing.T, p *Pebble, n int) []Record {
	t.Helper()
	recs := make([]Record, n)
	for i := range recs {
		recs[i] = Record{ID: tx.ID{1, byte(i)}, Infohash: tx.Infohash{2, byte(i)}, Raw: fmt.Appendf(nil, "record %d", i)}
	}
	if err := p.Append(recs, nil); err != nil {
		t.Fatalf("Append: %v", err)
	}
	return recs
}

func wantIndexed(t *testing.T, p *Pebble, recs []Record) {
	t.Helper()
	for _, rec := range recs {
		if raw, err := p.Get(rec.ID); err != nil || !bytes.Equal(raw, rec.Raw) {
			t.Errorf("Get(%s): %q, %v", rec.ID, raw, err)
		}
		if id, err := p.FindInfohash(rec.Infohash); err != nil || id != rec.ID {
			t.Errorf("FindInfohash(%s): %s, %v", rec.Infohash, id, err)
		}
	}
}

// TestPowerLoss keeps only what was synced, at the moment Append returned.
func TestPowerLoss(t *testing.T) {
	disk := vfs.NewCrashableMem()
	p := openTest(t, "/s", disk)
	recs := fill(t, p, 50)
	if err := p.SetMeta(map[string][]byte{"k": []byte("v")}); err != nil {
		t.Fatal(err)
	}
	after := openTest(t, "/s", disk.CrashClone(vfs.CrashCloneCfg{}))
	if after.Len() != 50 {
		t.Errorf("Len is %d", after.Len())
	}
	wantIndexed(t, after, recs)
	if v, err := after.Meta("k"); err != nil || string(v) != "v" {
		t.Errorf("Meta: %q, %v", v, err)
	}
}

// damage overwrites what stands under a key, as a failing disk would under
// pebble's own checksums.
func damage(t *testing.T, p *Pebble, key []byte, change func(value []byte) []byte) {
	t.Helper()
	value, closer, err := p.db.Get(key)
	if err != nil {
		t.Fatalf("reading %x: %v", key, err)
	}
	changed := change(bytes.Clone(value))
	closer.Close()
	if changed == nil {
		err = p.db.Delete(key, pebble.Sync)
	} else {
		err = p.db.Set(key, changed, pebble.Sync)
	}
	if err != nil {
		t.Fatalf("writing %x: %v", key, err)
	}
}

func TestDamagedRecord(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 0x10; return b }
	}
	var other []byte
	tests := map[string]func([]byte) []byte{
		"checksum":       flip(0),
		"id":             flip(checksumSize),
		"infohash":       flip(checksumSize + 32),
		"first byte":     flip(recordHeaderSize),
		"last byte":      flip(-1),
		"cut":            func(b []byte) []byte { return b[:len(b)-1] },
		"cut to header":  func(b []byte) []byte { return b[:recordHeaderSize] },
		"cut into it":    func(b []byte) []byte { return b[:recordHeaderSize-1] },
		"longer":         func(b []byte) []byte { return append(b, 0) },
		"empty":          func([]byte) []byte { return []byte{} },
		"zeros":          func(b []byte) []byte { return make([]byte, len(b)) },
		"removed":        func([]byte) []byte { return nil },
		"another record": func([]byte) []byte { return other },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			p := openTest(t, "/s", vfs.NewMem())
			recs := fill(t, p, 10)
			damage(t, p, appendRecordKey(nil, 7), func(b []byte) []byte { other = b; return b })
			damage(t, p, appendRecordKey(nil, 4), change)
			_, err := p.Get(recs[4].ID)
			wantCorruptAt4(t, "Get", err)
			last := -1
			err = p.Scan(0, func(pos uint64, _ Record) error { last = int(pos); return nil })
			wantCorruptAt4(t, "Scan", err)
			if last != 3 {
				t.Errorf("scan came to %d", last)
			}
			wantIndexed(t, p, recs[5:])
			wantCorruptAt4(t, "rebuild", p.rebuild())
		})
	}
}

func wantCorruptAt4(t *testing.T, what string, err error) {
	t.Helper()
	var corrupt *CorruptError
	if !errors.Is(err, ErrCorrupt) || !errors.As(err, &corrupt) || corrupt.Position != 4 {
		t.Errorf("%s: %v", what, err)
	}
	if !strings.Contains(err.Error(), "record 4") {
		t.Errorf("%s does not name the position: %v", what, err)
	}
}

func TestDamagedIndex(t *testing.T) {
	p := openTest(t, "/s", vfs.NewMem())
	recs := fill(t, p, 10)
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	wrong := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	beyond := func(b []byte) []byte { b[0] = 1; return b }
	damage(t, p, appendIDKey(nil, recs[1].ID), cut)
	damage(t, p, appendIDKey(nil, recs[2].ID), wrong)
	damage(t, p, appendIDKey(nil, recs[3].ID), beyond)
	damage(t, p, appendInfohashKey(nil, recs[1].Infohash, 1), cut)
	for _, rec := range recs[1:4] {
		if _, err := p.Get(rec.ID); !errors.Is(err, ErrCorrupt) {
			t.Errorf("Get: %v", err)
		}
	}
	if _, err := p.FindInfohash(recs[1].Infohash); !errors.Is(err, ErrCorrupt) {
		t.Errorf("FindInfohash: %v", err)
	}
	if err := p.rebuild(); err != nil {
		t.Fatalf("rebuild: %v", err)
	}
	wantIndexed(t, p, recs)
}

// TestDamagedFile changes a byte of a table on disk.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	p := openTest(t, dir, vfs.Default)
	recs := fill(t, p, 200)
	if err := errors.Join(p.db.Flush(), p.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables: %v, %v", tables, err)
	}
	for _, table := range tables {
		flipTwoThirds(t, table)
	}
	var log bytes.Buffer
	p, err = OpenPebble(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err == nil {
		defer p.Close()
		err = errors.Join(p.Scan(0, func(uint64, Record) error { return nil }), getAll(p, recs))
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("reading a damaged table: %v", err)
	}
	if !strings.Contains(log.String(), "store is corrupt") {
		t.Errorf("log: %s", log.String())
	}
}

// flipTwoThirds changes a byte where records are: the indexes stand before
// them, pebble's own blocks after.
func flipTwoThirds(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)*2/3] ^= 0xff
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func getAll(p *Pebble, recs []Record) error {
	for _, rec := range recs {
		if _, err := p.Get(rec.ID); err != nil {
			return err
		}
	}
	return nil
}

func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	p := openTest(t, dir, vfs.Default)
	recs := fill(t, p, 100)
	stale := appendIDKey(nil, tx.ID{0xff})
	err := errors.Join(
		p.db.DeleteRange([]byte{tableInfohash}, []byte{tableID + 1}, pebble.Sync),
		p.db.Set(stale, make([]byte, positionSize), pebble.Sync),
		p.SetMeta(map[string][]byte{"k": []byte("v")}),
		p.Close(),
		RebuildPebble(dir, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	p = openTest(t, dir, vfs.Default)
	wantIndexed(t, p, recs)
	if _, err := p.Get(tx.ID{0xff}); !errors.Is(err, ErrNotFound) {
		t.Errorf("stale entry: %v", err)
	}
	if v, err := p.Meta("k"); err != nil || string(v) != "v" {
		t.Errorf("Meta: %q, %v", v, err)
	}
}

// TestInterruptedRebuild leaves a store as a rebuild does that is killed after
// it dropped the indexes.
func TestInterruptedRebuild(t *testing.T) {
	disk := vfs.NewMem()
	p := openTest(t, "/s", disk)
	recs := fill(t, p, 100)
	if err := errors.Join(p.dropIndexes(), p.Close()); err != nil {
		t.Fatal(err)
	}
	p = openTest(t, "/s", disk)
	wantIndexed(t, p, recs)
	if _, _, err := p.db.Get([]byte{tableRebuild}); !errors.Is(err, pebble.ErrNotFound) {
		t.Errorf("the mark of the rebuild: %v", err)
	}
}

func TestFormat(t *testing.T) {
	t.Run("other version", func(t *testing.T) {
		disk := vfs.NewMem()
		p := openTest(t, "/s", disk)
		damage(t, p, []byte{tableFormat}, func([]byte) []byte { return []byte("ttx-store 2") })
		wantFormatError(t, p, disk)
	})
	t.Run("something else", func(t *testing.T) {
		disk := vfs.NewMem()
		p := openTest(t, "/s", disk)
		fill(t, p, 1)
		damage(t, p, []byte{tableFormat}, func([]byte) []byte { return nil })
		wantFormatError(t, p, disk)
	})
}

// wantFormatError closes p and expects that it cannot be opened again, and
// that the attempt gives the lock back.
func wantFormatError(t *testing.T, p *Pebble, disk vfs.FS) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := openPebble("/s", disk, nil); !errors.Is(err, ErrFormat) {
			t.Errorf("open: %v", err)
		}
	}
}

// TestFatal: pebble expects that Fatalf does not return.
func TestFatal(t *testing.T) {
	var log bytes.Buffer
	defer func() {
		if got := recover(); got != "pebble: disk 1" || !strings.Contains(log.String(), "disk 1") {
			t.Errorf("panic %v, log %q", got, log.String())
		}
	}()
	pebbleLogger{slog.New(slog.NewTextHandler(&log, nil))}.Fatalf("disk %d", 1)
}
