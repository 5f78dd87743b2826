package client

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// A hybrid has two infohashes (BEP 52). Here it is one torrent, known by that of v1, and found by both. A link that names
// the other one alone is a torrent of that name until the info came; then the torrent takes its place in the queue, with
// all that was chosen for it.

// errSecondName ends a torrent in the engine that goes on by its v1 infohash.
var errSecondName = errors.New("it goes on by its v1 infohash")

// second is the other infohash by which the torrent may be named, if it has one.
func (f *facts) second() (id ID, ok bool) {
	if !f.v1 || f.v2 == nil {
		return id, false
	}
	n, err := hex.Decode(id[:], []byte((*f.v2)[:2*len(id)]))
	return id, err == nil && n == len(id)
}

// find is a torrent by one of its infohashes, nil if there is none. Client.mu is held.
func (c *Client) find(id ID) *entry {
	if e := c.mu.byID[id]; e != nil {
		return e
	}
	return c.mu.bySecond[id]
}

// nameSecond makes the torrent known by its other infohash as well. Client.mu is held.
func (c *Client) nameSecond(e *entry) {
	if id, ok := e.facts.second(); ok {
		c.mu.bySecond[id] = e
	}
}

// same is another torrent by one of the infohashes of e. Client.mu is held.
func (c *Client) same(e, but *entry) *entry {
	if old := c.find(e.id); old != nil && old != but {
		return old
	}
	if id, ok := e.facts.second(); ok {
		if old := c.find(id); old != nil && old != but {
			return old
		}
	}
	return nil
}

// goOnAsFirst ends a torrent that turned out to be a hybrid and was named by its v2 infohash, and lets it go on by the
// other. It is called by the engine, which must have let go of it before.
func (c *Client) goOnAsFirst(e *entry, info *metainfo.Info) error {
	c.mu.Lock()
	l := e.live
	c.mu.Unlock()
	c.spawn(func() {
		select {
		case e.turn <- struct{}{}:
		case <-c.ctx.Done():
			return // it stays a link, and finds out again
		}
		defer func() { <-e.turn }()
		select {
		case <-l.Ended():
		case <-c.ctx.Done():
			return
		}
		if err := c.succeed(e, l, info); err != nil {
			c.mu.Lock()
			e.fail(err)
			c.mu.Unlock()
		}
		c.look()
	})
	return errSecondName
}

// succeed puts a torrent of the v1 infohash in the place of one that was a link of the other. e's turn is held.
func (c *Client) succeed(e *entry, l live, info *metainfo.Info) error {
	next, raw, err := c.successor(e, l, info)
	if err != nil || next == nil {
		return err
	}
	release, err := next.take()
	if err != nil {
		return err
	}
	defer release()
	if err := c.keepSuccessor(e, next, raw); err != nil {
		c.leave(next)
		return errors.Join(err, c.forget(next.id))
	}
	src, err := c.source(next, raw)
	if err == nil {
		err = c.load(next, src)
	}
	if err != nil {
		c.mu.Lock()
		next.fail(err)
		c.mu.Unlock()
	}
	return nil
}

// successor reserves the names and the place of the torrent that follows e; nil if e was removed meanwhile.
func (c *Client) successor(e *entry, l live, info *metainfo.Info) (next *entry, raw []byte, err error) {
	c.placing.Lock()
	defer c.placing.Unlock()
	c.mu.Lock()
	gone, dirs := e.removed, e.rec.dirs()
	c.mu.Unlock()
	if gone {
		return nil, nil, nil
	}
	if err := c.collision(e.id, dirs, locations(info, nil)); err != nil {
		return nil, nil, err
	}
	t := &metainfo.Torrent{Info: info}
	c.mu.Lock()
	t.Trackers, t.WebSeeds = e.facts.trackers, e.facts.webSeeds
	next = newEntry(idOf(info), factsOf(t))
	next.rec = e.rec
	next.rec.Priorities = e.chosen(info)
	c.mu.Unlock()
	next.rec.Peers = l.KnownPeers()
	next.news = []string{EventAdded, EventInfo}
	return next, t.Encode(), c.enter(next, e)
}

// keepSuccessor makes next durable, and then it is what e was. A crash in between leaves both on disk; see settled.
func (c *Client) keepSuccessor(e, next *entry, raw []byte) error {
	if err := c.save(next); err != nil {
		return err
	}
	if err := durable.Replace(c.path(next.id, torrentSuffix), raw); err != nil {
		return fmt.Errorf("keep the info: %w", err)
	}
	e.saving.Lock()
	defer e.saving.Unlock()
	c.mu.Lock()
	e.removed = true
	delete(c.mu.byID, e.id)
	for i, x := range c.mu.queue {
		if x == e {
			c.mu.queue[i] = next
		}
	}
	gone := Event{Kind: EventRemoved, ID: e.id, Name: e.name()}
	c.mu.Unlock()
	c.events.publish(gone)
	c.failed("a magnet link stays beside its torrent", c.forget(e.id))
	return nil
}

// settled takes the links out of what was restored whose torrent is there by its other name: a crash left them.
func (c *Client) settled(found []*restored) []*restored {
	hybrids := make(map[ID]bool)
	for _, r := range found {
		if r.err == nil && r.entry.facts.hasInfo {
			if id, ok := r.entry.facts.second(); ok {
				hybrids[id] = true
			}
		}
	}
	var list []*restored
	for _, r := range found {
		if r.err == nil && !r.entry.facts.hasInfo && hybrids[r.entry.id] {
			c.failed("a magnet link stays beside its torrent", c.forget(r.entry.id))
			continue
		}
		list = append(list, r)
	}
	return list
}
