package config

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock is a held lock on a folder.
type Lock struct{ file *os.File }

// Who holds a lock, as its file says.
const (
	byNode    = "node"
	byCommand = "command"
)

const (
	// lockWait is how long one waits for a command to be done with a folder: a
	// status of a million transactions reads their log first.
	lockWait = time.Minute
	// lockTry is the pause between two tries.
	lockTry = 20 * time.Millisecond
)

// Lock takes the folder for one node, ErrLocked when another has it. The system
// drops the lock when the process ends, however it ends.
func (f Folder) Lock() (*Lock, error) { return f.lock(byNode) }

// Borrow takes the folder for a command that will be done with it: a node that is
// started meanwhile waits for it, and so does another command.
func (f Folder) Borrow() (*Lock, error) { return f.lock(byCommand) }

func (f Folder) lock(as string) (*Lock, error) {
	if err := f.Make(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(f.path("node.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := f.await(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// A full disk must not keep anybody out: an empty file is a command's.
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(as), 0)
	return &Lock{file}, nil
}

// await takes the lock, after a command that has it.
func (f Folder) await(file *os.File) error {
	tick := time.NewTicker(lockTry)
	defer tick.Stop()
	for until := time.Now().Add(lockWait); ; <-tick.C {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			return fmt.Errorf("lock the data folder: %w", err)
		case holder(file) == byNode || time.Now().After(until):
			return fmt.Errorf("%w: %s", ErrLocked, f)
		}
	}
}

// holder is who has the lock, or had it last.
func holder(file *os.File) string {
	var b [len(byCommand)]byte
	n, _ := file.ReadAt(b[:], 0)
	return string(b[:n])
}

// Release gives the folder back.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
