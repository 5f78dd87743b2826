package tui

import (
	"context"
	"time"
)

// TorrentSource is what the view Torrents needs. Ids are infohashes. Texts are as
// strangers wrote them: the view cleans what it draws.
type TorrentSource interface {
	// Torrents returns a window of the torrents that pass a filter, in an order.
	Torrents(ctx context.Context, q TorrentQuery) (TorrentPage, error)
	// Torrent is one of them.
	Torrent(ctx context.Context, id string) (Torrent, error)
	Files(ctx context.Context, id string) ([]TorrentFile, error)
	Peers(ctx context.Context, id string) ([]TorrentPeer, error)
	Trackers(ctx context.Context, id string) ([]Tracker, error)
	// Pieces is the state of each piece, as runs.
	Pieces(ctx context.Context, id string) ([]PieceRun, error)

	// Add takes a torrent: a magnet link, an infohash, an address or the path of a
	// .torrent file. It returns its id and name.
	Add(ctx context.Context, a AddTorrent) (id, name string, err error)
	Pause(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	Recheck(ctx context.Context, id string) error
	// Remove forgets a torrent, with its files when data is set.
	Remove(ctx context.Context, id string, data bool) error
	// Move moves the files to a folder; it may take long.
	Move(ctx context.Context, id, dir string) error
	Limit(ctx context.Context, id string, l TorrentLimits) error
	Label(ctx context.Context, id string, add, remove []string) error
	// Prioritize wants files more or less: skip, low, normal or high.
	Prioritize(ctx context.Context, id string, files []int, priority string) error
	// Stream is an address at which a player reads a file while it comes; file -1 is the largest.
	Stream(ctx context.Context, id string, file int) (address string, err error)
	// ParseRate reads a rate as people write it: 500 kB/s, 2 MiB, none. It does no I/O.
	ParseRate(text string) (int64, error)
}

// TorrentQuery asks for a window of torrents.
type TorrentQuery struct {
	Query
	// Follow is a torrent whose place is asked for; empty for none.
	Follow string
}

// TorrentPage is the answer.
type TorrentPage struct {
	// Offset is where List begins, Total how many pass the filter.
	Offset, Total int
	List          []Torrent
	// Place is where TorrentQuery.Follow stands, -1 when it is not there.
	Place int
}

// Torrent is a torrent at one moment. Rates are bytes a second.
type Torrent struct {
	ID, Name string
	// State is queued, checking, metadata, downloading, seeding, paused, finished,
	// moving or error; Error says why.
	State, Error string
	Dir          string
	Labels       []string
	// Size is all of it, Wanted what is not skipped, Completed what is there of that.
	Size, Wanted, Completed int64
	// Progress is 0 to 1.
	Progress             float64
	Down, Up             int64
	Downloaded, Uploaded int64
	Ratio                float64
	Peers, Seeds, Known  int
	// ETA is seconds, -1 when unknown.
	ETA int64
	// Files and Pieces count them; 0 while the info is not known.
	Files, Pieces, PiecesDone int
	PieceSize                 int64
	Private, Sequential       bool
	// LimitDown and LimitUp are 0 for none.
	LimitDown, LimitUp int64
	Added              time.Time
	Magnet             string
}

// TorrentFile is one file of a torrent.
type TorrentFile struct {
	Index             int
	Path              string
	Length, Completed int64
	Priority          string
}

// TorrentPeer is one connection of a torrent.
type TorrentPeer struct {
	Address, Client string
	Down, Up        int64
	Progress        float64
	// Flags are letters: E encrypted, U uTP, I it came to us; Source is how it was found.
	Flags, Source string
}

// Tracker is one tracker of a torrent. Counts are -1 when it did not say.
type Tracker struct {
	URL, State, Message      string
	Tier                     int
	Seeders, Leechers, Peers int
	Last, Next               time.Time
}

// PieceRun is pieces in a row that are alike: Kind is m missing, p partial, h being
// hashed, c complete.
type PieceRun struct {
	Count int
	Kind  byte
}

// AddTorrent says which torrent to add, and how.
type AddTorrent struct {
	// What is a magnet link, an infohash, an address or a path.
	What   string
	Dir    string
	Labels []string
	Paused bool
}

// TorrentLimits are a torrent's own limits; nil leaves one as it is.
type TorrentLimits struct {
	Down, Up *int64
	Conns    *int
}
