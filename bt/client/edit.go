package client

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/torrenttx/ttx/bt"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// Label takes labels off a torrent and puts others on it.
func (c *Client) Label(_ context.Context, id ID, add, remove []string) error {
	return c.each([]ID{id}, func(e *entry) error {
		c.mu.Lock()
		now := e.rec.Labels
		c.mu.Unlock()
		labels, err := checkLabels(now, add, remove)
		if err != nil {
			return err
		}
		return c.change(e, func(r *record) { r.Labels = labels })
	})
}

// checkLabels is the sorted set of labels after a change.
func checkLabels(now, add, remove []string) ([]string, error) {
	labels := slices.Clone(now)
	labels = slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(remove, l) })
	for _, l := range add {
		if l == "" || len(l) > MaxLabel || !utf8.ValidString(l) || strings.ContainsFunc(l, isControl) || strings.ContainsRune(l, ',') {
			return nil, fmt.Errorf("%w: the label %.80q: it has 1 to %d bytes, no comma and no control character", ErrBadRequest, l, MaxLabel)
		}
		labels = append(labels, l)
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	if len(labels) > MaxLabels {
		return nil, fmt.Errorf("%w: %d labels, of at most %d", ErrTooMany, len(labels), MaxLabels)
	}
	return labels, nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// checkPriorities says whether all priorities are some, and of files that exist. Before the info is known every
// index will do.
func checkPriorities(list map[int]Priority, f facts) error {
	for file, p := range list {
		if file < 0 || f.hasInfo && file >= f.files {
			return fmt.Errorf("%w: file %d of a torrent with %d", ErrNotFound, file, f.files)
		}
		switch p {
		case PrioritySkip, PriorityLow, PriorityNormal, PriorityHigh:
		default:
			return fmt.Errorf("%w: priority %.20q is none of skip, low, normal, high", ErrBadRequest, p)
		}
	}
	return nil
}

// checkTrackers says whether tiers are such as a torrent may have.
func checkTrackers(tiers [][]string) error {
	n := 0
	for _, tier := range tiers {
		for _, u := range tier {
			if u == "" || len(u) > metainfo.MaxURL {
				return fmt.Errorf("%w: a tracker's address of %d bytes, of 1 to %d", ErrBadRequest, len(u), metainfo.MaxURL)
			}
			n++
		}
	}
	if n > metainfo.MaxTrackers {
		return fmt.Errorf("%w: %d trackers, of at most %d", ErrTooMany, n, metainfo.MaxTrackers)
	}
	return nil
}

// check says whether goals are numbers.
func (g Goals) check() error {
	if math.IsNaN(g.Ratio) || math.Abs(g.Ratio) > maxRatio {
		return fmt.Errorf("%w: the ratio %v", ErrBadRequest, g.Ratio)
	}
	return nil
}

// maxRatio is the largest ratio that is a goal; kept in thousandths it fits.
const maxRatio = 1e6

// Limit sets a torrent's own limits.
func (c *Client) Limit(_ context.Context, id ID, req LimitRequest) error {
	for _, p := range []*int64{req.Up, req.Down} {
		if p != nil && *p < 0 {
			return fmt.Errorf("%w: a rate limit below zero: 0 is no limit", ErrBadRequest)
		}
	}
	if req.MaxConns != nil && *req.MaxConns < 0 {
		return fmt.Errorf("%w: a number of connections below zero: 0 is the general one", ErrBadRequest)
	}
	return c.each([]ID{id}, func(e *entry) error {
		return c.change(e, func(r *record) {
			set(&r.Limits.Up, req.Up)
			set(&r.Limits.Down, req.Down)
			set(&r.MaxConns, req.MaxConns)
		})
	})
}

func set[T any](p, to *T) {
	if to != nil {
		*p = *to
	}
}

// Edit changes what is set in the request. Nothing is changed when a part of it makes no sense.
func (c *Client) Edit(ctx context.Context, id ID, req EditRequest) error {
	if err := req.check(); err != nil {
		return err
	}
	return c.each([]ID{id}, func(e *entry) error {
		c.mu.Lock()
		err := checkPriorities(req.Priorities, e.facts)
		c.mu.Unlock()
		if err != nil {
			return err
		}
		if err := c.change(e, req.apply); err != nil {
			return err
		}
		c.mu.Lock()
		l := e.live
		c.mu.Unlock()
		if req.Trackers != nil && l != nil {
			l.SetTrackers(*req.Trackers)
		}
		if req.WebSeeds != nil && l != nil {
			l.SetWebSeeds(*req.WebSeeds)
		}
		if err := c.renameFiles(ctx, e, req.Rename); err != nil {
			return err
		}
		if req.Queue != nil {
			return c.shift(e, *req.Queue)
		}
		return nil
	})
}

func (req *EditRequest) check() error {
	if req.Name != nil && (len(*req.Name) > metainfo.MaxNameLength || strings.ContainsFunc(*req.Name, isControl)) {
		return fmt.Errorf("%w: a name has at most %d bytes and no control character", ErrBadRequest, metainfo.MaxNameLength)
	}
	if req.Trackers != nil {
		if err := checkTrackers(*req.Trackers); err != nil {
			return err
		}
	}
	if req.WebSeeds != nil {
		if err := checkTrackers([][]string{*req.WebSeeds}); err != nil || len(*req.WebSeeds) > metainfo.MaxWebSeeds {
			return fmt.Errorf("%w: the web seeds, of at most %d", ErrBadRequest, metainfo.MaxWebSeeds)
		}
	}
	if req.Queue != nil && *req.Queue < 0 {
		return fmt.Errorf("%w: the place %d in the queue: 0 is the first", ErrBadRequest, *req.Queue)
	}
	if req.Goals != nil {
		return req.Goals.check()
	}
	return nil
}

// apply changes the record.
func (req *EditRequest) apply(r *record) {
	set(&r.Name, req.Name)
	set(&r.WebSeeds, req.WebSeeds)
	set(&r.Sequential, req.Sequential)
	set(&r.FirstLast, req.FirstLast)
	set(&r.SuperSeeding, req.SuperSeeding)
	set(&r.Forced, req.Forced)
	if req.Trackers != nil {
		r.Trackers, r.Retracked = *req.Trackers, true
	}
	if req.Goals != nil {
		r.Goals, r.GoalsOff = *req.Goals, false
	}
	if len(req.Priorities) > 0 {
		all := maps.Clone(r.Priorities)
		if all == nil {
			all = make(map[int]Priority)
		}
		maps.Copy(all, req.Priorities)
		r.Priorities = all
	}
}

// tune gives a torrent's own settings to the engine.
func (c *Client) tune(e *entry) error {
	c.mu.Lock()
	l, rec := e.live, e.rec
	conns := rec.MaxConns
	if conns == 0 {
		conns = c.mu.settings.MaxConnsPerTorrent
	}
	c.mu.Unlock()
	if l == nil {
		return nil
	}
	l.SetLimits(bt.Limits(rec.Limits))
	l.SetMaxConns(conns)
	l.SetSequential(rec.Sequential)
	l.SetFirstLast(rec.FirstLast)
	l.SetSuperSeeding(rec.SuperSeeding)
	if len(rec.Priorities) == 0 {
		return nil
	}
	return l.SetPriorities(enginePriorities(rec.Priorities))
}

// shift moves a torrent to a place in the queue, counted among those that wait or run.
func (c *Client) shift(e *entry, place int) error {
	c.mu.Lock()
	queue := slices.DeleteFunc(c.mu.queue, func(x *entry) bool { return x == e })
	at := 0
	for at < len(queue) && place > 0 {
		if queue[at].wants() {
			place--
		}
		at++
	}
	c.mu.queue = slices.Insert(queue, at, e)
	rerank(c.mu.queue, at)
	c.mu.Unlock()
	return c.save(e) // the saver saves the others, if they got new ranks
}

// rerank gives the torrent at a place a rank between its neighbours', and all new ones when there is no room.
func rerank(queue []*entry, at int) {
	n := len(queue)
	switch {
	case n == 1:
	case at == 0:
		queue[0].rec.Rank = queue[1].rec.Rank - rankStep
	case at == n-1:
		queue[at].rec.Rank = queue[at-1].rec.Rank + rankStep
	default:
		low, high := queue[at-1].rec.Rank, queue[at+1].rec.Rank
		if high-low >= 2 {
			queue[at].rec.Rank = low + (high-low)/2
			return
		}
		for i, e := range queue {
			e.rec.Rank = int64(i) * rankStep
			e.dirty = true
		}
	}
}
