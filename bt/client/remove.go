package client

import (
	"context"
	"fmt"
)

// Remove forgets a torrent; withData deletes its files as well, and no others.
func (c *Client) Remove(_ context.Context, id ID, withData bool) error {
	end, err := c.begin()
	if err != nil {
		return err
	}
	defer end()
	e, err := c.entry(id)
	if err != nil {
		return err
	}
	release, err := e.take()
	if err != nil {
		return err
	}
	defer release()
	if err := c.remove(e, withData); err != nil {
		return fmt.Errorf("removing %s: %w", id, err)
	}
	return nil
}

func (c *Client) remove(e *entry, withData bool) error {
	var content *contentFiles
	if withData {
		var err error
		if content, err = c.contentOf(e); err != nil {
			return err
		}
	}
	e.saving.Lock() // a save that is under way would bring the record back
	if err := c.forget(e.id); err != nil {
		e.saving.Unlock()
		return err
	}
	c.leave(e)
	e.saving.Unlock()
	c.mu.Lock()
	l := e.live
	e.live = nil
	gone := Event{Kind: EventRemoved, ID: e.id, Name: e.name()}
	c.mu.Unlock()
	if l != nil {
		l.Drop()
	}
	c.events.publish(gone)
	c.look()
	return content.remove()
}
