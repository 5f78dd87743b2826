package announce

import "time"

// Bounds on what trackers can make us read, keep and wait for.
const (
	// MaxAnswer is the longest answer in bytes, as it comes and decompressed: 1,000 peers of BEP 3 in about
	// 100 bytes each, and ten times that. It is what libtorrent takes.
	MaxAnswer = 1 << 20
	// MaxHeader is the longest header of an HTTP answer in bytes.
	MaxHeader = 64 << 10
	// MaxPeers is how many addresses of one answer are used: a few times [NumWant] of each family.
	MaxPeers = 1000
	// MaxRedirects is how many redirects are followed in a row.
	MaxRedirects = 5
	// MaxMessage is how many bytes of a tracker's message are shown, MaxTrackerID of its id are kept.
	MaxMessage   = 300
	MaxTrackerID = 256
	// MaxTrackers is how many trackers a torrent has; those beyond are forgotten.
	MaxTrackers = 200
	// MaxURL is the longest tracker URL in bytes.
	MaxURL = 2048
	// RequestTimeout bounds one request over HTTP, from the name's look-up to the answer's last byte.
	RequestTimeout = 30 * time.Second
	// StopTimeout bounds the farewell to a tracker; [Announcer.Close] waits for it.
	StopTimeout = 4 * time.Second
)

// What we ask for and when.
const (
	// NumWant is how many peers we ask for.
	NumWant = 200
	// DefaultInterval is the pause between announces to a tracker that wishes for none, or a negative one.
	// A wish is taken within MinInterval and MaxInterval. Spread is the most by which it is prolonged, at
	// random, so that torrents added together do not stay together.
	DefaultInterval = 30 * time.Minute
	MinInterval     = 30 * time.Second
	MaxInterval     = 6 * time.Hour
	Spread          = 0.1
	// RetryFirst is the pause after a failure; it doubles with each up to RetryMost.
	RetryFirst = 15 * time.Second
	RetryMost  = 30 * time.Minute
	// AgainAfter is the least pause before [Torrent.Announce] tries a tracker that failed.
	AgainAfter = 5 * time.Second
	// ScrapeEvery is how often a tracker is asked for the numbers that its announces lack; after
	// MaxScrapeFailures in a row it is not any more.
	ScrapeEvery       = time.Hour
	MaxScrapeFailures = 3
	// MaxConcurrent is how many requests are under way, MaxPerHost how many connections to one HTTP tracker.
	MaxConcurrent = 32
	MaxPerHost    = 8
)
