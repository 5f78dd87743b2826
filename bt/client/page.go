package client

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxPage bounds the torrents of one page: with the longest magnet links, of 64 KB, they are some 64 MB.
const MaxPage = 1000

// SortKey is what a list is ordered by.
type SortKey string

// The sort keys. Torrents that are equal by one stand in the order of the queue.
const (
	SortQueue    SortKey = "" // the order of the queue
	SortName     SortKey = "name"
	SortSize     SortKey = "size"
	SortProgress SortKey = "progress"
	SortState    SortKey = "state" // what needs somebody first: errors, then what runs, then what rests
	SortDown     SortKey = "down"
	SortUp       SortKey = "up"
	SortRatio    SortKey = "ratio"
	SortETA      SortKey = "eta" // unknown ones last
	SortPeers    SortKey = "peers"
	SortLabel    SortKey = "label" // by the first label, those without last
	SortAdded    SortKey = "added"
)

// SortKeys lists them in the order of documents.
func SortKeys() []SortKey {
	return []SortKey{
		SortQueue, SortName, SortSize, SortProgress, SortState, SortDown, SortUp, SortRatio, SortETA, SortPeers, SortLabel, SortAdded,
	}
}

// PageRequest says which part of a list is wanted.
type PageRequest struct {
	Filter
	Sort  SortKey `json:"sort,omitempty"`
	Desc  bool    `json:"desc,omitempty"` // the largest first
	Skip  int     `json:"skip,omitempty"`
	Limit int     `json:"limit,omitempty"` // at most MaxPage; 0 is MaxPage
	// Follow is a torrent whose place is asked for, so that a reader can stay with it while the order
	// changes; nil for none.
	Follow *ID `json:"follow,omitempty"`
}

// Page is a part of a list.
type Page struct {
	Torrents []Torrent `json:"torrents"`
	// Total counts the torrents that pass the filter.
	Total int `json:"total"`
	// Followed is the place of PageRequest.Follow among them, nil when it is not there.
	Followed *int `json:"followed,omitempty"`
}

// placed is a torrent with where it stands among all, and among those that the queue decides about.
type placed struct {
	e         *entry
	at, place int
}

// Page describes a part of the torrents that pass a filter. Only that part is described, so that the cost of
// looking at 10,000 torrents is that of ordering them. Errors: [ErrBadRequest].
func (c *Client) Page(ctx context.Context, r PageRequest) (Page, error) {
	if r.Skip < 0 || r.Limit < 0 {
		return Page{}, fmt.Errorf("%w: a page begins and ends at a count", ErrBadRequest)
	}
	sort := sorters()[r.Sort]
	if sort == nil {
		return Page{}, fmt.Errorf("%w: no sort key %q", ErrBadRequest, r.Sort)
	}
	if r.Limit == 0 || r.Limit > MaxPage {
		r.Limit = MaxPage
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.filtered(&r.Filter)
	sort(list, r.Desc)
	p := Page{Total: len(list), Torrents: []Torrent{}, Followed: r.followed(list)}
	from := min(r.Skip, len(list))
	for _, one := range list[from:min(len(list), from+r.Limit)] {
		p.Torrents = append(p.Torrents, one.e.snapshot(one.place))
	}
	return p, ctx.Err()
}

// filtered is the torrents that pass, in the order of the queue. The caller holds mu.
func (c *Client) filtered(f *Filter) []placed {
	text := strings.ToLower(f.Text)
	list := make([]placed, 0, len(c.mu.queue))
	place := 0
	for at, e := range c.mu.queue {
		if f.passes(e, text) {
			list = append(list, placed{e, at, place})
		}
		if e.wants() {
			place++
		}
	}
	return list
}

func (r *PageRequest) followed(list []placed) *int {
	if r.Follow == nil {
		return nil
	}
	if i := slices.IndexFunc(list, func(p placed) bool { return p.e.id == *r.Follow }); i >= 0 {
		return &i
	}
	return nil
}

// sorter puts a list in an order.
type sorter func(list []placed, desc bool)

// sorters is one for each key.
func sorters() map[SortKey]sorter {
	return map[SortKey]sorter{
		SortQueue:    by(func(p placed) int { return p.at }),
		SortName:     by(func(p placed) string { return strings.ToLower(p.e.name()) }),
		SortSize:     by(func(p placed) int64 { return p.e.facts.size }),
		SortProgress: by(func(p placed) float64 { return p.e.share() }),
		SortState:    by(func(p placed) int { return urgency(p.e.state()) }),
		SortDown:     by(func(p placed) int64 { return p.e.progress.DownRate }),
		SortUp:       by(func(p placed) int64 { return p.e.progress.UpRate }),
		SortRatio:    by(func(p placed) float64 { return p.e.ratio() }),
		SortETA:      by(func(p placed) float64 { return p.e.left() }),
		SortPeers:    by(func(p placed) int { return p.e.progress.Peers }),
		SortLabel:    by(func(p placed) string { return p.e.firstLabel() }),
		SortAdded:    by(func(p placed) int64 { return p.e.rec.Added }),
	}
}

// by orders by what of says, which is asked once for each torrent and not at each comparison.
func by[T cmp.Ordered](of func(placed) T) sorter {
	type keyed struct {
		placed
		key T
	}
	return func(list []placed, desc bool) {
		keys := make([]keyed, len(list))
		for i, p := range list {
			keys[i] = keyed{p, of(p)}
		}
		slices.SortStableFunc(keys, func(a, b keyed) int {
			if desc {
				a, b = b, a
			}
			return cmp.Compare(a.key, b.key)
		})
		for i := range keys {
			list[i] = keys[i].placed
		}
	}
}

// urgency orders states: what failed, what runs, what rests.
func urgency(s State) int {
	order := []State{
		StateError, StateMoving, StateChecking, StateMetadata, StateDownloading, StateSeeding, StateQueued, StatePaused, StateFinished,
	}
	return slices.Index(order, s)
}

// share is how much of what is wanted is there, 0 to 1.
func (e *entry) share() float64 {
	if e.progress.Wanted <= 0 {
		return 0
	}
	return float64(e.progress.WantedCompleted) / float64(e.progress.Wanted)
}

// left is the seconds until everything wanted is there, infinite when that is not known.
func (e *entry) left() float64 {
	missing := e.progress.Wanted - e.progress.WantedCompleted
	if missing <= 0 || e.progress.DownRate <= 0 || e.state() != StateDownloading {
		return math.Inf(1)
	}
	return math.Ceil(float64(missing) / float64(e.progress.DownRate))
}

// firstLabel is what a torrent is ordered by among labels.
func (e *entry) firstLabel() string {
	if len(e.rec.Labels) == 0 {
		return "\U0010ffff"
	}
	return strings.ToLower(e.rec.Labels[0])
}
