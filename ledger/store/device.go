package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// folder is the directory of a store. Tests have one that fails, and one that
// loses what was not synced.
type folder interface {
	// open opens a file for reading and writing, fs.ErrNotExist when there is
	// none.
	open(name string) (file, error)
	// create makes an empty file, in place of one that is there.
	create(name string) (file, error)
	rename(from, to string) error
	names() ([]string, error)
	// sync makes the names of files durable.
	sync() error
	// lock keeps everybody else out until it is closed, or fails with
	// ErrLocked.
	lock() (io.Closer, error)
}

type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
}

// directory is a folder of the system.
type directory string

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) open(name string) (file, error) { return d.file(name, os.O_RDWR) }

func (d directory) create(name string) (file, error) {
	return d.file(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d directory) file(name string, flag int) (file, error) {
	f, err := os.OpenFile(d.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d directory) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (d directory) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lock takes the lock file. The system drops the lock when the process ends,
// however it ends.
func (d directory) lock() (io.Closer, error) {
	f, err := os.OpenFile(d.path(lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("lock %s: %w", d.path(lockName), err)
	}
	return f, nil
}

// osFile is a file of the system; see Sync of each.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
