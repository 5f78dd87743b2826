package client

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/torrenttx/ttx/bt/metainfo"
)

// List describes the torrents that pass a filter, in the order of the queue.
func (c *Client) List(ctx context.Context, f Filter) ([]Torrent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.filtered(&f)
	list := make([]Torrent, 0, len(found))
	for _, one := range found {
		list = append(list, one.e.snapshot(one.place))
	}
	return list, ctx.Err()
}

func (f *Filter) passes(e *entry, text string) bool {
	return (len(f.States) == 0 || slices.Contains(f.States, e.state())) &&
		(f.Label == "" || slices.Contains(e.rec.Labels, f.Label)) &&
		(text == "" || strings.Contains(strings.ToLower(e.name()), text) || e.hasPrefix(text))
}

// hasPrefix says whether an infohash of the torrent begins with lower-case hexadecimal digits.
func (e *entry) hasPrefix(text string) bool {
	return strings.HasPrefix(e.id.String(), text) || e.facts.v2 != nil && strings.HasPrefix(*e.facts.v2, text)
}

// Get describes one torrent.
func (c *Client) Get(_ context.Context, id ID) (Torrent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, wanted := 0, c.find(id)
	for _, e := range c.mu.queue {
		if e == wanted {
			return e.snapshot(place), nil
		}
		if e.wants() {
			place++
		}
	}
	return Torrent{}, fmt.Errorf("%w: %s", ErrNotFound, id)
}

// Find is the torrent that a text names: a v1 or v2 infohash, the beginning of one of at least [MinPrefix] digits,
// or the exact name. Errors: [ErrNotFound], [ErrAmbiguous].
func (c *Client) Find(_ context.Context, text string) (ID, error) {
	lower := strings.ToLower(text)
	prefix := len(lower) >= MinPrefix && len(lower) <= 2*metainfo.SizeV2 && isHex(lower)
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*entry
	for _, e := range c.mu.queue {
		if prefix && e.hasPrefix(lower) || e.name() == text {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return ID{}, fmt.Errorf("%w: %q is no infohash, no beginning of one and no name of a torrent here", ErrNotFound, text)
	case 1:
		return found[0].id, nil
	}
	return ID{}, fmt.Errorf("%w: %q is %s and %s", ErrAmbiguous, text, found[0].id, found[1].id)
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s[:len(s)&^1])
	return err == nil && strings.Trim(s, "0123456789abcdef") == ""
}

// entry is a torrent by its ID, or a hybrid by its v2 infohash.
func (c *Client) entry(id ID) (*entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id)
	if e == nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return e, nil
}
