package client

import (
	"errors"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/files"
)

// Kinds of failure; compare with errors.Is. Those of package bt come through as well: bt.ErrMalformed,
// bt.ErrHostileName, bt.ErrTooLarge, bt.ErrV2Only, bt.ErrStorage, bt.ErrClosed.
var (
	// ErrNotFound means that there is no such torrent, or file of a torrent.
	ErrNotFound = errors.New("no such torrent")
	// ErrAmbiguous means that a text fits more than one torrent.
	ErrAmbiguous = errors.New("more than one torrent fits")
	// ErrExists means that the torrent is there already, or that its files would lie where another torrent's are.
	ErrExists = errors.New("there already")
	// ErrNoSpace means that the disk has no room for what is missing.
	ErrNoSpace = files.ErrNoSpace
	// ErrBusy means that the torrent is being moved, checked or removed; try again when it is done.
	ErrBusy = errors.New("busy")
	// ErrNoInfo means that this needs the torrent's info, which peers have not sent yet.
	ErrNoInfo = bt.ErrNoInfo
	// ErrMissing means that data which was there is not any more: a disk that is not mounted, maybe.
	ErrMissing = errors.New("the data is not where it was")
	// ErrBadRequest means that a request or a setting says nothing sensible; the text says what.
	ErrBadRequest = errors.New("bad request")
	// ErrTooMany means that one of the bounds of limits.go is reached.
	ErrTooMany = errors.New("too many")
)
