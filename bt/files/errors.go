package files

import (
	"errors"
	"fmt"
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrNoSpace means that the disk has too little room for what is missing; see [SpaceError].
	ErrNoSpace = errors.New("not enough room on the disk")
	// ErrNotRegular means that something other than a regular file stands where a file of the torrent belongs.
	ErrNotRegular = errors.New("is no regular file, and links are not followed: move it away")
	// ErrOtherDisk means that a file cannot be renamed to where it should go, but has to be copied.
	ErrOtherDisk = errors.New("on another disk")
	// ErrExists means that the place a file should move to is taken.
	ErrExists = errors.New("is there already: move it away, or choose another place")
	// ErrShort means that a file ends before what should be in it.
	ErrShort = errors.New("is shorter than it was: check the torrent again")
	// ErrBadLayout means that a layout cannot be: a name that is none, or that two files would have.
	ErrBadLayout = errors.New("no such layout of files")
	// ErrClosed means that the storage is closed.
	ErrClosed = errors.New("the storage is closed")
)

// SpaceError is an [ErrNoSpace] with its figures.
type SpaceError struct {
	Dir        string
	Need, Free int64 // bytes
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%s has %d bytes free, and %d are still to be written: make room, or choose another folder",
		e.Dir, e.Free, e.Need)
}

// Unwrap says what kind of error it is.
func (e *SpaceError) Unwrap() error { return ErrNoSpace }
