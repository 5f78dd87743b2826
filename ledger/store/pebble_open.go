package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// formatVersion is the version of the layout in record.go, as it stands in the
// directory.
const formatVersion = "ttx-store 1"

// The budget of memory: a node has 600 MB for everything, and most of it goes
// to what the ledger keeps of every transaction. Pebble takes its memtables,
// usually two, out of the cache, and what is left has to hold the filters (4 MB
// for a million transactions) or every check for duplicates reads them again.
// A batch of 1,000 transactions takes about 650 KB of a memtable.
const (
	cacheSize    = 32 << 20
	memTableSize = 4 << 20
	// maxOpenFiles bounds descriptors of tables. A million transactions are
	// about a hundred of them.
	maxOpenFiles = 256
	// bloomBits a key let the check for duplicates, which nearly always finds
	// nothing, answer without a read in 99 of 100 cases.
	bloomBits = 10
)

// rebuildBatch is how many records' index entries one batch of a rebuild
// carries.
const rebuildBatch = 10_000

// OpenPebble opens the store in dir, and makes the directory and an empty store
// when there is none. A nil logger discards. It returns ErrLocked when the
// store is in use, ErrFormat when the directory holds a store of another
// version. A rebuild that was interrupted is carried through first.
func OpenPebble(dir string, log *slog.Logger) (*Pebble, error) {
	abs, err := filepath.Abs(dir) // the lock is kept by name within a process
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", dir, err)
	}
	p, err := openPebble(abs, vfs.Default, log)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", dir, err)
	}
	return p, nil
}

// RebuildPebble makes the indexes of the store in dir anew from its log, which
// it verifies on the way: a damaged record ends it with an ErrCorrupt. The
// store must not be in use. An interrupted rebuild goes on when the store is
// opened next.
func RebuildPebble(dir string, log *slog.Logger) error {
	p, err := OpenPebble(dir, log)
	if err != nil {
		return err
	}
	return errors.Join(p.rebuild(), p.Close())
}

func openPebble(dir string, disk vfs.FS, log *slog.Logger) (*Pebble, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDirectory(dir, disk)
	if err != nil {
		return nil, err
	}
	db, err := pebble.Open(dir, options(disk, lock, log))
	if err != nil {
		return nil, errors.Join(pebbleError(err), lock.Close())
	}
	p := &Pebble{db: db, lock: lock}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// lockDirectory takes the lock file. Whatever fails after the file itself
// could be opened is somebody else's lock: systems differ in the error.
func lockDirectory(dir string, disk vfs.FS) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, disk)
	var file *fs.PathError
	switch {
	case err == nil:
		return lock, nil
	case errors.As(err, &file):
		return nil, err
	default:
		return nil, fmt.Errorf("%w (%w)", ErrLocked, err)
	}
}

func options(disk vfs.FS, lock *pebble.Lock, log *slog.Logger) *pebble.Options {
	logger := pebbleLogger{log}
	opts := &pebble.Options{
		FS:           disk,
		Lock:         lock,
		CacheSize:    cacheSize,
		MemTableSize: memTableSize,
		MaxOpenFiles: maxOpenFiles,
		// Named, since the newest one would change with the library and an
		// older program could not read it any more.
		FormatMajorVersion: pebble.FormatColumnarBlocks,
		Logger:             logger,
		// The default ends the process. The call that meets the damage
		// reports it.
		EventListener: &pebble.EventListener{
			DataCorruption: func(info pebble.DataCorruptionInfo) {
				log.Error("store is corrupt", "detail", info.String())
			},
		},
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	return opts
}

// start checks the format, or sets it in an empty directory, and finds the end
// of the log.
func (p *Pebble) start() error {
	if err := p.checkFormat(); err != nil {
		return err
	}
	next, err := p.end()
	if err != nil {
		return fmt.Errorf("finding the end of the log: %w", err)
	}
	p.next.Store(next)
	switch err := p.read([]byte{tableRebuild}, func([]byte) error { return nil }); {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("looking for an interrupted rebuild: %w", err)
	}
	return p.rebuild()
}

func (p *Pebble) checkFormat() error {
	err := p.read([]byte{tableFormat}, func(value []byte) error {
		if string(value) != formatVersion {
			return fmt.Errorf("%w: %q, expected %q", ErrFormat, value, formatVersion)
		}
		return nil
	})
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	empty, err := p.empty()
	switch {
	case err != nil:
		return fmt.Errorf("looking for a format: %w", err)
	case !empty:
		return fmt.Errorf("%w: a database of something else", ErrFormat)
	}
	return p.db.Set([]byte{tableFormat}, []byte(formatVersion), pebble.Sync)
}

func (p *Pebble) empty() (bool, error) {
	iter, err := p.db.NewIter(nil)
	if err != nil {
		return false, pebbleError(err)
	}
	defer iter.Close()
	return !iter.First(), pebbleError(iter.Error())
}

// end returns the position after the last record.
func (p *Pebble) end() (uint64, error) {
	iter, err := p.db.NewIter(&pebble.IterOptions{
		LowerBound: []byte{tableRecord},
		UpperBound: []byte{tableRecord + 1},
	})
	if err != nil {
		return 0, pebbleError(err)
	}
	defer iter.Close()
	if !iter.Last() {
		return 0, pebbleError(iter.Error())
	}
	last, err := positionOf(iter.Key())
	return last + 1, err
}

// rebuild drops the indexes and writes them again from the log. A mark stands
// in the store until it is done.
func (p *Pebble) rebuild() error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := p.dropIndexes(); err != nil {
		return fmt.Errorf("dropping indexes: %w", err)
	}
	if err := p.indexLog(); err != nil {
		return fmt.Errorf("rebuilding indexes: %w", err)
	}
	if err := p.db.Delete([]byte{tableRebuild}, pebble.Sync); err != nil {
		return fmt.Errorf("ending the rebuild: %w", err)
	}
	return nil
}

func (p *Pebble) dropIndexes() error {
	batch := p.db.NewBatch()
	defer batch.Close()
	for _, table := range []byte{tableID, tableInfohash} {
		if err := batch.DeleteRange([]byte{table}, []byte{table + 1}, nil); err != nil {
			return err
		}
	}
	if err := batch.Set([]byte{tableRebuild}, nil, nil); err != nil {
		return err
	}
	return batch.Commit(pebble.Sync)
}

// indexLog writes index entries of every record. Nothing is synced on the way:
// until the mark is gone, synced, the rebuild starts over.
func (p *Pebble) indexLog() error {
	for from, end := uint64(0), p.next.Load(); from < end; from += rebuildBatch {
		if err := p.indexRange(from, min(from+rebuildBatch, end)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pebble) indexRange(from, end uint64) error {
	batch := p.db.NewBatch()
	defer batch.Close()
	err := p.scan(from, end, func(pos uint64, rec Record) error {
		return addIndexes(batch, pos, &rec)
	})
	if err != nil {
		return err
	}
	return batch.Commit(pebble.NoSync)
}

// pebbleLogger makes pebble quiet: what it does is for those who debug it.
type pebbleLogger struct{ log *slog.Logger }

func (l pebbleLogger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pebble: " + fmt.Sprintf(format, args...))
	}
}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.log.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf is called where pebble cannot go on and expects not to return.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	msg := "pebble: " + fmt.Sprintf(format, args...)
	l.log.Error(msg)
	panic(msg)
}
