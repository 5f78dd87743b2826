package client

import (
	"encoding/hex"
	"math"
	"net/netip"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/files"
	"github.com/torrenttx/ttx/bt/resume"
)

// record is what is kept of a torrent over restarts, beside its .torrent or .magnet.
type record struct {
	Name           string // chosen by the user; empty for the torrent's own
	Dir            string // where the data belongs
	Incomplete     string // where it is made; empty for Dir
	MovingTo       string // where it is being moved
	Rename         map[int]string
	Renaming       map[int]string // of a file that is about to get another path
	Preallocate    files.Preallocation
	Labels         []string
	Rank           int64 // its place in the queue, among the others' ranks
	Added          int64 // Unix seconds
	CompletedAt    int64 // Unix seconds; 0 until everything wanted is there
	Paused         bool
	Forced         bool
	Finished       bool // it reached a goal
	GoalsOff       bool // it was resumed after that, so that goals do not end it again
	Reported       bool // the on-complete command was run, or is not to be
	Sequential     bool
	FirstLast      bool
	SuperSeeding   bool
	Priorities     map[int]Priority
	Limits         Limits
	MaxConns       int
	Goals          Goals
	Trackers       [][]string // instead of the torrent's own, when Retracked
	Retracked      bool
	WebSeeds       []string // besides the torrent's own
	Peers          []netip.AddrPort
	Downloaded     int64 // bytes
	Uploaded       int64
	SeedingSeconds int64
}

// thousandths is how ratios are kept.
const thousandths = 1000

// layout says to the engine where the data lies.
func (r *record) layout() files.Layout {
	return files.Layout{
		Dir: r.Dir, Incomplete: r.Incomplete, MovingTo: r.MovingTo, Rename: r.Rename, Preallocate: r.Preallocate,
		FollowLinks: true, // a library of links is seeded, as other clients do; what is read is hashed first
	}
}

// encode is the record as it is kept, with what is known of the data. Slices and maps are shared: they are replaced,
// never changed.
func (r *record) encode(id ID, f facts, data *resume.Record) *resume.Record {
	k := &resume.Record{
		HasInfo: f.hasInfo, Name: r.Name, Dir: r.Dir, Incomplete: r.Incomplete, MovingTo: r.MovingTo, Rename: r.Rename, Renaming: r.Renaming,
		Preallocate: int(r.Preallocate), Trackers: r.Trackers, WebSeeds: r.WebSeeds, Peers: r.Peers, Labels: r.Labels,
		UpLimit: r.Limits.Up, DownLimit: r.Limits.Down, TimeGoal: r.Goals.Seconds,
		RatioGoal:  int64(math.Round(r.Goals.Ratio * thousandths)),
		Downloaded: r.Downloaded, Uploaded: r.Uploaded, Seeding: r.SeedingSeconds, Added: r.Added,
		Completed: r.CompletedAt, Queue: r.Rank, MaxConns: int64(r.MaxConns), Paused: r.Paused,
		Sequential: r.Sequential, FirstLast: r.FirstLast, SuperSeeding: r.SuperSeeding, Forced: r.Forced,
		Finished: r.Finished, GoalsOff: r.GoalsOff, Reported: r.Reported, Retracked: r.Retracked,
	}
	if data != nil {
		k.Pieces, k.Files, k.Parts, k.Saved, k.Interval = data.Pieces, data.Files, data.Parts, data.Saved, data.Interval
	}
	if f.v1 {
		k.InfohashV1 = id
	}
	if f.v2 != nil {
		_, _ = hex.Decode(k.InfohashV2[:], []byte(*f.v2)) // written by us
	}
	if len(r.Priorities) > 0 {
		k.Priorities = make(map[int]int, len(r.Priorities))
		for file, p := range r.Priorities {
			k.Priorities[file] = int(p.engine())
		}
	}
	return k
}

// decodeRecord reads what was kept.
func decodeRecord(k *resume.Record) record {
	r := record{
		Name: k.Name, Dir: k.Dir, Incomplete: k.Incomplete, MovingTo: k.MovingTo, Rename: k.Rename,
		Preallocate: files.Preallocation(k.Preallocate), Labels: k.Labels, Rank: k.Queue, Added: k.Added, CompletedAt: k.Completed,
		Paused: k.Paused, Forced: k.Forced, Finished: k.Finished, GoalsOff: k.GoalsOff, Reported: k.Reported,
		Sequential: k.Sequential, FirstLast: k.FirstLast, SuperSeeding: k.SuperSeeding,
		Limits: Limits{Up: max(k.UpLimit, 0), Down: max(k.DownLimit, 0)}, MaxConns: int(max(k.MaxConns, 0)),
		Goals:    Goals{Ratio: float64(k.RatioGoal) / thousandths, Seconds: k.TimeGoal},
		Trackers: k.Trackers, Retracked: k.Retracked, WebSeeds: k.WebSeeds, Peers: k.Peers,
		Downloaded: max(k.Downloaded, 0), Uploaded: max(k.Uploaded, 0), SeedingSeconds: max(k.Seeding, 0),
	}
	if len(k.Priorities) > 0 {
		r.Priorities = make(map[int]Priority, len(k.Priorities))
		for file, p := range k.Priorities {
			r.Priorities[file] = priorityOf(bt.Priority(max(int(bt.Skip), min(p, int(bt.High)))))
		}
	}
	return r
}

// engine is a priority as package bt has it.
func (p Priority) engine() bt.Priority {
	switch p {
	case PrioritySkip:
		return bt.Skip
	case PriorityLow:
		return bt.Low
	case PriorityHigh:
		return bt.High
	}
	return bt.Normal
}

// priorityOf is a priority of package bt.
func priorityOf(p bt.Priority) Priority { return Priority(p.String()) }

func enginePriorities(list map[int]Priority) map[int]bt.Priority {
	if list == nil {
		return nil
	}
	out := make(map[int]bt.Priority, len(list))
	for file, p := range list {
		out[file] = p.engine()
	}
	return out
}
