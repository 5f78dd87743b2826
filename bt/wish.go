package bt

import (
	"fmt"
	"slices"

	"github.com/anacrolix/torrent"

	checked "github.com/torrenttx/ttx/bt/metainfo"
)

// Priority is how much a file is wanted. The zero value is [Normal].
type Priority int8

// The priorities.
const (
	Skip   Priority = iota - 2 // not wanted: only what shares a piece with a wanted file is fetched
	Low                        // after everything else
	Normal                     // like most
	High                       // before everything else
)

func (p Priority) String() string {
	switch p {
	case Skip:
		return "skip"
	case Low:
		return "low"
	case Normal:
		return "normal"
	case High:
		return "high"
	}
	return fmt.Sprintf("Priority(%d)", int8(p))
}

// level is how much a piece is wanted: as much as its most wanted file.
type level uint8

const (
	levelSkip level = iota
	levelLow
	levelNormal
	levelHigh
)

func (p Priority) level() level { return level(p - Skip) }

// windowBytes is how far ahead of the first missing piece a sequential download asks: far enough to keep some
// dozens of peers busy, near enough that what comes can be played. At least windowPieces, so that large pieces do not
// wait for one slow peer.
const (
	windowBytes  = 16 << 20
	windowPieces = 4
)

// wish is what is wanted of a torrent, in which order. It is guarded by the lock of pieces.
type wish struct {
	files   []int // those that are no padding, by their index in the info
	prio    []Priority
	skipped int   // files
	size    int64 // bytes of all files
	wanted  int64 // bytes of those that are not skipped
	padded  bool
	lowest  level // of the pieces that are wanted
	level   []level
	given   map[int]Priority // before the info was known
	choice  [][2]int         // of a magnet link (BEP 53): indexes in the info, used when nothing was given

	sequential, firstLast bool
	ends                  bitset // first and last pieces of wanted files
	cursor                int    // no wanted piece before it is missing, when sequential
	readers               map[*Reader][2]int

	told  []torrent.PiecePriority // what the library knows
	dirty [][2]int                // ranges of pieces to look at
}

// begin lists the files and applies what was asked for before.
func (w *wish) begin(info *checked.Info) {
	w.padded = !info.V1 // pieces reach into the gap behind a file
	for i := range info.Files {
		if info.Files[i].Pad {
			w.padded = true
		} else {
			w.files = append(w.files, i)
		}
	}
	w.prio = make([]Priority, len(w.files))
	w.level = make([]level, info.Pieces())
	if w.given == nil && w.choice != nil {
		w.choose()
	}
	for f, prio := range w.given {
		if f < len(w.prio) {
			w.prio[f] = prio
		}
	}
	w.given = nil
	w.weigh(info)
}

// choose skips what a magnet link does not select.
func (w *wish) choose() {
	for f, i := range w.files {
		in := func(r [2]int) bool { return r[0] <= i && i <= r[1] }
		if !slices.ContainsFunc(w.choice, in) {
			w.prio[f] = Skip
		}
	}
}

// weigh computes the levels of all pieces from the priorities of the files.
func (w *wish) weigh(info *checked.Info) {
	clear(w.level)
	w.ends = newBitset(len(w.level))
	w.skipped, w.size, w.wanted, w.lowest, w.cursor = 0, 0, 0, levelHigh, 0
	at, last := 0, levelSkip
	for i := range info.Files {
		file := &info.Files[i]
		if !file.Pad {
			last = w.prio[at].level()
			at++
			w.size += file.Length
			if last == levelSkip {
				w.skipped++
			} else {
				w.wanted += file.Length
			}
		}
		if file.Length == 0 || last == levelSkip {
			continue // padding is wanted as the file before it
		}
		begin, end := int(file.Offset/info.PieceLength), int((file.Offset+file.Length-1)/info.PieceLength)+1
		for p := begin; p < end; p++ {
			w.level[p] = max(w.level[p], last)
		}
		if !file.Pad {
			w.ends.put(begin, true)
			w.ends.put(end-1, true)
		}
	}
	for _, l := range w.level {
		if l != levelSkip {
			w.lowest = min(w.lowest, l)
		}
	}
	w.touch(0, len(w.level))
}

// touch marks pieces begin to end-1 to be looked at.
func (w *wish) touch(begin, end int) {
	if n := len(w.dirty); n > 0 && w.dirty[n-1][0] <= begin && begin <= w.dirty[n-1][1] {
		w.dirty[n-1][1] = max(w.dirty[n-1][1], end)
		return
	}
	w.dirty = append(w.dirty, [2]int{begin, end})
}

// follows says whether the arrival of piece i moves anything.
func (w *wish) follows(i int) bool { return w.sequential && i >= w.cursor }

// window is how many pieces a sequential download is ahead.
func (w *wish) window(info *checked.Info) int {
	return max(windowPieces, int(windowBytes/info.PieceLength))
}

// target is the library's priority for a piece that is missing. Its levels, least first, are None, Normal, High,
// Readahead, Next, Now; a low file takes Normal only when there is one.
func (w *wish) target(i int, info *checked.Info) torrent.PiecePriority {
	prio := torrent.PiecePriorityNone
	if l := w.level[i]; l != levelSkip {
		prio = torrent.PiecePriorityNormal + torrent.PiecePriority(l-w.lowest)
		if w.firstLast && w.ends.has(i) {
			prio.Raise(torrent.PiecePriorityNext)
		}
		if ahead := i - w.cursor; w.sequential && ahead >= 0 && ahead < w.window(info) {
			prio.Raise(torrent.PiecePriorityReadahead)
			switch {
			case ahead == 0:
				prio.Raise(torrent.PiecePriorityNow)
			case ahead < windowPieces/2:
				prio.Raise(torrent.PiecePriorityNext)
			}
		}
	}
	for _, r := range w.readers {
		switch {
		case i == r[0] && i < r[1]:
			prio.Raise(torrent.PiecePriorityNow)
		case i > r[0] && i < r[1]:
			prio.Raise(torrent.PiecePriorityNext)
		}
	}
	return prio
}
