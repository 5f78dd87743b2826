package client

import "time"

// Bounds on what is kept and done.
const (
	// MaxTorrents is how many torrents a client keeps: some 2 KB each here, so 200 MB, beside what the engine needs.
	MaxTorrents = 100_000
	// MaxLabels is how many labels a torrent may have, MaxLabel the bytes of one.
	MaxLabels = 32
	MaxLabel  = 64
	// MinPrefix is the fewest digits of an infohash that Find takes.
	MinPrefix = 4
	// MaxWatchDirs, MaxFeeds and MaxWindows bound the settings.
	MaxWatchDirs = 64
	MaxFeeds     = 256
	// MaxCommand is the most arguments of an on-complete command.
	MaxCommand = 64
	// eventQueue is how many events one reader may fall behind before it is dropped: at some 200 bytes each, a
	// reader holds at most 200 KB.
	eventQueue = 1024
)

// Times that are not worth a setting.
const (
	// lookEvery is how often the torrents are looked at while something moves, idleEvery while nothing does;
	// whether anything moves is asked every lookEvery, which costs nothing.
	lookEvery = time.Second
	idleEvery = 10 * time.Second
	// SaveEvery is how often what changed is saved. A crash loses the counters since, never a torrent.
	SaveEvery = 5 * time.Second
	// CountersEvery is how often bytes that were sent are saved, when nothing else changed, SecondsEvery how often the
	// seconds of seeding are.
	CountersEvery = time.Minute
	SecondsEvery  = 10 * time.Minute
	// StallAfter is how long a torrent that runs may be without a byte before its place in the queue goes to
	// another; it keeps running.
	StallAfter = time.Minute
)
