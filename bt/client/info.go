package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/torrenttx/ttx/bt/durable"
	"github.com/torrenttx/ttx/bt/metainfo"
)

// learnInfo takes the info of a magnet link. One of v2 alone may lack the hashes of its pieces, and stays a magnet link
// until they came: a .torrent without them is none.
func (c *Client) learnInfo(e *entry, raw []byte) error {
	info, err := metainfo.ParseInfo(raw)
	if err != nil {
		return err
	}
	if idOf(info) != e.id { // a hybrid, named by the hash of its other half
		return c.goOnAsFirst(e, info)
	}
	t := &metainfo.Torrent{Info: info}
	if !info.V1 && !t.Whole() {
		return nil
	}
	return c.learn(e, t)
}

// learn takes the content of a magnet link, before the engine does anything with it: it is kept as a .torrent from now
// on, and its files must not be another torrent's.
func (c *Client) learn(e *entry, content *metainfo.Torrent) error {
	t, err := metainfo.Parse(content.Encode()) // a copy
	if err != nil {
		return err
	}
	c.placing.Lock()
	defer c.placing.Unlock()
	c.mu.Lock()
	dirs := e.rec.dirs()
	c.mu.Unlock()
	// When they are, it stays a magnet link: it is refused again after a restart, and may go on from another folder.
	if err := c.collision(e.id, dirs, locations(t.Info, nil)); err != nil {
		return err
	}
	c.mu.Lock()
	f, priorities := factsOf(t), e.chosen(t.Info)
	f.trackers, f.webSeeds, f.magnetLink = e.facts.trackers, e.facts.webSeeds, e.facts.magnetLink
	t.Trackers, t.WebSeeds = f.trackers, f.webSeeds
	c.mu.Unlock()
	if err := durable.Replace(c.path(e.id, torrentSuffix), t.Encode()); err != nil {
		return fmt.Errorf("keep the info: %w", err)
	}
	c.mu.Lock()
	e.facts = f
	e.rec.Priorities = priorities
	c.nameSecond(e)
	e.news = append(e.news, EventInfo)
	c.mu.Unlock()
	if err := c.save(e); err != nil {
		return err
	}
	if err := os.Remove(c.path(e.id, magnetSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.failed("a magnet link stays beside its torrent", err)
	}
	c.look()
	return nil
}
