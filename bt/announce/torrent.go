package announce

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Stats is what trackers are told of a torrent at an announce, in bytes.
type Stats struct {
	Uploaded, Downloaded, Left int64
	// Partial is a torrent that has all that is wanted of it, but not everything (BEP 21).
	Partial bool
	// Lonely is a torrent that has no peer and wants one: a tracker that works but knows nobody does not keep
	// the others from being asked.
	Lonely bool
}

// Options describes a torrent. The functions are called from goroutines of the announcer's.
type Options struct {
	Infohash [20]byte
	// Trackers is tiers of URLs (BEP 12).
	Trackers [][]string
	// All announces to every tracker at once, as for a magnet link, whose trackers have no tiers.
	All bool
	// Paused adds it without announcing it before Resume.
	Paused bool
	// Stats is asked at each announce, Found gets the peers that a tracker names.
	Stats func() Stats
	Found func([]netip.AddrPort)
}

// Torrent is one torrent of an [Announcer].
type Torrent struct {
	a   *Announcer
	opt Options

	// guarded by a.mu
	trackers []*tracker // in the order of the tiers as given
	groups   []*group
	paused   bool
	private  bool
	closed   bool
	told     bool // that the download is complete
}

// group is trackers of which one is enough.
type group struct {
	t     *Torrent
	tiers [][]*tracker
	next  time.Time
	at    int // in the heap, or -1
	busy  bool
	dead  bool
}

// Add begins to announce a torrent.
func (a *Announcer) Add(opt Options) *Torrent {
	t := &Torrent{a: a, opt: opt, paused: opt.Paused}
	a.mu.Lock()
	defer a.mu.Unlock()
	t.closed = a.mu.closed
	if !t.closed {
		a.mu.torrents[t] = true
	}
	t.set(opt.Trackers)
	return t
}

// SetTrackers replaces the trackers. Those that stay keep their state; those that go are told that we left.
func (t *Torrent) SetTrackers(tiers [][]string) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.set(tiers)
}

// SetPrivate says that the torrent is private (BEP 27): one tracker at a time is its only source of peers, so
// that the others are asked only when it fails.
func (t *Torrent) SetPrivate() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	if t.private {
		return
	}
	t.private = true
	t.regroup()
}

// set makes the trackers and their groups. a.mu is held.
func (t *Torrent) set(tiers [][]string) {
	old := make(map[string]*tracker)
	for _, tr := range t.trackers {
		old[tr.url] = tr
	}
	t.trackers = nil
	have := make(map[string]bool)
	for i, tier := range tiers {
		for _, u := range tier {
			if have[u] || len(t.trackers) == MaxTrackers {
				continue
			}
			have[u] = true
			tr := old[u]
			if tr == nil {
				tr = newTracker(u, i, t.a.cfg.Refuse)
			}
			delete(old, u)
			tr.tier = i
			t.trackers = append(t.trackers, tr)
		}
	}
	for _, tr := range old {
		t.bye(tr)
	}
	t.regroup()
}

// regroup makes the groups of the trackers: one of all tiers, each shuffled (BEP 12), or one a tracker. a.mu
// is held.
func (t *Torrent) regroup() {
	for _, g := range t.groups {
		g.dead = true
		t.a.plan(g, time.Time{})
	}
	t.groups = nil
	if t.opt.All && !t.private {
		for _, tr := range t.trackers {
			t.groups = append(t.groups, &group{t: t, tiers: [][]*tracker{{tr}}, at: -1})
		}
	} else if len(t.trackers) > 0 {
		t.groups = []*group{{t: t, tiers: shuffled(t.trackers), at: -1}}
	}
	if t.closed {
		return
	}
	now := time.Now()
	for _, g := range t.groups {
		t.a.plan(g, now)
	}
}

// shuffled is trackers by tier, each tier at random but for those that work, which come first.
func shuffled(trackers []*tracker) [][]*tracker {
	byTier := make(map[int][]*tracker)
	var order []int
	for _, tr := range trackers {
		if byTier[tr.tier] == nil {
			order = append(order, tr.tier)
		}
		byTier[tr.tier] = append(byTier[tr.tier], tr)
	}
	slices.Sort(order)
	var tiers [][]*tracker
	for _, n := range order {
		tier := byTier[n]
		rand.Shuffle(len(tier), func(i, j int) { tier[i], tier[j] = tier[j], tier[i] })
		slices.SortStableFunc(tier, func(x, y *tracker) int { return rank(x) - rank(y) })
		tiers = append(tiers, tier)
	}
	return tiers
}

func rank(tr *tracker) int {
	if tr.state == Working {
		return 0
	}
	return 1
}

// Trackers is how every tracker does, in the order of the tiers as they are tried.
func (t *Torrent) Trackers() []Status {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	list := make([]Status, 0, len(t.trackers))
	for _, g := range t.groups {
		for _, tier := range g.tiers {
			for _, tr := range tier {
				list = append(list, tr.status())
			}
		}
	}
	return list
}

// Announce announces as soon as the trackers allow, those too that failed.
func (t *Torrent) Announce() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	now := time.Now()
	for _, g := range t.groups {
		next := time.Time{}
		for _, tier := range g.tiers {
			for _, tr := range tier {
				if tr.state == Disabled {
					continue
				}
				tr.earliest = later(now, tr.kept)
				tr.next = tr.earliest
				next = sooner(next, tr.earliest)
			}
		}
		if !t.closed {
			t.a.plan(g, next)
		}
	}
}

// Completed says that the download, which was not complete when it began, is now. It counts once.
func (t *Torrent) Completed() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	if t.told {
		return
	}
	t.told = true
	for _, tr := range t.trackers {
		tr.completed = tr.started || tr.state == Announcing
	}
	for _, g := range t.groups {
		t.a.plan(g, time.Now())
	}
}

// Pause tells the trackers that we left and asks them no more until Resume.
func (t *Torrent) Pause() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.paused = true
	t.leave()
}

// Resume undoes Pause.
func (t *Torrent) Resume() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	if !t.paused || t.closed {
		return
	}
	t.paused = false
	for _, tr := range t.trackers {
		tr.leaving = false
		tr.earliest = time.Time{} // it was told that we left, or would have been asked long ago
	}
	for _, g := range t.groups {
		t.a.plan(g, time.Now())
	}
}

// Close ends announcing; the trackers are told in the background.
func (t *Torrent) Close() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.closed = true
	t.leave()
	delete(t.a.mu.torrents, t)
}

// leave takes the torrent out of the schedule and says farewell. a.mu is held.
func (t *Torrent) leave() {
	for _, g := range t.groups {
		t.a.plan(g, time.Time{})
	}
	for _, tr := range t.trackers {
		t.bye(tr)
	}
}

// bye queues a farewell to a tracker that counts us, or that may after the announce under way. a.mu is held.
func (t *Torrent) bye(tr *tracker) {
	if tr.state != Disabled {
		tr.next = time.Time{}
	}
	if tr.leaving || !tr.started && tr.state != Announcing {
		return
	}
	tr.leaving = true
	t.a.mu.farewell = append(t.a.mu.farewell, farewell{t, tr})
	t.a.kick()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sooner is the earlier of two times of which the zero one is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
