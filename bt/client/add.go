package client

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torrenttx/ttx/bt/fetchurl"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// Add adds a torrent. When it returns, the torrent is on disk and will be there after a power cut. Errors are those
// of the guard in package bt, [ErrExists], [ErrBadRequest] and [ErrTooMany].
func (c *Client) Add(ctx context.Context, req AddRequest) (Torrent, error) {
	end, err := c.begin()
	if err != nil {
		return Torrent{}, err
	}
	defer end()
	a, err := c.resolve(ctx, req)
	if err != nil {
		return Torrent{}, fmt.Errorf("adding a torrent: %w", err)
	}
	if err := c.add(a); err != nil {
		return Torrent{}, fmt.Errorf("adding %s: %w", a.entry.name(), err)
	}
	return c.Get(ctx, a.entry.id)
}

// addition is a request that was understood.
type addition struct {
	req   AddRequest
	raw   []byte // what is kept: the .torrent file or the magnet link
	entry *entry
	info  *metainfo.Info // nil of a magnet link
}

// resolve reads a request.
func (c *Client) resolve(ctx context.Context, req AddRequest) (*addition, error) {
	named := 0
	for _, given := range []bool{req.File != nil, req.Magnet != "", req.Infohash != "", req.URL != ""} {
		if given {
			named++
		}
	}
	if named != 1 {
		return nil, fmt.Errorf("%w: give one of a .torrent file, a magnet link, an infohash and an address", ErrBadRequest)
	}
	if req.Infohash != "" {
		var id ID
		if err := id.UnmarshalText([]byte(req.Infohash)); err != nil {
			return nil, err
		}
		req.Magnet = "magnet:?xt=urn:btih:" + hex.EncodeToString(id[:])
	}
	if req.URL != "" {
		resp, err := c.fetch(ctx, fetchurl.Request{URL: req.URL, Want: fetchurl.Torrent})
		if err != nil {
			return nil, err
		}
		req.File, req.Magnet = resp.Body, resp.Magnet
	}
	a := &addition{req: req}
	if err := a.read(); err != nil {
		return nil, err
	}
	return a, a.choose(c.Settings())
}

// read finds out which torrent it is.
func (a *addition) read() error {
	if a.req.Magnet != "" {
		m, err := metainfo.ParseMagnet(a.req.Magnet)
		if err != nil {
			return err
		}
		id := ID{}
		if m.V1 != nil {
			id = ID(*m.V1)
		} else {
			copy(id[:], m.V2[:])
		}
		a.raw = []byte(strings.TrimSpace(a.req.Magnet))
		a.entry = newEntry(id, factsOfMagnet(m))
		return nil
	}
	t, err := metainfo.Parse(a.req.File)
	if err != nil {
		return err
	}
	a.raw, a.info = a.req.File, t.Info
	a.entry = newEntry(idOf(t.Info), factsOf(t))
	return nil
}

// idOf is the infohash of a torrent's swarm: that of v1, or else the first bytes of that of v2 (BEP 52).
func idOf(info *metainfo.Info) ID {
	if info.V1 {
		return ID(info.InfohashV1())
	}
	v2 := info.InfohashV2()
	return ID(v2[:len(ID{})])
}

// choose fills in the record.
func (a *addition) choose(s Settings) error {
	dir := a.req.Dir
	if dir == "" {
		dir = s.DownloadDir
	}
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("%w: %q is no absolute path for the data", ErrBadRequest, dir)
	}
	labels, err := checkLabels(nil, a.req.Labels, nil)
	if err != nil {
		return err
	}
	if err := checkPriorities(a.req.Priorities, a.entry.facts); err != nil {
		return err
	}
	if min(a.req.Limits.Up, a.req.Limits.Down) < 0 {
		return fmt.Errorf("%w: a rate limit below zero", ErrBadRequest)
	}
	if err := a.req.Goals.check(); err != nil {
		return err
	}
	if err := checkTrackers(a.req.Trackers); err != nil {
		return err
	}
	r := &a.entry.rec
	*r = record{
		Dir: filepath.Clean(dir), Incomplete: s.IncompleteDir, Preallocate: s.preallocation(), Labels: labels, Added: time.Now().Unix(), Paused: a.req.Paused || s.StartPaused,
		Forced: a.req.Forced, Sequential: a.req.Sequential || s.Sequential, FirstLast: a.req.FirstLast || s.FirstLast,
		Priorities: a.req.Priorities, Limits: a.req.Limits, Goals: a.req.Goals, WebSeeds: a.req.WebSeeds,
	}
	if len(a.req.Trackers) > 0 {
		r.Trackers, r.Retracked = append(slices.Clone(a.entry.facts.trackers), a.req.Trackers...), true
	}
	return nil
}

// add keeps and starts a torrent.
func (c *Client) add(a *addition) error {
	e := a.entry
	release, err := e.take()
	if err != nil {
		return err
	}
	defer release()
	if err := c.place(a); err != nil {
		return err
	}
	c.rank(e, a.req.Top)
	// The file that names the torrent comes last: without it there is no torrent.
	if err := c.save(e); err != nil {
		return c.undo(e, err)
	}
	if err := c.keep(e, a.raw); err != nil {
		return c.undo(e, err)
	}
	src, err := c.source(e, a.raw)
	if err != nil {
		return c.undo(e, err)
	}
	src.Peers = a.req.Peers
	src.Whole = a.req.Whole && e.facts.hasInfo
	if err := c.load(e, src); err != nil {
		return c.undo(e, err)
	}
	c.enqueue(e)
	c.replan()
	return nil
}

// place reserves the torrent's infohash and the places of its files.
func (c *Client) place(a *addition) error {
	c.placing.Lock()
	defer c.placing.Unlock()
	if a.info != nil {
		if err := c.collision(a.entry.id, a.entry.rec.dirs(), locations(a.info, nil)); err != nil {
			return err
		}
	}
	return c.enter(a.entry, nil)
}

// enter reserves the torrent's infohashes. One that it takes the place of may have one of them; nil for none.
func (c *Client) enter(e, instead *entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.same(e, instead); old != nil {
		return fmt.Errorf("%w: torrent %s, %s", ErrExists, old.id, old.name())
	}
	if instead == nil && len(c.mu.byID) >= MaxTorrents {
		return fmt.Errorf("%w: %d torrents", ErrTooMany, MaxTorrents)
	}
	c.mu.byID[e.id] = e
	c.nameSecond(e)
	return nil
}

// undo takes back an addition that failed.
func (c *Client) undo(e *entry, err error) error {
	c.leave(e)
	if e.live != nil {
		e.live.Drop()
	}
	if gone := c.forget(e.id); gone != nil {
		c.failed("a torrent that was not added left files behind", gone)
	}
	return err
}

// leave takes a torrent out of the set.
func (c *Client) leave(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.removed = true
	delete(c.mu.byID, e.id)
	if id, ok := e.facts.second(); ok && c.mu.bySecond[id] == e {
		delete(c.mu.bySecond, id)
	}
	c.mu.queue = slices.DeleteFunc(c.mu.queue, func(x *entry) bool { return x == e })
}

// rankStep lies between the ranks of two torrents when one is added: room for twenty moves to one place before all
// are numbered anew.
const rankStep = 1 << 20

// rank gives a torrent the place behind all others, or before them.
func (c *Client) rank(e *entry, top bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.mu.queue)
	switch {
	case n == 0:
	case top:
		e.rec.Rank = c.mu.queue[0].rec.Rank - rankStep
	default:
		e.rec.Rank = c.mu.queue[n-1].rec.Rank + rankStep
	}
}

// enqueue puts a torrent into the queue, where its rank says.
func (c *Client) enqueue(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.news = append(e.news, EventAdded)
	at := len(c.mu.queue)
	for at > 0 && c.mu.queue[at-1].rec.Rank > e.rec.Rank {
		at--
	}
	c.mu.queue = slices.Insert(c.mu.queue, at, e)
}
