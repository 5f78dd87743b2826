package client

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/torrenttx/ttx/bt"
)

// inventory is a client that has torrents and no engine, as much as lists look at.
func inventory(n int) *Client {
	c := new(Client)
	for i := range n {
		e := newEntry(ID{byte(i >> 8), byte(i)}, facts{name: fmt.Sprintf("Torrent %d", i*7919%n), hasInfo: true, v1: true, size: int64(i * 31 % 17)})
		e.rec.Added = int64(1000 + i*13%n)
		e.rec.Uploaded = int64(i % 5)
		e.rec.Paused = i%3 == 0
		e.running = true
		e.progress = bt.Progress{Wanted: 100, WantedCompleted: int64(i % 101), Completed: 10, DownRate: int64(i % 4), UpRate: int64(i % 6), Peers: i % 9}
		if i%4 == 0 {
			e.rec.Labels = []string{fmt.Sprint("l", i%8)}
		}
		if i%50 == 1 {
			e.err = errors.New("disk full")
		}
		c.mu.queue = append(c.mu.queue, e)
	}
	return c
}

// keyText is what a test compares torrents by, from what anybody sees of them.
func compareShown(key SortKey, a, b *Torrent) int {
	eta := func(t *Torrent) float64 {
		if t.ETA == nil {
			return math.Inf(1)
		}
		return float64(*t.ETA)
	}
	label := func(t *Torrent) string { return append(slices.Clone(t.Labels), "~")[0] }
	switch key {
	case SortName:
		return cmp.Compare(a.Name, b.Name)
	case SortSize:
		return cmp.Compare(a.Size, b.Size)
	case SortProgress:
		return cmp.Compare(a.Progress, b.Progress)
	case SortState:
		return cmp.Compare(urgency(a.State), urgency(b.State))
	case SortDown:
		return cmp.Compare(a.DownRate, b.DownRate)
	case SortUp:
		return cmp.Compare(a.UpRate, b.UpRate)
	case SortRatio:
		return cmp.Compare(a.Ratio, b.Ratio)
	case SortETA:
		return cmp.Compare(eta(a), eta(b))
	case SortPeers:
		return cmp.Compare(a.Peers, b.Peers)
	case SortLabel:
		return cmp.Compare(label(a), label(b))
	case SortAdded:
		return cmp.Compare(a.Added, b.Added)
	}
	return 0
}

// TestPageOrder: for each key, up and down, the pages together are all torrents once, in order.
func TestPageOrder(t *testing.T) {
	c := inventory(250)
	for _, key := range SortKeys() {
		for _, desc := range []bool{false, true} {
			var all []Torrent
			for skip := 0; skip < 250; skip += 100 {
				p, err := c.Page(t.Context(), PageRequest{Sort: key, Desc: desc, Skip: skip, Limit: 100})
				if err != nil || p.Total != 250 {
					t.Fatalf("%s: %d, %v", key, p.Total, err)
				}
				all = append(all, p.Torrents...)
			}
			seen := make(map[ID]bool)
			for i := range all {
				seen[all[i].ID] = true
				if i == 0 {
					continue
				}
				if order := compareShown(key, &all[i-1], &all[i]); order > 0 && !desc || order < 0 && desc {
					t.Fatalf("%s, desc %v: %+v before %+v", key, desc, all[i-1], all[i])
				}
			}
			if len(seen) != 250 {
				t.Errorf("%s: %d torrents", key, len(seen))
			}
		}
	}
}

func TestPageOfTheQueue(t *testing.T) {
	c := inventory(10)
	up, err := c.Page(t.Context(), PageRequest{Filter: Filter{Text: "torrent"}, Skip: 2, Limit: 3})
	if err != nil || len(up.Torrents) != 3 || up.Torrents[0].ID != (ID{0, 2}) || up.Total != 10 {
		t.Errorf("%+v, %v", up, err)
	}
	down, err := c.Page(t.Context(), PageRequest{Desc: true, Limit: 1})
	if err != nil || down.Torrents[0].ID != (ID{0, 9}) {
		t.Errorf("%+v, %v", down, err)
	}
	list, err := c.List(t.Context(), Filter{})
	if err != nil || *list[2].Queue != *up.Torrents[0].Queue {
		t.Errorf("places in the queue: %d, %d, %v", *list[2].Queue, *up.Torrents[0].Queue, err)
	}
}

// TestPageFollows: the place that is told is where the torrent stands, whichever part is asked for.
func TestPageFollows(t *testing.T) {
	c := inventory(250)
	for _, id := range []ID{{0, 0}, {0, 77}, {0, 249}} {
		p, err := c.Page(t.Context(), PageRequest{Sort: SortName, Limit: 1, Follow: &id})
		if err != nil || p.Followed == nil {
			t.Fatalf("%+v, %v", p, err)
		}
		at, err := c.Page(t.Context(), PageRequest{Sort: SortName, Skip: *p.Followed, Limit: 1})
		if err != nil || at.Torrents[0].ID != id {
			t.Errorf("%s is not at %d: %+v, %v", id, *p.Followed, at, err)
		}
	}
	if p, err := c.Page(t.Context(), PageRequest{Follow: &ID{9}}); err != nil || p.Followed != nil {
		t.Errorf("one that is not there stands at %v, %v", p.Followed, err)
	}
}

func TestPageBounds(t *testing.T) {
	c := inventory(MaxPage + 1)
	for _, r := range []PageRequest{{}, {Limit: MaxPage + 1}, {Limit: MaxPage}} {
		if p, err := c.Page(t.Context(), r); err != nil || len(p.Torrents) != MaxPage || p.Total != MaxPage+1 {
			t.Errorf("%+v: %d of %d, %v", r, len(p.Torrents), p.Total, err)
		}
	}
	if p, err := c.Page(t.Context(), PageRequest{Skip: 1 << 40}); err != nil || p.Torrents == nil || len(p.Torrents) != 0 {
		t.Errorf("past the end: %v, %v", p.Torrents, err)
	}
	for _, r := range []PageRequest{{Skip: -1}, {Limit: -1}, {Sort: "nonsense"}} {
		if _, err := c.Page(t.Context(), r); !errors.Is(err, ErrBadRequest) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// BenchmarkPage: a screen of 50 rows out of 10,000 torrents.
func BenchmarkPage(b *testing.B) {
	c := inventory(10_000)
	for _, key := range []SortKey{SortQueue, SortName, SortDown} {
		b.Run(string("by "+key), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Page(b.Context(), PageRequest{Sort: key, Skip: 5000, Limit: 50}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
