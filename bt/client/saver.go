package client

import (
	"time"

	"golang.org/x/sync/errgroup"
)

// savers is how many torrents are saved at a time: each waits for the disk.
const savers = 8

// saveLoop saves what changed, with one timer for all torrents.
func (c *Client) saveLoop() {
	tick := time.NewTicker(SaveEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case now := <-tick.C:
			c.saveDue(now)
		}
	}
}

// saveDue saves the torrents whose turn it is.
func (c *Client) saveDue(now time.Time) {
	var due []*entry
	c.mu.Lock()
	for _, e := range c.mu.queue {
		if e.due(now) {
			due = append(due, e)
		}
	}
	c.mu.Unlock()
	var g errgroup.Group
	g.SetLimit(savers)
	for _, e := range due {
		g.Go(func() error {
			c.failed("what is known of a torrent was not saved", c.save(e))
			return nil
		})
	}
	_ = g.Wait() // none fails
}

// due says whether a torrent is to be saved. Counters alone wait longer, and the seconds of a seed that nobody asks
// longest: a thousand idle seeds would keep the disk busy with nothing else.
func (e *entry) due(now time.Time) bool {
	since := now.Sub(e.saved)
	return !e.removed && (e.dirty || e.counted && since >= CountersEvery || e.aged && since >= SecondsEvery)
}
