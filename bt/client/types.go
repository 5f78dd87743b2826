package client

import (
	"encoding/hex"
	"fmt"
	"net/netip"
)

// ID names a torrent: its v1 infohash, or the first 20 bytes of the v2 infohash when it has no v1 part.
type ID [20]byte

// String is the ID in 40 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes 40 hexadecimal digits.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads 40 hexadecimal digits.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(id)) {
		return fmt.Errorf("%w: an infohash has 40 hexadecimal digits, not %d", ErrBadRequest, len(text))
	}
	if _, err := hex.Decode(id[:], text); err != nil {
		return fmt.Errorf("%w: infohash %q: %w", ErrBadRequest, text, err)
	}
	return nil
}

// State is what a torrent is doing.
type State string

// The states. A torrent has the first that applies, in the order error, moving, checking, paused or finished,
// queued, metadata, seeding, downloading.
const (
	StateQueued      State = "queued"      // it would run, but the settings let fewer run at a time
	StateChecking    State = "checking"    // what is on disk is looked at or hashed, or waits for its turn to be
	StateMetadata    State = "metadata"    // its info is asked of peers
	StateDownloading State = "downloading" // something wanted is missing
	StateSeeding     State = "seeding"     // everything wanted is there
	StatePaused      State = "paused"      // somebody paused it
	StateFinished    State = "finished"    // it reached its ratio or time goal and stopped
	StateMoving      State = "moving"      // its data goes to another folder
	StateError       State = "error"       // it stopped with a reason, Torrent.Error; Resume tries again
)

// Torrent is a snapshot of one torrent.
type Torrent struct {
	ID             ID       `json:"id"`
	Name           string   `json:"name"`
	InfohashV1     *string  `json:"infohash_v1"` // 40 hexadecimal digits, null when it has no v1 part
	InfohashV2     *string  `json:"infohash_v2"` // 64 hexadecimal digits, nil when it has no v2 part
	Size           int64    `json:"size"`        // bytes; zero until the info is known
	Wanted         int64    `json:"wanted"`      // bytes of the files that are not skipped
	Completed      int64    `json:"completed"`   // bytes of Wanted that are there
	Progress       float64  `json:"progress"`    // Completed of Wanted, 0 to 1
	State          State    `json:"state"`
	Error          string   `json:"error"` // why the state is error, else empty
	Dir            string   `json:"dir"`   // the folder that the torrent's file or folder lies in
	Labels         []string `json:"labels"`
	DownRate       int64    `json:"down_rate"`  // bytes a second
	UpRate         int64    `json:"up_rate"`    // bytes a second
	Downloaded     int64    `json:"downloaded"` // bytes of content since it was added, over restarts
	Uploaded       int64    `json:"uploaded"`
	Ratio          float64  `json:"ratio"` // Uploaded of Downloaded, or of Size when more of it was there from the start
	Peers          int      `json:"peers"` // connections
	Seeds          int      `json:"seeds"` // connections to those who have everything
	KnownPeers     int      `json:"known_peers"`
	ETA            *int64   `json:"eta"`          // seconds until everything wanted is there, nil when unknown
	Queue          *int     `json:"queue"`        // position from 0, nil when it is paused, finished or failed
	Added          int64    `json:"added"`        // Unix seconds
	CompletedAt    *int64   `json:"completed_at"` // Unix seconds, nil until everything wanted is there
	SeedingSeconds int64    `json:"seeding_seconds"`
	Private        bool     `json:"private"`
	Sequential     bool     `json:"sequential"`
	FirstLast      bool     `json:"first_last"`
	SuperSeeding   bool     `json:"super_seeding"`
	Forced         bool     `json:"forced"` // runs whatever the queue says
	Limits         Limits   `json:"limits"`
	Goals          Goals    `json:"goals"`
	FileCount      int      `json:"files"`
	PieceCount     int      `json:"pieces"`
	PieceSize      int64    `json:"piece_size"`
	PiecesDone     int      `json:"pieces_done"` // of an unfinished torrent a few seconds old
	Magnet         string   `json:"magnet"`
}

// Limits are rates in bytes a second; zero means none.
type Limits struct {
	Up   int64 `json:"up"`
	Down int64 `json:"down"`
}

// Goals end seeding: a torrent that reached one of them is finished. Zero means that the settings say, a negative
// number that there is none.
type Goals struct {
	Ratio   float64 `json:"ratio"`   // Torrent.Ratio
	Seconds int64   `json:"seconds"` // Torrent.SeedingSeconds
}

// Priority says how much a file is wanted.
type Priority string

// The priorities. An empty one is normal.
const (
	PrioritySkip   Priority = "skip"
	PriorityLow    Priority = "low"
	PriorityNormal Priority = "normal"
	PriorityHigh   Priority = "high"
)

// File is one file of a torrent.
type File struct {
	Index     int      `json:"index"`
	Path      string   `json:"path"` // slash-separated, below Torrent.Dir
	Length    int64    `json:"length"`
	Completed int64    `json:"completed"`
	Priority  Priority `json:"priority"`
}

// Peer is one connection of a torrent.
type Peer struct {
	Address   netip.AddrPort `json:"address"`
	Client    string         `json:"client"`
	DownRate  int64          `json:"down_rate"`
	UpRate    int64          `json:"up_rate"`
	Progress  float64        `json:"progress"` // 0 to 1
	Encrypted bool           `json:"encrypted"`
	UTP       bool           `json:"utp"`
	Incoming  bool           `json:"incoming"`
	Source    string         `json:"source"` // tracker, dht, pex, lsd, holepunch, incoming, kept, given
	Flags     string         `json:"flags"`
}

// Tracker is what is known of one tracker of a torrent. Counts are -1 when it did not say.
type Tracker struct {
	URL        string `json:"url"`
	Tier       int    `json:"tier"`
	State      string `json:"state"` // waiting, announcing, working, failed, disabled
	Message    string `json:"message"`
	Last       *int64 `json:"last"` // Unix seconds, nil before the first
	Next       *int64 `json:"next"`
	Seeders    int    `json:"seeders"`
	Leechers   int    `json:"leechers"`
	Downloaded int    `json:"downloaded"`
	Peers      int    `json:"peers"`
}

// WebSeed is how a web seed of a torrent (BEP 19) does.
type WebSeed struct {
	URL        string `json:"url"`
	State      string `json:"state"`   // idle, working, resting (it failed and is asked again later), off (it is not)
	Message    string `json:"message"` // why it rests or is off
	Downloaded int64  `json:"downloaded"`
	Rate       int64  `json:"rate"` // bytes of content a second
}

// Pieces is the state of each piece. States is a run-length string: a count and a letter for each run, m for
// missing, p for partial, h for being hashed, c for complete; "12c1p3m".
type Pieces struct {
	Count  int    `json:"count"`
	Size   int64  `json:"size"` // bytes of each but the last
	Done   int    `json:"done"`
	States string `json:"states"`
}

// AddRequest says which torrent to add, and how. Exactly one of File, Magnet, Infohash and URL is set.
type AddRequest struct {
	File     []byte `json:"file,omitempty"`     // a .torrent file
	Magnet   string `json:"magnet,omitempty"`   // a magnet link
	Infohash string `json:"infohash,omitempty"` // 40 hexadecimal digits
	URL      string `json:"url,omitempty"`      // http(s) address of a .torrent file

	Dir        string           `json:"dir,omitempty"` // where the data goes; empty for Settings.DownloadDir
	Labels     []string         `json:"labels,omitempty"`
	Paused     bool             `json:"paused,omitempty"`
	Forced     bool             `json:"forced,omitempty"`
	Top        bool             `json:"top,omitempty"` // first in the queue instead of last
	Sequential bool             `json:"sequential,omitempty"`
	FirstLast  bool             `json:"first_last,omitempty"`
	Priorities map[int]Priority `json:"priorities,omitempty"` // by file index; others are normal
	Limits     Limits           `json:"limits,omitzero"`
	Goals      Goals            `json:"goals,omitzero"`
	Trackers   [][]string       `json:"trackers,omitempty"`  // tiers, besides the torrent's own
	WebSeeds   []string         `json:"web_seeds,omitempty"` // besides the torrent's own
	Peers      []netip.AddrPort `json:"peers,omitempty"`
	// Whole says that the data in Dir was just hashed and nothing is missing, so that it is not hashed again. It
	// needs File.
	Whole bool `json:"whole,omitempty"`
}

// EditRequest changes what is set in it and leaves the rest.
type EditRequest struct {
	Name         *string          `json:"name,omitempty"` // what the torrent is called in lists; files keep their names
	Trackers     *[][]string      `json:"trackers,omitempty"`
	WebSeeds     *[]string        `json:"web_seeds,omitempty"`
	Sequential   *bool            `json:"sequential,omitempty"`
	FirstLast    *bool            `json:"first_last,omitempty"`
	SuperSeeding *bool            `json:"super_seeding,omitempty"`
	Forced       *bool            `json:"forced,omitempty"`
	Priorities   map[int]Priority `json:"priorities,omitempty"`     // by file index
	Rename       map[int]string   `json:"rename,omitempty"`         // by file index: the new path below the torrent's folder
	Queue        *int             `json:"queue_position,omitempty"` // from 0; too large ones mean the end
	Goals        *Goals           `json:"goals,omitempty"`
}

// LimitRequest sets a torrent's own limits.
type LimitRequest struct {
	Up       *int64 `json:"up,omitempty"`   // bytes a second, 0 for none
	Down     *int64 `json:"down,omitempty"` // bytes a second, 0 for none
	MaxConns *int   `json:"max_conns,omitempty"`
}

// Filter says which torrents to list; empty fields let everything pass.
type Filter struct {
	States []State `json:"states,omitempty"`
	Label  string  `json:"label,omitempty"`
	Text   string  `json:"text,omitempty"` // in the name, whatever the case, or at the start of an infohash
}

// Summary is the whole client at a glance.
type Summary struct {
	Torrents   int           `json:"torrents"`
	States     map[State]int `json:"states"`
	DownRate   int64         `json:"down_rate"`
	UpRate     int64         `json:"up_rate"`
	Limits     Limits        `json:"limits"`      // those in force now
	AltLimited bool          `json:"alt_limited"` // the alternative ones are
	DHTNodes   int           `json:"dht_nodes"`
	Problems   []string      `json:"problems"` // files of the folder that could not be read, watch folders that fail
}

// FeedState is what is known of a feed.
type FeedState struct {
	Name     string `json:"name"`
	URL      string `json:"url"` // without what could be a secret
	Title    string `json:"title"`
	Last     *int64 `json:"last"` // Unix seconds of the last answer, nil before it
	Next     *int64 `json:"next"`
	Error    string `json:"error"`
	Items    int    `json:"items"`    // in the last answer
	Added    int    `json:"added"`    // torrents since the start
	Failures int    `json:"failures"` // in a row
}
