package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
)

// The files of a store.
const (
	logName  = "log"
	newName  = "log.new" // a log that is being made
	markName = "acknowledged"
	lockName = "LOCK"
)

// OpenDisk opens the store in dir, and makes the directory and an empty store
// when there is none. It reads the whole log and verifies every record. A nil
// logger discards.
//
// Its errors: ErrLocked when the store is in use; ErrFormat when the directory
// holds something else; ErrCorrupt, with the position, when the log is damaged;
// ErrMark when what says how far it was acknowledged is, see RepairDisk.
func OpenDisk(dir string, log *slog.Logger) (*Disk, error) {
	return openDirectory(dir, log, false)
}

// RepairDisk makes anew what can be made from the log of the store in dir: the
// mark that says how far it was acknowledged. It fails as OpenDisk does when
// the log itself is damaged. The store must not be in use.
func RepairDisk(dir string, log *slog.Logger) error {
	d, err := openDirectory(dir, log, true)
	if err != nil {
		return err
	}
	return d.Close()
}

func openDirectory(dir string, log *slog.Logger, repair bool) (*Disk, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := makeDirectory(dir); err != nil {
		return nil, fmt.Errorf("opening store %s: %w", dir, err)
	}
	d, err := openDisk(directory(dir), log, repair)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", dir, err)
	}
	return d, nil
}

// makeDirectory makes dir and its name durable.
func makeDirectory(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return directory(filepath.Dir(dir)).sync()
}

func openDisk(f folder, log *slog.Logger, repair bool) (*Disk, error) {
	lock, err := f.lock()
	if err != nil {
		return nil, err
	}
	d := &Disk{log: log, lock: lock}
	d.mu.ids, d.mu.infohashes, d.mu.meta = newIndex(), newIndex(), make(map[string][]byte)
	if err := d.open(f, repair); err != nil {
		return nil, errors.Join(err, d.release())
	}
	return d, nil
}

func (d *Disk) open(f folder, repair bool) error {
	names, err := f.names()
	if err != nil {
		return err
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	if !has(logName) {
		switch {
		case has(markName) && !has(newName):
			return &CorruptError{Reason: "the log is missing"}
		case slices.ContainsFunc(names, foreign):
			return fmt.Errorf("%w: no log in it, but other files", ErrFormat)
		}
		if err := create(f); err != nil {
			return fmt.Errorf("making an empty log: %w", err)
		}
	}
	if d.file, err = f.open(logName); err != nil {
		return err
	}
	// Whoever made it may have ended before its name was durable.
	if err := f.sync(); err != nil {
		return err
	}
	if err := d.readHeader(); err != nil {
		return err
	}
	known, err := d.openMark(f, repair)
	if err != nil {
		return err
	}
	return d.load(known, repair)
}

func foreign(name string) bool {
	return !slices.Contains([]string{newName, markName, lockName}, name)
}

// create makes an empty store. The log gets its name last: without one, nothing
// was ever acknowledged.
func create(f folder) error {
	salt := make([]byte, saltSize)
	rand.Read(salt) //nolint:errcheck // it never fails
	log, err := f.create(newName)
	if err != nil {
		return err
	}
	_, err = log.WriteAt(encodeHeader(salt), 0)
	if err := errors.Join(err, log.Sync(), log.Close()); err != nil {
		return err
	}
	file, err := f.create(markName)
	if err != nil {
		return err
	}
	m := marks{file: file, sums: newSums(salt)}
	if err := errors.Join(m.fill(mark{end: int64(headerSize)}), file.Close()); err != nil {
		return err
	}
	return f.rename(newName, logName)
}

func (d *Disk) readHeader() (err error) {
	b := make([]byte, headerSize)
	if n, err := d.file.ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			return &CorruptError{Reason: fmt.Sprintf("the log has only %d bytes", n)}
		}
		return err
	}
	d.sums, err = parseHeader(b)
	return err
}

// openMark returns how far the log was acknowledged, nil when that was lost and
// is to be made anew.
func (d *Disk) openMark(f folder, repair bool) (*mark, error) {
	file, err := f.open(markName)
	if errors.Is(err, os.ErrNotExist) {
		if !repair {
			return nil, fmt.Errorf("%w: the file %s is missing", ErrMark, markName)
		}
		file, err = f.create(markName)
	}
	if err != nil {
		return nil, err
	}
	d.marks = marks{file: file, sums: d.sums}
	known, err := d.marks.read()
	if errors.Is(err, ErrMark) && repair {
		return nil, f.sync()
	}
	return &known, err
}
