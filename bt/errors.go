package bt

import (
	"errors"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Kinds of failure; compare with errors.Is.
var (
	// ErrClosed means that the engine, swarm, torrent or connection is closed.
	ErrClosed = errors.New("closed")
	// ErrInUse means that the infohash already serves another purpose in this engine.
	ErrInUse = errors.New("the infohash is in use")
	// ErrTooLarge means that a message or a torrent exceeds its bound.
	ErrTooLarge = metainfo.ErrTooLarge
	// ErrMalformed means that a torrent file, magnet link or info dictionary is not a valid one.
	ErrMalformed = metainfo.ErrMalformed
	// ErrHostileName means that a torrent's file name would leave its folder or cannot be a file name.
	ErrHostileName = metainfo.ErrHostileName
	// ErrV2Only means that the torrent has no v1 part (BEP 52), where only one with a v1 part can be.
	ErrV2Only = errors.New("a v2-only torrent, which cannot be fetched as a small one")
	// ErrNotSmall means that what the infohash names is not one small file.
	ErrNotSmall = errors.New("not a small single-file torrent")
	// ErrStorage means that the files of a torrent could not be written, read or found.
	ErrStorage = errors.New("the files of the torrent")
	// ErrWouldLeak means that Tor mode cannot hide what it promises to; the error is a [LeakError].
	ErrWouldLeak = errors.New("refused in Tor mode")
	// ErrNoLayers means that the hashes of a v2-only torrent's pieces (BEP 52, "piece layers") are not known.
	ErrNoLayers = errors.New("the piece layers of the torrent are not known")
	// ErrNoInfo means that the info dictionary of the torrent is not known yet.
	ErrNoInfo = errors.New("the torrent's info is not known yet")
	// ErrOverflow means that a connection was closed because its messages were not read fast enough.
	ErrOverflow = errors.New("receive queue overflow")
)
