package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/torrenttx/ttx/bt/resume"
)

// each does something to several torrents. All are tried; the errors come together.
func (c *Client) each(ids []ID, do func(*entry) error) error {
	end, err := c.begin()
	if err != nil {
		return err
	}
	defer end()
	var errs []error
	for _, id := range ids {
		e, err := c.entry(id)
		if err == nil {
			err = do(e)
		}
		errs = append(errs, err)
	}
	c.replan()
	return errors.Join(errs...)
}

// change changes what is kept of a torrent and saves it. The order of the queue may change as well.
func (c *Client) change(e *entry, f func(*record)) error {
	c.mu.Lock()
	f(&e.rec)
	c.mu.Unlock()
	if err := c.save(e); err != nil {
		return err
	}
	return c.tune(e)
}

// Pause stops torrents until Resume.
func (c *Client) Pause(_ context.Context, ids ...ID) error {
	return c.each(ids, func(e *entry) error { return c.change(e, func(r *record) { r.Paused = true }) })
}

// Resume ends a pause, starts a torrent again that failed, and one that is finished without regard to the goals that
// it reached.
func (c *Client) Resume(_ context.Context, ids ...ID) error {
	return c.each(ids, func(e *entry) error {
		err := c.change(e, func(r *record) {
			r.Paused = false
			if r.Finished {
				r.Finished, r.GoalsOff = false, true
			}
		})
		if err != nil {
			return err
		}
		return c.retry(e, false)
	})
}

// retry starts a torrent again that failed; anew hashes whatever is there.
func (c *Client) retry(e *entry, anew bool) error {
	c.mu.Lock()
	if e.live != nil {
		e.err = nil // the planner lets it run, which forgives the engine's fault
	}
	dead := e.live == nil && e.err != nil
	c.mu.Unlock()
	if !dead {
		return nil
	}
	release, err := e.take()
	if err != nil {
		return err
	}
	defer release()
	return c.restart(e, anew)
}

// restart gives a torrent that failed to the engine again. Its turn is held.
func (c *Client) restart(e *entry, anew bool) error {
	raw, err := c.kept(e)
	if err != nil {
		return fmt.Errorf("starting %s again: %w", e.id, err)
	}
	src, err := c.source(e, raw)
	if err != nil {
		return err
	}
	src.Kept, err = resume.Read(c.path(e.id, resumeSuffix))
	if err != nil {
		c.failed("what is there of a torrent is hashed", err)
	} else if t, err := c.parsed(e); err == nil && !anew {
		if err := missing(src.Kept, t.Info); err != nil {
			c.mu.Lock()
			e.err = err
			c.mu.Unlock()
			return err
		}
	}
	if anew {
		src.Kept = nil
	}
	return c.load(e, src)
}
