// Package client keeps many torrents in a folder over restarts, on top of package bt, which runs them.
//
// What is kept lies below Config.Dir:
//
//	torrents/<infohash>.torrent   or .magnet while its info is not known
//	torrents/<infohash>.resume    what a user chose and what was counted, and which pieces are there
//
// Each file is written whole, to disk, and then given its name: what a method acknowledged survives a power cut.
//
// # How it works
//
// A method changes what is wanted of a torrent (paused, forced, its place in the queue) and calls the planner. The
// planner is the only one that starts and stops torrents: it takes a snapshot of all, lets pure functions decide
// (queue.go, goals.go, schedule.go), and then carries out the difference. It also runs when a torrent says that
// something happened, and every second while bytes move. There is one timer and one saver for all torrents.
//
// Client.mu guards what is known of the torrents. Neither the engine nor the disk is called while it is held. What
// takes long and belongs to one torrent (adding, moving, hashing, removing) holds the torrent's turn: a second such
// order is refused with ErrBusy.
package client
