package resume

import (
	"net/netip"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// Bounds on a record.
const (
	// MaxSize is the longest record in bytes: metainfo.MaxFiles files of 60 bytes for what they looked like and as many
	// renamed to paths of 200, the bitfield of metainfo.MaxPieces, and a megabyte for the rest.
	MaxSize = metainfo.MaxFiles*(60+200) + metainfo.MaxPieces/8 + 1<<20
	// MaxPeers is how many addresses of peers are kept.
	MaxPeers = 200
	// MaxLabels is how many labels a torrent may have, MaxText the longest label or path in bytes: PATH_MAX of Linux.
	MaxLabels = 64
	MaxText   = 4096
)

// Record is what is kept of a torrent.
type Record struct {
	// InfohashV1 and InfohashV2 name it; all zeros where it has none, or it is not known yet.
	InfohashV1 [metainfo.SizeV1]byte
	InfohashV2 [metainfo.SizeV2]byte
	// HasInfo says that the info was known. Pieces, Files and Priorities are empty without.
	HasInfo bool
	// Name is what it is called, if that is not what the info says.
	Name string

	// Dir, Incomplete, MovingTo, Rename and Preallocate are where it lies: see files.Layout. Rename counts files as
	// Files does.
	Dir, Incomplete, MovingTo string
	Rename                    map[int]string
	Preallocate               int
	// Renaming are the paths that files were about to get when this was written: each is at one of the two.
	Renaming map[int]string

	// Pieces are those that are there and durable.
	Pieces Pieces
	// Files is what the files looked like, in the order of the info with padding, and Parts the file of their parts.
	Files []FileStat
	Parts FileStat
	// Saved is when that was, and Interval how much later at most the next record would be written: nanoseconds since
	// 1970, and nanoseconds.
	Saved, Interval int64

	// Priorities are those of files, by the numbers that the client gives them; those that are not in it are normal.
	Priorities map[int]int
	// Trackers are in tiers.
	Trackers [][]string
	WebSeeds []string
	Peers    []netip.AddrPort
	Labels   []string

	// UpLimit and DownLimit are bytes a second, 0 for none.
	UpLimit, DownLimit int64
	// RatioGoal is in thousandths, TimeGoal in seconds; 0 for the general one, negative for none.
	RatioGoal, TimeGoal int64

	// Downloaded and Uploaded are bytes of content, Seeding is seconds.
	Downloaded, Uploaded, Seeding int64
	// Added and Completed are seconds since 1970, 0 for never.
	Added, Completed int64
	// Queue is the place in the queue, MaxConns the most connections, 0 for the general one.
	Queue, MaxConns int64

	Paused, Sequential, FirstLast, SuperSeeding bool
	// Forced runs it whatever the queue says. Finished says that it reached a goal, GoalsOff that it was started again
	// after that. Reported says that the on-complete command is not to be run any more. Retracked says that Trackers
	// are instead of those that the torrent names.
	Forced, Finished, GoalsOff, Reported, Retracked bool
}
