package client

import (
	"context"
	"fmt"

	"github.com/torrenttx/ttx/bt/stream"
)

// Stream is a local HTTP address of a torrent's file, by its index, that a player opens while it is downloaded. It works
// until the torrent is removed. The server is started with the first.
func (c *Client) Stream(_ context.Context, id ID, file int) (string, error) {
	end, err := c.begin()
	if err != nil {
		return "", err
	}
	defer end()
	_, l, err := c.liveOf(id)
	if err != nil {
		return "", err
	}
	content, ok := l.(stream.Content)
	if !ok {
		return "", fmt.Errorf("stream %s: %w: it stopped with an error; resume it first", id, ErrBadRequest)
	}
	if content.Files() == nil {
		return "", fmt.Errorf("stream %s: %w", id, ErrNoInfo)
	}
	server, err := c.streams()
	if err != nil {
		return "", err
	}
	return server.File(content, file)
}

func (c *Client) streams() (*stream.Server, error) {
	c.streaming.Lock()
	defer c.streaming.Unlock()
	if c.stream == nil {
		s, err := stream.Open(stream.Config{Logger: c.log})
		if err != nil {
			return nil, err
		}
		c.stream = s
	}
	return c.stream, nil
}

// endStreams closes the server of streams, if there is one.
func (c *Client) endStreams() {
	c.streaming.Lock()
	defer c.streaming.Unlock()
	if c.stream != nil {
		c.stream.Close()
	}
}
