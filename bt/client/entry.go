package client

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// facts are what a torrent says of itself. They do not change once the info is known.
type facts struct {
	name       string
	v1         bool
	v2         *string // 64 hexadecimal digits
	hasInfo    bool
	private    bool
	size       int64
	files      int
	pieces     int
	pieceSize  int64
	trackers   [][]string
	webSeeds   []string
	magnetLink string   // when it was added by one
	choice     [][2]int // the files that the link selects (BEP 53), by their place in the info; nil of all
}

func factsOf(t *metainfo.Torrent) facts {
	f := facts{
		name: t.Info.Name, v1: t.Info.V1, hasInfo: true, private: t.Info.Private, size: t.Info.Size(),
		pieces: t.Info.Pieces(), pieceSize: t.Info.PieceLength, trackers: t.Trackers, webSeeds: t.WebSeeds,
	}
	for i := range t.Info.Files {
		if !t.Info.Files[i].Pad {
			f.files++
		}
	}
	if t.Info.V2 {
		h := t.Info.InfohashV2()
		text := hex.EncodeToString(h[:])
		f.v2 = &text
	}
	return f
}

func factsOfMagnet(m *metainfo.Magnet) facts {
	f := facts{name: m.Name, v1: m.V1 != nil, webSeeds: m.WebSeeds, magnetLink: m.String(), choice: m.Select}
	for _, u := range m.Trackers {
		f.trackers = append(f.trackers, []string{u})
	}
	if m.V2 != nil {
		text := hex.EncodeToString(m.V2[:])
		f.v2 = &text
	}
	return f
}

// entry is one torrent. Everything but id and turn is guarded by Client.mu.
type entry struct {
	id   ID
	turn chan struct{} // held by what takes long: adding, moving, hashing, removing

	saving sync.Mutex // held while its record is written
	rec    record
	facts  facts
	live   live // nil when the engine does not have it
	err    error
	doing  State // moving or checking, else empty

	running  bool          // the planner lets it run
	progress bt.Progress   // at the last look
	moved    time.Time     // when bytes were last seen to move
	looked   time.Time     // of the last look; zero before
	shown    State         // the state that the last event told
	seeded   time.Duration // not yet counted in rec
	news     []string      // events to tell
	durable  int           // pieces that were there at the last save
	done     bool          // at the last look
	opening  bool          // its files were being looked at, at the last look
	hashing  bool          // at the last look
	dirty    bool          // something a crash should not lose is not saved
	counted  bool          // counters are not saved
	aged     bool          // so were seconds of seeding
	saved    time.Time     // when it was
	removed  bool
}

func newEntry(id ID, f facts) *entry {
	return &entry{id: id, facts: f, turn: make(chan struct{}, 1)}
}

// take takes the torrent's turn, ErrBusy if another has it.
func (e *entry) take() (release func(), err error) {
	select {
	case e.turn <- struct{}{}:
		return func() { <-e.turn }, nil
	default:
		return nil, fmt.Errorf("torrent %s: %w", e.id, ErrBusy)
	}
}

// name is what the torrent is called.
func (e *entry) name() string {
	switch {
	case e.rec.Name != "":
		return e.rec.Name
	case e.facts.name != "":
		return e.facts.name
	}
	return e.id.String()
}

// complete says that everything wanted was there at the last look.
func (e *entry) complete() bool {
	return e.facts.hasInfo && e.live != nil && e.done
}

// chosen are the priorities of the files, now that the info is known: those of the user, or what the link selects.
// Client.mu is held.
func (e *entry) chosen(info *metainfo.Info) map[int]Priority {
	if e.rec.Priorities != nil || e.facts.choice == nil {
		return e.rec.Priorities
	}
	skipped, n := make(map[int]Priority), 0
	for i := range info.Files {
		if info.Files[i].Pad {
			continue
		}
		selects := func(r [2]int) bool { return r[0] <= i && i <= r[1] }
		if !slices.ContainsFunc(e.facts.choice, selects) {
			skipped[n] = PrioritySkip
		}
		n++
	}
	return skipped
}

func isDone(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// state is what the torrent is doing; see the order at [State].
func (e *entry) state() State {
	switch {
	case e.err != nil:
		return StateError
	case e.doing != "":
		return e.doing
	case e.hashing:
		return StateChecking
	case e.rec.Finished:
		return StateFinished
	case e.rec.Paused:
		return StatePaused
	case !e.running:
		return StateQueued
	case !e.facts.hasInfo:
		return StateMetadata
	case e.opening:
		return StateChecking // what is there is not known yet
	case e.complete():
		return StateSeeding
	}
	return StateDownloading
}

// wants says whether the torrent is one that the queue decides about.
func (e *entry) wants() bool {
	return e.err == nil && e.doing == "" && !e.rec.Finished && !e.rec.Paused
}

// ratio is what was sent of what was received; of the whole content for a torrent that was there from the start.
func (e *entry) ratio() float64 {
	base := e.rec.Downloaded
	if have := e.progress.Completed; base < have {
		base = have
	}
	if base == 0 {
		return 0
	}
	return float64(e.rec.Uploaded) / float64(base)
}

// snapshot describes the torrent; place is its position in the queue.
func (e *entry) snapshot(place int) Torrent {
	p := e.progress
	t := Torrent{
		ID: e.id, Name: e.name(), InfohashV2: e.facts.v2, Size: e.facts.size, Wanted: p.Wanted,
		Completed: p.WantedCompleted, State: e.state(), Dir: e.rec.Dir, Labels: append([]string{}, e.rec.Labels...),
		Downloaded: e.rec.Downloaded, Uploaded: e.rec.Uploaded, Ratio: e.ratio(), Peers: p.Peers, Seeds: p.Seeds,
		KnownPeers: p.Known, DownRate: p.DownRate, UpRate: p.UpRate,
		Added: e.rec.Added, SeedingSeconds: e.rec.SeedingSeconds, Private: e.facts.private,
		Sequential: e.rec.Sequential, FirstLast: e.rec.FirstLast, SuperSeeding: e.rec.SuperSeeding,
		Forced: e.rec.Forced, Limits: e.rec.Limits, Goals: e.rec.Goals, FileCount: e.facts.files,
		PieceCount: e.facts.pieces, PieceSize: e.facts.pieceSize, Magnet: e.magnet(),
	}
	if e.facts.v1 {
		v1 := e.id.String()
		t.InfohashV1 = &v1
	}
	t.Progress = e.share()
	t.PiecesDone = e.durable
	if p.Length > 0 && p.Completed == p.Length {
		t.PiecesDone = t.PieceCount
	}
	if e.err != nil {
		t.Error = e.err.Error()
	}
	if e.rec.CompletedAt > 0 {
		at := e.rec.CompletedAt
		t.CompletedAt = &at
	}
	if e.wants() {
		t.Queue = &place
	}
	if left := e.left(); !math.IsInf(left, 1) {
		seconds := int64(left)
		t.ETA = &seconds
	}
	return t
}

// magnet is the link that names the torrent.
func (e *entry) magnet() string {
	if e.facts.magnetLink != "" && !e.rec.Retracked {
		return e.facts.magnetLink
	}
	m := metainfo.Magnet{Name: e.facts.name, WebSeeds: e.facts.webSeeds}
	if e.facts.v1 {
		h := metainfo.HashV1(e.id)
		m.V1 = &h
	}
	if e.facts.v2 != nil {
		var h metainfo.HashV2
		if n, err := hex.Decode(h[:], []byte(*e.facts.v2)); err == nil && n == len(h) {
			m.V2 = &h
		}
	}
	trackers := e.facts.trackers
	if e.rec.Retracked {
		trackers = e.rec.Trackers
	}
	for _, tier := range trackers {
		m.Trackers = append(m.Trackers, tier...)
	}
	return m.String()
}
